"""Delayed match-to-category: what counts is not the direction itself but the learned category that it belongs to."""

import math
from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Bool, Float
from pydantic import Field
from torch import Tensor

from engine.component import Typical
from engine.tasks.fields import RingUnits
from engine.tasks.ring import bump
from engine.tasks.two_stimuli import TwoStimuli


class MatchCategory(TwoStimuli):
    """Say whether the direction of a test belongs to the same category as that of the sample before a delay.

    Directions lie evenly on the circle; those below 180° are one category, the others the other one, so that
    directions next to the boundary look alike and count as different. A ring of inputs with Gaussian tuning (22.5°
    standard deviation) shows them; a fixation input is on until the response. The network says "hold" until the
    response and then "match" or "non-match"; the trial is correct if the right one of these two outputs is the larger
    on average over the response. All pairs of directions with the same answer are equally frequent.
    """

    kind: Literal["match_category"] = "match_category"
    at_once: ClassVar[int] = 4
    title: ClassVar[str] = "Delayed match-to-category"
    source: ClassVar[str] = "Freedman & Assad (2006) Nature 443: 85"

    per_category: Annotated[
        int, Field(ge=1, le=16, description="Directions in each of the two categories."), Typical(1, 8)
    ] = 6  # 12 directions, as in Freedman & Assad (2006)
    ring_units: RingUnits = 16

    @property
    def stimulus_names(self) -> tuple[str, ...]:
        return tuple(f"{direction:g}°" for direction in self._directions().rad2deg().round(decimals=1).tolist())

    @property
    def input_names(self) -> tuple[str, ...]:
        return ("fixation", *(f"direction {360 * i / self.ring_units:g}°" for i in range(self.ring_units)))

    def _directions(self) -> Float[Tensor, " stimuli"]:
        return (torch.arange(2 * self.per_category) + 0.5) * (math.pi / self.per_category)

    def codes(self) -> Float[Tensor, "stimuli channels"]:
        return bump(self._directions(), self.ring_units)

    def positive(self) -> Bool[Tensor, "stimuli stimuli"]:
        category = torch.arange(2 * self.per_category) // self.per_category
        return category[:, None] == category
