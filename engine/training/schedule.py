"""Schedules: how the learning rate changes in the course of a stage."""

import math
from abc import abstractmethod
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from engine.component import Component, Typical

Floor = Annotated[
    float, Field(ge=0, le=1, description="Lowest learning rate, as a share of the first one."), Typical(0, 1, 0.05)
]


class Schedule(Component):
    """Base of the schedules: a factor on the learning rate of the optimiser, after a linear rise if one is wanted."""

    warm_up: Annotated[
        int,
        Field(ge=0, le=1_000_000, description="Steps in which the rate first rises evenly from near 0."),
        Typical(0, 500),
    ] = 0

    def factor(self, step: int, steps: int) -> float:
        """The factor of step `step`, counted from 0 within a stage of `steps` steps."""
        if step < self.warm_up:
            return (step + 1) / (self.warm_up + 1)
        return self.course(step - self.warm_up, max(1, steps - self.warm_up))

    @abstractmethod
    def course(self, step: int, steps: int) -> float:
        """The factor after the warm-up, which `steps` steps follow."""


class Constant(Schedule):
    """The learning rate stays as it is."""

    title: ClassVar[str] = "Constant"
    kind: Literal["constant"] = "constant"

    def course(self, step: int, steps: int) -> float:
        """1."""
        return 1.0


class Cosine(Schedule):
    """The rate falls along half a cosine, from 1 to the floor f: f + (1 - f) (1 + cos(pi t / T)) / 2.

    After the T steps of the fall it stays low, rises again along the same cosine (as in Balwani et al. 2025, whose
    rate goes down and up again every ten epochs), or restarts high (Loshchilov & Hutter).
    """

    title: ClassVar[str] = "Cosine"
    source: ClassVar[str] = (
        "Loshchilov & Hutter (2017) ICLR, arXiv:1608.03983; periodic: Balwani et al. (2025) Sci. Adv."
    )
    kind: Literal["cosine"] = "cosine"

    fall: Annotated[
        int | None,
        Field(ge=1, le=10_000_000, description="T, the steps of one fall; empty is the whole stage."),
        Typical(50, 2000),
    ] = None
    floor: Floor = 0.1
    then: Annotated[
        Literal["stay", "rise", "restart"], Field(description="What follows a fall that ends before the stage.")
    ] = "stay"
    every: Annotated[
        int,
        Field(ge=1, le=1_000_000, description="Steps between two changes, such as those of an epoch."),
        Typical(1, 100),
    ] = 1

    def course(self, step: int, steps: int) -> float:
        """The formula above."""
        fall = self.fall or steps
        time = (step - step % self.every) / fall
        turned = {"stay": min(time, 1.0), "rise": time, "restart": time % 1.0}[self.then]
        return self.floor + (1 - self.floor) * (1 + math.cos(math.pi * turned)) / 2


class StepDecay(Schedule):
    """The rate is multiplied by a factor at even intervals."""

    title: ClassVar[str] = "Steps"
    kind: Literal["step"] = "step"

    every: Annotated[
        int, Field(ge=1, le=10_000_000, description="Steps between two reductions."), Typical(50, 2000)
    ] = 200  # fmt: skip
    factor_each: Annotated[
        float, Field(gt=0, le=1, description="What the rate is multiplied by."), Typical(0.1, 1, 0.05)
    ] = 0.5  # fmt: skip
    floor: Floor = 0.0

    def course(self, step: int, steps: int) -> float:
        """A power of the factor, not below the floor."""
        return max(self.floor, self.factor_each ** (step // self.every))


AnySchedule = Annotated[Constant | Cosine | StepDecay, Field(discriminator="kind")]
