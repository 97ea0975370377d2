"""XOR over time: are two bits, one after the other, different?"""

from typing import ClassVar, Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from engine.tasks.two_stimuli import TwoStimuli


class XorOverTime(TwoStimuli):
    """Say whether two bits that come a delay apart differ.

    One input is +1 or -1 while a bit is shown, another (fixation) is on until the response. Neither bit tells anything
    by itself, and no weighted sum of both gives the answer. The network says "hold" until the response and then
    "different" or "same"; the trial is correct if the right one of these two outputs is the larger on average over the
    response. All four pairs of bits are equally frequent.
    """

    kind: Literal["xor_over_time"] = "xor_over_time"
    title: ClassVar[str] = "XOR over time"
    source: ClassVar[str] = "After the temporal XOR of Elman (1990) Cogn. Sci. 14: 179"
    answer_name: ClassVar[str] = "xor"
    answer_names: ClassVar[tuple[str, str]] = "different", "same"

    @property
    def stimulus_names(self) -> tuple[str, ...]:
        return "-1", "+1"

    @property
    def input_names(self) -> tuple[str, ...]:
        return "fixation", "bit"

    def codes(self) -> Float[Tensor, "stimuli channels"]:
        return torch.tensor([[-1.0], [1.0]])

    def positive(self) -> Bool[Tensor, "stimuli stimuli"]:
        return ~torch.eye(2, dtype=torch.bool)
