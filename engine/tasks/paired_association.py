"""Delayed paired association: does the second picture belong to the first?"""

from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Bool, Float
from pydantic import Field
from torch import Tensor

from engine.component import Typical
from engine.tasks.two_stimuli import TwoStimuli


class PairedAssociation(TwoStimuli):
    """Say whether a test picture is the partner of the sample that was shown before a delay.

    Pictures come in pairs that nothing but learning ties together; either partner may be the sample. Each picture has
    an input of its own that is 1 while it is shown; a fixation input is on until the response. The network says "hold"
    until the response and then "partner" or "stranger"; the trial is correct if the right one of these two outputs is
    the larger on average over the response. The same picture twice does not occur.
    """

    kind: Literal["paired_association"] = "paired_association"
    title: ClassVar[str] = "Delayed paired association"
    source: ClassVar[str] = "Sakai & Miyashita (1991) Nature 354: 152"
    answer_name: ClassVar[str] = "pair"
    answer_names: ClassVar[tuple[str, str]] = "partner", "stranger"

    pairs: Annotated[int, Field(ge=2, le=24, description="Number of pairs of pictures."), Typical(2, 12)] = 4

    @property
    def stimulus_names(self) -> tuple[str, ...]:
        return tuple(f"picture {pair + 1}{partner}" for pair in range(self.pairs) for partner in "ab")

    @property
    def input_names(self) -> tuple[str, ...]:
        return ("fixation", *self.stimulus_names)

    def codes(self) -> Float[Tensor, "stimuli channels"]:
        return torch.eye(2 * self.pairs)

    def positive(self) -> Bool[Tensor, "stimuli stimuli"]:
        picture = torch.arange(2 * self.pairs)
        return picture[:, None] == (picture ^ 1)

    def negative(self) -> Bool[Tensor, "stimuli stimuli"]:
        pair = torch.arange(2 * self.pairs) // 2
        return pair[:, None] != pair
