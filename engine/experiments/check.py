"""Whether an experiment can be started at all."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from engine.connectomes.connectome import Connectome
from engine.experiments.experiment import Experiment
from engine.experiments.forecast import Forecast, require_possible
from engine.networks import FromRun, Uniform
from engine.networks.network import Network
from engine.randomness import torch_stream
from engine.tasks import OwnTask
from engine.tasks.check import require_runnable, require_scored
from engine.training.objectives.aim import givens
from engine.training.require_sound import require_sound
from engine.training.train import device_for

TRIED = 8  # trials of the task


def check(
    experiment: Experiment,
    connectome: Connectome | None = None,
    store: Path | str | None = None,
    begun: Callable[[], Network] | None = None,
) -> Forecast:
    """Build what has to fit together and forecast the run. Raises Invalid, with the address that is to blame.

    `begun` gives a network of the experiment, where one is built anyway; without it one is drawn in the quickest way.
    """
    connectome = experiment.connectome() if connectome is None else connectome
    training, task = experiment.training, experiment.task
    device_for(training.device)
    experiment.dynamics.time_constants(connectome, experiment.dt_ms)
    if isinstance(task, OwnTask):
        require_runnable(task, experiment.dt_ms)
    need = require_possible(experiment, connectome)
    network = _quickly_drawn(experiment, connectome, store) if begun is None else begun()
    _require_lowerable(experiment, connectome)
    require_sound(training, network, task, experiment.seeds.networks)
    lowered = [*training.objectives, *(each for stage in training.course for each in getattr(stage, "objectives", ()))]
    said = dict.fromkeys(remark for each in lowered if each.active for remark in each.remarks(connectome))
    return replace(need, remarks=(*experiment.weights.remarks(connectome, network.laws["W_rec"]), *said))


def _quickly_drawn(experiment: Experiment, connectome: Connectome, store: Path | str | None) -> Network:
    """Under the laws of the experiment; its weights are those of the experiment only where they are given."""
    if isinstance(experiment.weights, FromRun):
        return experiment.network(connectome, store)
    quickly = {"weights": Uniform(spectral_radius=None, balance="none"), "seeds.networks": 1}
    return experiment.with_values(quickly).network(connectome)


def _require_lowerable(experiment: Experiment, connectome: Connectome) -> None:
    """Raises Invalid if the loss of the task or an objective needs what the task or the wiring lacks."""
    training = experiment.training
    trials = experiment.task.trials(TRIED, experiment.dt_ms, torch_stream(0, "check"))
    require_scored(trials, experiment.task.output_names)
    training.task_loss.require_fit(trials, "training.task_loss")
    givens(training.objectives, connectome, trials.epochs, "training.objectives", training.differences)
