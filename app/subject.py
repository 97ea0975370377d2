"""What Explore looks at: one network, untrained or at a step of a run, and what its units did on fixed trials.

Everything here is slow and pure: call it off the event loop. The shelves belong to the process, know no visitor and are
bounded in bytes.
"""

import hashlib
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from app.runs import store
from app.shelf import Shelf, begun, wired
from engine import analysis
from engine.component import Invalid
from engine.connectomes.connectome import Connectome
from engine.experiments.checksums import changed
from engine.experiments.experiment import Experiment
from engine.experiments.one_network import one_network
from engine.experiments.run import Run
from engine.networks import FromRun
from engine.networks.network import Network
from engine.randomness import torch_stream
from engine.recording import Recording, record
from engine.tasks.task import Trials
from engine.training.train import held_out_trials

WEIGHTS_BYTES = 256_000_000
RECORDING_BYTES = 384_000_000
ONE_RECORDING_BYTES = 64_000_000  # of rates; states take as much again
MOST_TRIALS, FEWEST_TRIALS = 400, 32
LAST = -1  # the newest weights of a run, whatever their step

Weights = dict[str, Tensor]


@dataclass(frozen=True)
class Asked:
    """Which network is looked at: of a run (with the step of a snapshot, or LAST) or, without one, of the form."""

    experiment: Experiment
    run: str | None = None
    step: int = LAST
    network: int = 0


@dataclass(frozen=True, eq=False)
class Subject:
    """One network of a population before and after training; untrained, both are the same.

    `key` changes whenever the numbers may have changed. `steps` are the snapshots that can be looked at. `damage` names
    the files behind the numbers that are not what they were when the run ended, one sentence each.
    """

    experiment: Experiment
    connectome: Connectome
    before: Weights
    after: Weights
    step: int | None
    steps: tuple[int, ...]
    run: str
    network: int
    key: str
    damage: tuple[str, ...] = ()
    population: Tensor | None = None  # recurrent weights of all networks

    @property
    def networks(self) -> int:
        return self.experiment.seeds.networks

    @property
    def reference(self) -> str:
        """What the command line calls its run; RUN while it is not one."""
        return self.key.partition("/")[0] if self.run else "RUN"

    @property
    def is_trained(self) -> bool:
        return bool(self.step)

    @property
    def caption(self) -> str:
        """From which run and step the numbers come, in words."""
        network = f" · network {self.network + 1} of {self.networks}" if self.networks > 1 else ""
        if not self.run:
            return f"Untrained network of the form{network}"
        return f"{self.run} · " + (f"step {self.step:,}" if self.step else "untrained (step 0)") + network


def subject(asked: Asked) -> Subject:
    """The network that was asked for. Raises Invalid with one sentence if it cannot be built or read."""
    return _of_run(asked, store().run(asked.run)) if asked.run else _of_form(asked)


def version(run_id: str) -> int:
    """A number that changes when a run has kept newer weights; 0 before the first."""
    try:
        return (store().run(run_id).folder / "weights.safetensors").stat().st_mtime_ns
    except (OSError, Invalid):
        return 0


def held_out_recording(of: Subject) -> Recording:
    """What the units do, noise off, on the very trials of the evaluations in training, as many as fit."""
    return recordings().get(("held out", of.key), lambda: _recorded_held_out(of), _recording_bytes)


def recording(of: Subject) -> Recording:
    """What the units do, noise off, on trials that are the same for every step of a run."""
    return recordings().get(of.key, lambda: _recorded(of), _recording_bytes)


@cache
def weights_shelf() -> Shelf:
    """Weights of runs and forms, shared by all visitors."""
    return Shelf(WEIGHTS_BYTES)


@cache
def recordings() -> Shelf:
    """Recordings, shared by all visitors."""
    return Shelf(RECORDING_BYTES)


def network_of(of: Subject) -> Network:
    """The network itself, a population of one, with the weights that are looked at."""
    return one_network(of.experiment, of.after, of.network, of.connectome)


def question_to(of: Subject, made: Recording | None = None) -> analysis.Subject:
    """The network as analyses are asked about it; untrained, it has no weights before training."""
    experiment = of.experiment
    return analysis.Subject(
        of.connectome, of.after, of.before if of.is_trained else None, made, experiment.task, experiment.dynamics.kind,
        experiment.dt_ms, network=network_of(of), population=of.population,
    )  # fmt: skip


def trial_of(experiment: Experiment) -> Trials:
    """One trial, to see how long trials are and what they tell of themselves."""
    return experiment.task.trials(1, experiment.dt_ms, torch_stream(experiment.seeds.trials, "explore"))


def trials_of(experiment: Experiment, units: int) -> Trials:
    """Fixed trials of the experiment's task, as many as fit in the memory that one recording may take."""
    fit = ONE_RECORDING_BYTES // (4 * trial_of(experiment).steps * units)
    n = max(FEWEST_TRIALS, min(MOST_TRIALS, fit))
    return experiment.task.trials(n, experiment.dt_ms, torch_stream(experiment.seeds.trials, "explore"))


def _of_form(asked: Asked) -> Subject:
    experiment, k = asked.experiment, asked.network
    connectome = wired(experiment)
    apart = "".join(difference.model_dump_json() for difference in experiment.training.differences)
    starts = (experiment.weights, *(difference.weights for difference in experiment.training.differences))
    taken = [(start.run, version(start.run)) for start in starts if isinstance(start, FromRun)]
    key = _digest(f"{experiment.model_dump_json(exclude={'training'})}{apart}{taken or ''}")
    weights = weights_shelf().get(key, lambda: begun(experiment).lawful_weights(), _bytes)
    chosen = _one(weights, k)
    return Subject(experiment, connectome, chosen, chosen, None, (), "", k, f"{key}/{k}", population=weights["W_rec"])


def _of_run(asked: Asked, run: Run) -> Subject:
    experiment, k = run.experiment(), asked.network
    connectome = wired(experiment)
    snapshots = run.snapshots()
    steps = tuple(snapshots)
    before = _weights(run, steps[0]) if steps else _of_form(Asked(experiment)).before
    newest = asked.step == LAST
    has_weights = version(run.id) > 0
    if newest and not has_weights:
        after, step = before, 0
    else:
        after = _weights(run, "last" if newest else asked.step)
        step = run.status().step if newest else asked.step
    stamp = version(run.id) if newest else asked.step
    read = [snapshots[s] for s in {*steps[:1], asked.step} if s in snapshots]
    damage = changed(
        run.folder, only={"experiment.json", "weights.safetensors"} | {f"snapshots/{p.name}" for p in read}
    )
    first = _one(before, k) if steps else before
    last = _one(after, k) if steps or has_weights else after
    key = f"{run.id}/{stamp}/{k}" + "".join(f"/{fault}" for fault in damage)
    every = after["W_rec"] if after["W_rec"].ndim == 3 else None
    return Subject(experiment, connectome, first, last, step, steps, run.notes()["name"], k, key, damage, every)


def _weights(run: Run, which: int | str) -> Weights:
    stamp = version(run.id) if which == "last" else which
    return weights_shelf().get((run.id, stamp), lambda: run.weights(which), _bytes)


def _recorded(of: Subject) -> Recording:
    return record(network_of(of), trials_of(of.experiment, of.connectome.n))


def _recorded_held_out(of: Subject) -> Recording:
    asked, training = of.experiment, of.experiment.training
    trials = held_out_trials(asked.task, training.evaluation_trials, asked.dt_ms, asked.seeds.trials)
    fit = max(FEWEST_TRIALS, ONE_RECORDING_BYTES // (4 * trials.steps * of.connectome.n))
    return record(network_of(of), trials.at(torch.arange(min(fit, trials.n))))


def _one(weights: Weights, index: int) -> Weights:
    networks = len(weights["W_rec"])
    if index >= networks:
        raise Invalid(f"There are {networks} networks; number {index + 1} does not exist.", "seeds.networks")
    return {name: tensor[index] for name, tensor in weights.items()}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _bytes(weights: Weights) -> int:
    return sum(tensor.nbytes for tensor in weights.values())


def _recording_bytes(made: Recording) -> int:
    return made.rates.nbytes + made.states.nbytes + made.outputs.nbytes + made.trials.inputs.nbytes
