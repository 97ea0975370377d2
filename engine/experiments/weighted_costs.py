"""What every objective added to the loss, step by step: its cost times its weight, as it was in that stage."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float, Int

from engine.training import Training
from engine.training.apart import objective_weights
from engine.training.objectives import AnyObjective
from engine.training.objectives.aim import TASK, names

Costs = Mapping[str, Float[np.ndarray, "steps networks"]]
Told = Sequence[tuple[int, str]]


class WeightedCosts:
    """The weights of all objectives in all stages of a training, by the names that its history has for them."""

    def __init__(self, training: Training, networks: int):
        self.stages = [stage.name or f"Stage {i + 1}" for i, stage in enumerate(training.course)]
        own = [_lowered(training, stage) for stage in training.course]
        self.titles: dict[str, str] = {TASK: "task"}
        self._weights: list[dict[str, tuple[np.ndarray, bool]]] = []
        for objectives in own:
            named = list(zip(names(objectives), objectives, strict=True))
            named = [(name, objective) for name, objective in named if objective.active]
            found = objective_weights(
                training.differences, networks, [n for n, _ in named], [o.weight for _, o in named]
            ).numpy()
            self._weights.append({
                name: (weights, objective.scaling == "relative")
                for (name, objective), weights in zip(named, found, strict=True)
            })  # fmt: skip
            for name, objective in named:
                self.titles.setdefault(name, _title(name, objective))

    @property
    def names(self) -> tuple[str, ...]:
        """The task and every objective of any stage; the task alone if nothing else is lowered."""
        return tuple(self.titles)

    def of(
        self, costs: Costs, step: Int[np.ndarray, " steps"], stages: Told
    ) -> dict[str, Float[np.ndarray, "steps networks"]]:
        """What each added at these steps; not a number where it was not lowered."""
        task = costs[TASK]
        where = self._stage_of(step, stages)
        found = {TASK: task}
        for name in self.names[1:]:
            found[name] = np.full_like(task, np.nan)
            for i in np.unique(where):
                if name in self._weights[i] and name in costs:
                    rows, (weights, relative) = where == i, self._weights[i][name]
                    cost = costs[name][rows]
                    found[name][rows] = weights * (np.where(cost == 0, 0, task[rows]) if relative else cost)
                    found[name][rows] += 0 * cost
        return found

    def _stage_of(self, step: Int[np.ndarray, " steps"], stages: Told) -> Int[np.ndarray, " steps"]:
        """The number of the stage that each step belongs to; what is told of stages begins with the first."""
        if not stages:
            return np.zeros(len(step), dtype=np.int64)
        numbers, at = [], 0
        for _, name in stages:
            at = next((i for i in range(at, len(self.stages)) if self.stages[i] == name), at)
            numbers.append(at)
        turns = np.searchsorted([first for first, _ in stages], step, side="right") - 1
        return np.array(numbers)[np.clip(turns, 0, None)]


def _lowered(training: Training, stage: object) -> tuple[AnyObjective, ...]:
    own = getattr(stage, "lowers", "as_set") == "own"
    return stage.objectives if own else training.objectives  # type: ignore[attr-defined]


def _title(name: str, objective: AnyObjective) -> str:
    number = name.removeprefix(objective.kind).lstrip("_")
    return f"{type(objective).title.lower()} {number}".strip()
