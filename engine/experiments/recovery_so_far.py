"""How much of the wiring behind a recording stands in the weights of a network that is being fitted to it."""

import numpy as np
from jaxtyping import Float

from engine.analysis.recovery import Recovery, recovery
from engine.experiments.experiment import Experiment
from engine.randomness import numpy_stream
from engine.tasks.recorded_activity import RecordedActivity

RELABELLINGS = 100


def can_be_recovered(experiment: Experiment) -> bool:
    """Whether the true wiring is known, and the first units of the network stand for the recorded ones."""
    task = experiment.task
    is_fit = isinstance(task, RecordedActivity) and experiment.constraints.projections.one_to_one
    return is_fit and task.recording.weights() is not None


def recovered(
    experiment: Experiment, weights: Float[np.ndarray, "post pre"], relabellings: int = RELABELLINGS
) -> Recovery:
    """Scores of recurrent weights of an experiment for which `can_be_recovered`, as in the analysis of recovery."""
    task = experiment.task
    places, n = task.observed_units().numpy(), len(task.output_names)
    truth = task.recording.weights()[np.ix_(places, places)].astype(float)
    rng = numpy_stream(0, "recovery")
    return recovery(weights[:n, :n].astype(float), truth, rng, relabellings, task.recording.sheet(), places)
