"""Where the trials of a training step come from: drawn afresh, or out of a set that was drawn once."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import torch
from pydantic import Field

from engine.component import Component, Typical
from engine.randomness import torch_stream
from engine.tasks.task import Task, Trials


@dataclass(frozen=True)
class Place:
    """Where a step stands: its stage, how many steps that has made, and how many training has made altogether."""

    stage: int
    step: int
    of_all: int


class TrialSupply(Component):
    """Base of the family. What a step gets depends on the seed and its place only."""

    @abstractmethod
    def source(self, dt_ms: float, seed: int) -> "Source":
        """What gives the trials of one training."""


class Source(ABC):
    """Gives the trials of every step of one training."""

    def __init__(self, dt_ms: float, seed: int):
        self.dt_ms, self.seed = dt_ms, seed

    @abstractmethod
    def trials(self, task: Task, batch: int, place: Place) -> Trials:
        """The trials of the step at this place."""


MOST_AT_ONCE = 1024  # trials


class FreshTrials(TrialSupply):
    """Every step has trials of its own, never seen before.

    Of tasks whose drawing takes long whatever the number (`at_once`), the trials of some steps are drawn together.
    """

    title: ClassVar[str] = "Fresh trials"
    kind: Literal["fresh"] = "fresh"

    def source(self, dt_ms: float, seed: int) -> Source:
        """Draws from the streams (seed, "training", step)."""
        return _Fresh(dt_ms, seed)


class FixedTrials(TrialSupply):
    """A set of trials is drawn once and gone through again and again; the last batch of an epoch may be smaller."""

    title: ClassVar[str] = "A fixed set of trials"
    kind: Literal["fixed"] = "fixed"

    trials: Annotated[int, Field(ge=1, le=1_000_000, description="Trials in the set."), Typical(100, 10_000)] = 1000
    order: Annotated[
        Literal["shuffled", "fixed"],
        Field(description="Order of the trials: a new one in every epoch, or always the same."),
    ] = "shuffled"

    def source(self, dt_ms: float, seed: int) -> Source:
        """The set is drawn from the stream (seed, "training set"), orders from (seed, "order", stage, epoch)."""
        return _Fixed(self, dt_ms, seed)

    def batches(self, batch: int) -> int:
        """How many make an epoch."""
        return math.ceil(self.trials / batch)


def training_trials(task: Task, batch: int, dt_ms: float, trial_seed: int, step: int) -> Trials:
    """The fresh trials of one training step."""
    return task.trials(batch, dt_ms, torch_stream(trial_seed, "training", step))


class _Fresh(Source):
    def __init__(self, dt_ms: float, seed: int):
        super().__init__(dt_ms, seed)
        self._drawn: tuple[tuple[Task, int, int], Callable[[int], Trials]] | None = None

    def trials(self, task: Task, batch: int, place: Place) -> Trials:
        together = min(task.at_once, MOST_AT_ONCE // batch)
        if together <= 1:
            return training_trials(task, batch, self.dt_ms, self.seed, place.of_all)
        number, turn = divmod(place.of_all, together)
        if self._drawn is None or self._drawn[0] != (task, batch, number):
            stream = torch_stream(self.seed, "training", "together", number)
            self._drawn = (task, batch, number), task.batches(together, batch, self.dt_ms, stream)
        return self._drawn[1](turn)


class _Fixed(Source):
    def __init__(self, supply: FixedTrials, dt_ms: float, seed: int):
        super().__init__(dt_ms, seed)
        self.supply = supply
        self._drawn: tuple[Task, Trials] | None = None

    def trials(self, task: Task, batch: int, place: Place) -> Trials:
        epoch, index = divmod(place.step, self.supply.batches(batch))
        order = torch.arange(self.supply.trials)
        if self.supply.order == "shuffled":
            order = torch.randperm(len(order), generator=torch_stream(self.seed, "order", place.stage, epoch))
        return self._set(task).at(order[index * batch : (index + 1) * batch])

    def _set(self, task: Task) -> Trials:
        if self._drawn is None or self._drawn[0] != task:
            stream = torch_stream(self.seed, "training set")
            self._drawn = task, task.trials(self.supply.trials, self.dt_ms, stream)
        return self._drawn[1]


AnySupply = Annotated[FreshTrials | FixedTrials, Field(discriminator="kind")]
