"""Memory-guided response: look where the cue was."""

from typing import ClassVar, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from engine.tasks.circular_response import CircularResponse


class MemoryResponse(CircularResponse):
    """After a delay, answer with the direction in which a short cue was shown.

    A ring of inputs with Gaussian tuning (22.5° standard deviation) shows the cue; a fixation input is on until the
    response. Both outputs are 0 until the response and then the sine and cosine of the cue's direction; the trial is
    correct if their mean over the response points there within the tolerance. Directions are spread evenly over the
    circle.
    """

    kind: Literal["memory_response"] = "memory_response"
    at_once: ClassVar[int] = 4
    title: ClassVar[str] = "Memory-guided response (oculomotor delayed response)"
    source: ClassVar[str] = "Funahashi, Bruce & Goldman-Rakic (1989) J. Neurophysiol. 61: 331"
    ideal_is: ClassVar[str] = "Sums the noisy ring inputs over the cue and reads the direction as a population vector."

    @property
    def rules(self) -> tuple[str, ...]:
        return ()

    def rule(self, n: int, rng: torch.Generator) -> Float[Tensor, "trials rules"]:
        return torch.zeros(n, 0)

    def asked(self, shown: Float[Tensor, " trials"], rule: Float[Tensor, "trials rules"]) -> Float[Tensor, " trials"]:
        return shown
