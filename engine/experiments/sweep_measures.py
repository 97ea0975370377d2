"""What is measured of every network of a sweep: how it ended, and the shape of its recurrent weights."""

import math
from collections.abc import Iterator

from jaxtyping import Float
from torch import Tensor

from engine.analysis.connections import between_units
from engine.analysis.modularity import modularity
from engine.analysis.spectrum import eigenvalues
from engine.component import Invalid
from engine.experiments.part import Outcome, Reading
from engine.experiments.run import Run
from engine.experiments.status import Status
from engine.experiments.sweep_groups import Group

DONE = "done"
MEASURED = (
    "loss", "accuracy", "ideal", "chance", "violations", "spectral_radius", "modularity", "steps", "diverged", DONE
)  # fmt: skip
COUNTED = ("violations", "steps", "diverged", DONE)
MOST_UNITS = 1000  # above, eigenvalues and communities take longer than a moment
LOUVAIN = 3  # runs of its method


def measured(group: Group, seeds: int, outcome: Outcome) -> Iterator[Reading]:
    """Every measure of every network of a group that is trained."""
    weights = outcome.run.weights()["W_rec"]
    for reading in _ended(group, seeds, outcome.run.status(), is_done=True):
        yield reading
        if reading.measure == DONE:  # the last one of a network
            at = [p.number for p in group.points].index(int(reading.variant)) * seeds + reading.network
            yield reading._replace(measure="spectral_radius", value=_radius(weights[at]))
            yield reading._replace(measure="modularity", value=_modularity(weights[at]))


def so_far(group: Group, seeds: int, run: Run) -> list[Reading]:
    """How every network of a group that trains stood at its latest evaluation; nothing before the first."""
    try:
        return [*_ended(group, seeds, run.status(), is_done=False)]
    except Invalid:
        return []


def _ended(group: Group, seeds: int, status: Status, is_done: bool) -> Iterator[Reading]:
    """Held-out loss and accuracy with what chance and an ideal observer reach, violations, steps, and whether it
    diverged; numbers of a network that did are none."""
    for place, point in enumerate(group.points):
        for k in range(seeds):
            at = place * seeds + k
            if at >= len(status.loss):
                return
            lost = status.loss[at] is None
            told = {
                "loss": status.loss[at],
                "accuracy": None if lost else status.accuracy[at],
                "ideal": status.ideal,
                "chance": status.chance,
                "violations": status.violations[at],
                "steps": status.step,
                "diverged": lost,
                DONE: is_done,
            }
            for measure, value in told.items():
                number = math.nan if value is None else float(value)
                yield Reading(measure, number, k, str(point.number))


def _radius(weights: Float[Tensor, "post pre"]) -> float:
    if len(weights) > MOST_UNITS or not weights.isfinite().all():
        return math.nan
    return float(abs(eigenvalues(weights)[0]))


def _modularity(weights: Float[Tensor, "post pre"]) -> float:
    if len(weights) > MOST_UNITS or not weights.isfinite().all():
        return math.nan
    found = modularity(between_units(weights.double().numpy()), runs=LOUVAIN).q
    return math.nan if found is None else found
