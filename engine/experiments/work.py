"""The work of a recipe: how many times as long it takes as the same recipe at another size."""

from functools import lru_cache

from engine.connectomes import AnyWiring
from engine.experiments.experiment import Experiment
from engine.randomness import numpy_stream, torch_stream

ENDS = 20  # input and output channels together, roughly
FEW_UNITS = 60  # below, what a step costs hardly depends on how many there are


def times_as_long(experiment: Experiment, measured: Experiment) -> float:
    """The one over the other, by what a core has to multiply; 1 where they ask for the same."""
    return 1.0 if experiment == measured else work(experiment) / work(measured)


def work(experiment: Experiment) -> float:
    """What training costs, up to a factor: networks, updates, trials of a batch, time steps, and pairs of units."""
    training = experiment.training
    units = max(_units(experiment.wiring), FEW_UNITS)
    trials = sum(
        stage.steps * (getattr(stage, "batch", None) or training.batch) if stage.kind == "gradient" else stage.trials
        for stage in training.course
    )
    return float(experiment.seeds.networks * trials * _steps(experiment) * units * (units + ENDS))


def _steps(experiment: Experiment) -> int:
    window = experiment.training.window_ms
    if window is not None:
        return max(1, round(window / experiment.dt_ms))
    return experiment.task.trials(1, experiment.dt_ms, torch_stream(0, "work")).inputs.shape[1]


@lru_cache(maxsize=256)
def _units(wiring: AnyWiring) -> int:
    return wiring.with_value("steps", ()).wire(numpy_stream(0, "work")).n
