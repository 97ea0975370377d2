"""The subject of an analysis: one network of a run, with what it does on held-out trials."""

from engine.analysis import Subject
from engine.component import Invalid
from engine.experiments.experiment import Experiment
from engine.experiments.one_network import one_network
from engine.experiments.run import Run
from engine.recording import record
from engine.training.train import held_out_trials


def subject_of(run: Run, index: int = 0) -> Subject:
    """Network `index` of a run with its newest weights, beside the first ones and those of all its networks."""
    experiment = run.experiment()
    if not 0 <= index < experiment.seeds.networks:
        n = experiment.seeds.networks
        said = f"This run has {n} networks, numbered from 1 on" if n > 1 else "This run has one network, number 1"
        raise Invalid(f"{said}; number {index + 1} does not exist.", "seeds.networks")
    connectome, all_after = experiment.connectome(), run.weights("last")
    before = run.weights("first") if run.snapshots() else None
    after = {name: tensor[index] for name, tensor in all_after.items()}
    network = one_network(experiment, after, index, connectome)
    training = experiment.training
    shown = held_out_trials(experiment.task, training.evaluation_trials, experiment.dt_ms, experiment.seeds.trials)
    return Subject(
        connectome=connectome,
        weights=after,
        weights_before=before and {name: tensor[index] for name, tensor in before.items()},
        recording=record(network, shown),
        task=experiment.task,
        dynamics_kind=experiment.dynamics.kind,
        dt_ms=experiment.dt_ms,
        tau_ms=_tau_ms(experiment),
        network=network,
        population=all_after["W_rec"],
        course=lambda: {step: run.weights(step)["W_rec"][index] for step in run.snapshots()},
    )


def _tau_ms(experiment: Experiment) -> float | None:
    tau = getattr(experiment.dynamics, "tau_ms", None)
    return tau if isinstance(tau, float) else None
