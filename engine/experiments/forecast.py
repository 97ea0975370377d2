"""What a run will need, before it starts: units, memory, work."""

import math
from dataclasses import dataclass

import psutil

from engine.component import Invalid
from engine.connectomes.connectome import Connectome
from engine.experiments.experiment import Experiment
from engine.networks.dynamics import Dynamics
from engine.networks.gate import gating_channels
from engine.randomness import torch_stream
from engine.training.objectives import AnyObjective
from engine.training.stage import AnyStage
from engine.training.training import Training

MOST_UNITS = 5000  # dense weights: beyond, a sparse network is needed
MEMORY_SHARE = 0.7  # of what is free now
PROCESS_BYTES = 350e6  # Python, torch and the engine themselves, as measured with psutil on Linux


@dataclass(frozen=True)
class Forecast:
    """Needs of one run. `gigaflop_per_step` counts the matrix products of forward, backward and weight gradient.

    `remarks` are sentences on the start that a user should know.
    """

    units: int
    connections: int
    parameters: int
    steps_per_trial: int
    memory_bytes: float
    free_bytes: float
    gigaflop_per_step: float
    remarks: tuple[str, ...] = ()


def forecast(experiment: Experiment, connectome: Connectome) -> Forecast:
    """What this experiment needs on this machine."""
    task, training, networks = experiment.task, experiment.training, experiment.seeds.networks
    n, inputs, outputs = connectome.n, len(task.input_names), len(task.output_names)
    steps = experiment.task.trials(1, experiment.dt_ms, torch_stream(0, "forecast")).steps
    dynamics = experiment.dynamics
    learns_tau, learns_start = getattr(dynamics, "learn_tau", "off") != "off", dynamics.initial_state == "learned"
    gates = len(gating_channels(dynamics.gated_by, task.input_names))
    parameters = networks * (n * (n * (1 + gates) + inputs + outputs + 1 + learns_tau + learns_start) + outputs)
    batch = max(getattr(stage, "batch", None) or training.batch for stage in training.course)
    trials = max(batch, training.evaluation_trials)
    lowered = [_lowered(training, stage) for stage in training.course]
    keeps = any(objective.needs_rates for some in lowered for objective in some) or dynamics.initial_state == "carried"
    by_step = networks * ((4 + learns_tau + 6 * keeps + _graph(dynamics, connectome, gates)) * n + 2 * outputs)
    buffers = trials * ((steps + 1) * by_step + steps * (inputs + outputs))
    flop = networks * steps * batch * (6 * n * n * (1 + gates) + 4 * n * inputs + 6 * n * outputs)
    square = 20 * networks * n * n * max(map(len, lowered))  # what an objective of connections holds, at most
    kept = 6 * parameters  # weights, lawful copy, gradient, two moments, checkpoint
    memory = PROCESS_BYTES + 4.0 * (buffers + kept + square)
    return Forecast(
        n, int(connectome.mask.sum()), parameters, steps, memory, psutil.virtual_memory().available, flop / 1e9
    )


def _graph(dynamics: Dynamics, connectome: Connectome, gates: int) -> int:
    """Numbers by unit and step that autograd keeps where no other kernel computes: at most, as measured."""
    areas = len(connectome.area_names) if dynamics.between_areas == "same_step" else 0
    return 0 if dynamics.is_plain else 2 + 2 * gates + 4 * areas


def _lowered(training: Training, stage: AnyStage) -> list[AnyObjective]:
    """The objectives that count in a stage; one that is switched off costs nothing."""
    listed = stage.objectives if getattr(stage, "lowers", "as_set") == "own" else training.objectives
    return [objective for objective in listed if objective.active]


def require_possible(experiment: Experiment, connectome: Connectome) -> Forecast:
    """The forecast. Raises Invalid with one sentence if the run would not fit this machine."""
    need = forecast(experiment, connectome)
    if need.units > MOST_UNITS:
        raise Invalid(
            f"The network has {need.units} units, but at most {MOST_UNITS} can be trained with dense weights; "
            "use fewer units.",
            "wiring",
        )
    if need.memory_bytes > MEMORY_SHARE * need.free_bytes:
        raise Invalid(
            f"The run needs about {gigabytes(need.memory_bytes)} GB, but {gigabytes(need.free_bytes)} GB are free; "
            "take fewer units, networks or trials per batch, or a larger time step.",
            "training.batch",
        )
    return need


def gigabytes(size: float) -> str:
    """Bytes as gigabytes with two significant digits."""
    value = size / 1e9
    return f"{value:.{max(0, 1 - math.floor(math.log10(max(value, 1e-3))))}f}"
