"""Delayed match-to-sample: hold one stimulus in mind, compare it with the next."""

from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Bool, Float
from pydantic import Field
from torch import Tensor

from engine.component import Typical
from engine.tasks.two_stimuli import TwoStimuli


class DelayedMatch(TwoStimuli):
    """Say whether a test stimulus equals the sample that was shown before a delay.

    A fixation input is on until the response; each stimulus has an input of its own that is 1 while it is shown. The
    network says "hold" until the response and then "match" or "non-match"; the trial is correct if the right one of
    these two outputs is the larger on average over the response. Half of the trials match; samples are equally
    frequent, and so are the tests of non-match trials.
    """

    kind: Literal["delayed_match"] = "delayed_match"
    title: ClassVar[str] = "Delayed match-to-sample"
    source: ClassVar[str] = "Miller, Erickson & Desimone (1996) J. Neurosci. 16: 5154"

    stimuli: Annotated[int, Field(ge=2, le=64, description="Number of different stimuli."), Typical(2, 8)] = 2

    @property
    def stimulus_names(self) -> tuple[str, ...]:
        return tuple(f"stimulus {i + 1}" for i in range(self.stimuli))

    @property
    def input_names(self) -> tuple[str, ...]:
        return ("fixation", *self.stimulus_names)

    def codes(self) -> Float[Tensor, "stimuli channels"]:
        return torch.eye(self.stimuli)

    def positive(self) -> Bool[Tensor, "stimuli stimuli"]:
        return torch.eye(self.stimuli, dtype=torch.bool)
