"""Whether an experiment can be started at all."""

from dataclasses import replace
from pathlib import Path

from engine.connectomes.connectome import Connectome
from engine.experiments.experiment import Experiment
from engine.experiments.forecast import Forecast, require_possible
from engine.networks import FromRun, Uniform
from engine.randomness import torch_stream
from engine.tasks import OwnTask
from engine.tasks.check import require_runnable, require_scored
from engine.training.objectives.aim import givens
from engine.training.require_sound import require_sound
from engine.training.train import device_for

TRIED = 8  # trials of the task


def check(experiment: Experiment, connectome: Connectome | None = None, store: Path | str | None = None) -> Forecast:
    """Build what has to fit together and forecast the run. Raises Invalid, with the address that is to blame."""
    connectome = experiment.connectome() if connectome is None else connectome
    device_for(experiment.training.device)
    experiment.dynamics.time_constants(connectome, experiment.dt_ms)
    experiment.dynamics.rate_function(connectome)
    task = experiment.task
    if isinstance(task, OwnTask):
        require_runnable(task, experiment.dt_ms)
    laws = experiment.constraints.bind(connectome, task.input_names, task.output_names, experiment.seeds.wiring)
    _require_lowerable(experiment, connectome)
    _require_stages(experiment, connectome)
    if isinstance(experiment.weights, FromRun):
        experiment.network(connectome, store)
    said = experiment.weights.remarks(connectome, laws["W_rec"])
    return replace(require_possible(experiment, connectome), remarks=said)


def _require_lowerable(experiment: Experiment, connectome: Connectome) -> None:
    """Raises Invalid if the loss of the task or an objective needs what the task or the wiring lacks."""
    training = experiment.training
    trials = experiment.task.trials(TRIED, experiment.dt_ms, torch_stream(0, "check"))
    require_scored(trials, experiment.task.output_names)
    training.task_loss.require_fit(trials, "training.task_loss")
    givens(training.objectives, connectome, trials.epochs, "training.objectives", training.differences)


def _require_stages(experiment: Experiment, connectome: Connectome) -> None:
    """Raises Invalid if stages, lessons, windows or differences contradict themselves or what they are for."""
    quickly_drawn = {"weights": Uniform(spectral_radius=None, balance="none"), "seeds.networks": 1}
    network = experiment.with_values(quickly_drawn).network(connectome)
    require_sound(experiment.training, network, experiment.task, experiment.seeds.networks)
