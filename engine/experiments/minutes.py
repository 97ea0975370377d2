"""The best that can be done in some minutes: steps, batch, evaluations and networks that fit, from a probe."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.component import Invalid
from engine.experiments.experiment import Experiment
from engine.experiments.outlook import Outlook
from engine.experiments.pace import Pace
from engine.training.stage import ReadoutStage, Stage

USED = 0.85  # of the minutes; the rest is for what a forecast cannot know
LONGER = 2.0  # so many times the steps come first; then replicates; then more steps
REPLICATES = 5  # networks that show how much depends on chance
LEAST_BATCH, HALVINGS = 16, 2
JUDGING = 0.1  # of the time, at most, for evaluations
FEWEST, MOST = 10, 200  # evaluations
LEAST_STEPS = 10
MOST_STEPS = 10_000_000  # that an experiment may have
ENOUGH = 0.05  # a change of steps by less is none


@dataclass(frozen=True)
class Change:
    """One parameter, as it is and as it would be."""

    address: str
    before: Any
    after: Any


def fitted(experiment: Experiment, found: Outlook, minutes: float) -> tuple[Change, ...]:
    """What to change so that the run lasts about so many minutes and is over by then.

    Too little time takes networks first, then half or a quarter of the batch, then steps. Time to spare is for twice
    the steps, then for up to five networks, then for more steps. Stages, warm-ups and rounds of pruning stretch in
    proportion. Evaluations take at most a tenth of it, and there are 10 to 200 of them. Work is taken to be
    proportional to networks and batch; a probe of what is proposed tells whether it is. Raises Invalid if not even a
    few steps fit.
    """
    seconds = 60 * minutes * USED
    if not math.isfinite(seconds):
        raise Invalid(f"{minutes:g} is no number of minutes; give it one that can be waited for.")
    networks, batch = _networks(experiment, found, seconds), 1.0
    share = networks / experiment.seeds.networks
    course = experiment.training.course
    learns = any(isinstance(stage, Stage) for stage in course)
    while learns and _affordable(experiment, found, seconds, share * batch) < 0.5 and _may_halve(experiment, batch):
        batch /= 2
    factor = _affordable(experiment, found, seconds, share * batch) if learns else 1.0
    longest = max((stage.steps for stage in course if isinstance(stage, Stage)), default=1)
    factor = min(factor, MOST_STEPS / longest)
    steps = sum(stage.steps for stage in course if isinstance(stage, Stage))
    if (learns and factor * steps < min(LEAST_STEPS, steps)) or _fixed(found) * share > seconds:
        needed = math.ceil((_fixed(found) + LEAST_STEPS * _work(experiment, found) / max(1, steps)) / 60 / USED)
        raise Invalid(f"In {minutes:g} min not even {LEAST_STEPS} steps can be trained; give it {needed} min or more.")
    values = stretched(experiment, 1.0 if abs(factor - 1) < ENOUGH else factor)
    values |= _batches(experiment, batch) | {"seeds.networks": networks, "training.wall_time_s": 60.0 * minutes}
    if learns:
        values["training.evaluate_every"] = _spacing(experiment.with_values(values), found.paces)
    return changes(experiment, values)


def changes(experiment: Experiment, values: Mapping[str, Any]) -> tuple[Change, ...]:
    """Those of the values that are not what they are already."""
    told = [Change(address, experiment.value_at(address), value) for address, value in values.items()]
    return tuple(change for change in told if change.before != change.after)


def _fixed(found: Outlook) -> float:
    """Seconds that do not depend on the steps."""
    return found.parts["start"] + found.parts["readouts"]


def _work(experiment: Experiment, found: Outlook) -> float:
    """Seconds of all steps, with the evaluations that they are to have."""
    most = found.parts["steps"] / (1 - JUDGING) * JUDGING
    return found.parts["steps"] + found.parts["pruning"] + min(found.parts["evaluations"], most)


def _affordable(experiment: Experiment, found: Outlook, seconds: float, share: float) -> float:
    """By how much the steps can be multiplied, if each takes this share of its time."""
    return max(0.0, seconds - _fixed(found) * max(1.0, share)) / max(1e-9, _work(experiment, found) * share)


def _networks(experiment: Experiment, found: Outlook, seconds: float) -> int:
    now, whole = experiment.seeds.networks, _fixed(found) + _work(experiment, found)
    if seconds < whole:
        return max(1, min(now, math.floor(now * seconds / whole)))
    if experiment.training.differences:  # they name networks by number
        return now
    learns = any(isinstance(stage, Stage) for stage in experiment.training.course)
    return max(now, min(REPLICATES, math.floor(now * seconds / whole / (LONGER if learns else 1.0))))


def _may_halve(experiment: Experiment, batch: float) -> bool:
    return batch > 0.5**HALVINGS and experiment.training.batch * batch / 2 >= LEAST_BATCH


def stretched(experiment: Experiment, factor: float) -> dict[str, Any]:
    """What to set for so many times the steps: of the training or its stages, with their warm-ups, rounds of pruning
    and lessons; steps are rounded to two digits, downwards."""
    training = experiment.training
    if factor == 1.0:
        return {}
    values: dict[str, Any] = {}
    stages = [(f"training.stages.{i}", stage) for i, stage in enumerate(training.stages)]
    for address, stage in stages or [("training", training)]:
        if isinstance(stage, ReadoutStage):
            continue
        values[f"{address}.steps"] = steps = _rounded(stage.steps * factor)
        if stage.schedule.warm_up:
            values[f"{address}.schedule.warm_up"] = stage.schedule.warm_up * steps // stage.steps
        for k, prune in enumerate(getattr(stage, "prune", ())):
            if prune.rounds > 1:
                values[f"{address}.prune.{k}.every"] = max(1, math.floor(prune.every * factor))
    for i, lesson in enumerate(training.curriculum):
        values[f"training.curriculum.{i}.steps"] = _rounded(lesson.steps * factor)
    return values


def _batches(experiment: Experiment, share: float) -> dict[str, Any]:
    if share == 1.0:
        return {}
    values: dict[str, Any] = {"training.batch": round(experiment.training.batch * share)}
    for i, stage in enumerate(experiment.training.stages):
        if getattr(stage, "batch", None):
            values[f"training.stages.{i}.batch"] = max(1, round(stage.batch * share))
    return values


def _spacing(experiment: Experiment, paces: tuple[Pace, ...]) -> int:
    """Steps between evaluations: as now, unless they would be too few, too many, or too dear."""
    training = experiment.training
    steps, now = training.all_steps, training.evaluate_every
    learning = [pace for stage, pace in zip(training.course, paces, strict=True) if isinstance(stage, Stage)]
    dear = max(pace.evaluation / max(pace.step, 1e-9) for pace in learning) * (1 / JUDGING - 1)
    least, most = max(1.0, dear, steps / MOST), max(1, steps // FEWEST)
    if now > most:
        return max(most, min(now, math.ceil(least)))
    return now if now >= least else min(_rounded_up(least), most)


def _rounded(steps: float) -> int:
    """Two telling digits, downwards."""
    size = 10 ** max(0, math.floor(math.log10(max(steps, 1))) - 1)
    return max(1, math.floor(steps / size) * size)


def _rounded_up(steps: float) -> int:
    """The next of 1, 2, 5, 10, 20, 50, …"""
    size = 10 ** math.floor(math.log10(max(steps, 1)))
    return next(int(k * size) for k in (1, 2, 5, 10) if k * size >= steps)
