"""How large the weight of an objective may be: up to twice the one at which training begins to fail.

The rule of the seRNN study: a linear grid of weights from 0 on whose upper end is chosen so that accuracy starts to
fail about half way. source: Achterberg et al. (2023) Nat. Mach. Intell. 5: 1369, Methods.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from engine.component import Invalid, near
from engine.experiments.check import check
from engine.experiments.experiment import Experiment
from engine.experiments.minutes import stretched
from engine.training.difference import Difference, ObjectiveWeight
from engine.training.objectives import OBJECTIVES
from engine.training.objectives.aim import names
from engine.training.stage import Stage

SHORT = 400  # steps of a training on trial, at most, in all its stages together
DECADES = 4.0  # that the first training spans
NEAR_ENOUGH = 1.5  # ratio of the least weight that fails and the largest that does not
MOST_ROUNDS = 6
SOLVED = 0.9  # of the accuracy without the objective, as the study counts networks as trained
LEARNED = 0.1  # accuracy beyond chance or memory that the network must reach without the objective


@dataclass(frozen=True)
class Search:
    """How the search stands: which training of at most how many, its step, and the accuracy of each weight so far.

    `solved` is the largest weight that does not fail and `fails` the least that does, each None while not known.
    """

    round: int
    step: int
    steps: int
    weights: tuple[float, ...]
    accuracy: Mapping[float, float] = field(default_factory=dict)
    threshold: float = math.nan
    solved: float | None = None
    fails: float | None = None
    done: bool = False

    @property
    def limit(self) -> float:
        """Where training begins to fail: between the two, on a log scale; nan while that is not known."""
        return math.sqrt(self.solved * self.fails) if self.solved and self.fails else math.nan

    @property
    def upper(self) -> float:
        """The upper end of the range: accuracy fails half way to it."""
        return float(f"{2 * self.limit:.2g}")


def searched(
    experiment: Experiment,
    objective: str = "",
    steps: int | None = None,
    draws: int = 2,
    weights: int = 5,
    store: Path | str | None = None,
) -> Iterator[Search]:
    """Train `weights` weights at once, `draws` networks each, beside as many without the objective; then again between
    the largest weight that does not fail and the least that does, until they are near. The last one is `done`.

    Weights fail whose networks have, in the mean, less than nine tenths of the accuracy without the objective, or are
    nearer to what is possible without learning. Raises Invalid if the task is not learned even without it.
    """
    tried, name, weight = _on_trial(experiment, objective, steps, store)
    low, high = weight * 10 ** (-DECADES / 2), weight * 10 ** (DECADES / 2)
    found: dict[float, float] = {}
    now = Search(0, 0, 0, ())
    for number in range(1, MOST_ROUNDS + 1):
        inner = np.geomspace(low, high, weights + 2)[1:-1] if number > 1 else np.geomspace(low, high, weights)
        some = tuple(float(f"{each:.3g}") for each in inner)
        for step, last, accuracy in _trained(tried, name, some, draws, store):
            if accuracy is None:
                yield Search(number, step, last, some, dict(found), now.threshold, now.solved, now.fails)
        without, *reached = accuracy
        threshold = _threshold(tried, without)
        found |= dict(zip(some, reached, strict=True))
        now = _judged(Search(number, last, last, some, dict(sorted(found.items())), threshold))
        if now.solved and now.fails and now.fails <= NEAR_ENOUGH * now.solved:
            break
        low, high = _next(now)
        yield now
    if not (now.solved and now.fails):
        side = "never fails" if now.solved else "always fails"
        ends = f"between {min(found):.2g} and {max(found):.2g}"
        raise Invalid(f"Training {side} at weights {ends}, so that no range can be told.", "training.objectives")
    yield Search(**{**vars(now), "done": True})


def _on_trial(
    experiment: Experiment, objective: str, steps: int | None, store: Path | str | None
) -> tuple[Experiment, str, float]:
    """The experiment as it is tried, the name of the objective, and the weight around which it is sought."""
    training = experiment.training
    active = {n: each for n, each in zip(names(training.objectives), training.objectives, strict=True) if each.active}
    objective = objective or next(iter(active), "")
    if objective not in active:
        raise Invalid(_none_lowered(objective, list(active)), "training.objectives")
    tried = _shortened(experiment, steps)
    try:
        check(tried, store=store)
    except Invalid as fault:
        said = f"Tried in {tried.training.all_steps} steps: {fault}" if "stages" in fault.address else str(fault)
        raise Invalid(said, fault.address) from None
    return tried, objective, abs(active[objective].weight) or 0.01


def _none_lowered(objective: str, active: list[str]) -> str:
    """What is wrong with an objective that is not among those that are lowered, and how one is added."""
    if active:
        return f"No objective '{objective}' is lowered; there are {', '.join(active)}.{near(objective, active)}"
    kinds = [each.model_fields["kind"].default for each in OBJECTIVES]
    if objective and objective not in kinds:
        return f"There is no objective '{objective}'; there are {', '.join(kinds)}.{near(objective, kinds)}"
    kind = objective or "spatially_embedded"
    said = f"No objective '{objective}' is lowered" if objective else "No objective is lowered"
    return f'{said}; add one, as in --set \'training.objectives=[{{"kind": "{kind}"}}]\'.'


def _shortened(experiment: Experiment, steps: int | None) -> Experiment:
    """The experiment with so many steps in all, of which a stage has as large a share as before; none ends early."""
    training = experiment.training
    stages = [f"training.stages.{i}" for i, stage in enumerate(training.stages) if isinstance(stage, Stage)]
    now = sum(experiment.value_at(f"{address}.steps") for address in stages or ("training",))
    steps = steps or min(now, SHORT)
    values = {"training.differences": (), **stretched(experiment, steps / now), "training.steps": steps}
    for address in ("training", *stages):
        values |= {f"{address}.target_accuracy": None, f"{address}.patience": None, f"{address}.keep": "last"}
    return experiment.with_values(values)


def _trained(
    experiment: Experiment, name: str, weights: tuple[float, ...], draws: int, store: Path | str | None
) -> Iterator[tuple[int, int, tuple[float, ...] | None]]:
    """Step and steps as training goes; at the end also the mean accuracy without the objective and at each weight."""
    groups, apart = population(experiment, name, weights, draws), (1 + len(weights)) * draws
    accuracy = np.zeros(apart)
    for progress in groups.train(groups.network(store=store)):
        if progress.evaluation is not None:
            accuracy = np.where(progress.diverged.numpy(), 0.0, progress.evaluation.accuracy.double().numpy())
        yield progress.step, progress.steps, None
    yield progress.step, progress.step, tuple(accuracy.reshape(-1, draws).mean(1).tolist())


def population(experiment: Experiment, name: str, weights: tuple[float, ...], draws: int) -> Experiment:
    """The same experiment with networks without the objective and with each of these weights; the first network of
    every group begins alike, and so does the second."""
    groups = (0.0, *weights)
    is_drawn = experiment.weights.kind != "from_run"
    apart = tuple(
        Difference(
            networks=(1 + g * draws + d,), draw=1 + d if is_drawn and g else None,
            objectives=(ObjectiveWeight(objective=name, weight=weight),),
        )
        for g, weight in enumerate(groups) for d in range(draws)
    )  # fmt: skip
    return experiment.with_values({"seeds.networks": len(apart), "training.differences": apart})


def _threshold(experiment: Experiment, without: float) -> float:
    """The accuracy below which a weight fails."""
    floor = max(experiment.task.chance, experiment.task.memoryless or 0.0)
    if without < floor + LEARNED:
        said = f"Without the objective the accuracy is {100 * without:.3g} %, no better than the {100 * floor:.3g} %"
        raise Invalid(f"{said} of not learning; train for more steps.", "training.steps")
    return max(SOLVED * without, (floor + without) / 2)


def _judged(now: Search) -> Search:
    """With the border that agrees best with all weights that were tried: solved below it, failed above."""
    weights = tuple(now.accuracy)
    solves = np.array([accuracy >= now.threshold for accuracy in now.accuracy.values()])
    wrong = [int((~solves[:border]).sum() + solves[border:].sum()) for border in range(len(weights) + 1)]
    border = int(np.argmin(wrong))
    solved, fails = (weights[border - 1] if border else None), (weights[border] if border < len(weights) else None)
    return Search(**{**vars(now), "solved": solved, "fails": fails})


def _next(now: Search) -> tuple[float, float]:
    if now.solved and now.fails:
        return now.solved, now.fails
    factor = 10**DECADES
    return (now.solved, now.solved * factor) if now.solved else (now.fails / factor, now.fails)  # type: ignore
