"""Anti-response: look away from the cue, to the opposite side."""

import math
from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor
from torch.nn.functional import one_hot

from engine.component import Typical
from engine.tasks.circular_response import CircularResponse
from engine.tasks.conditions import with_share
from engine.tasks.task import Variable


class AntiResponse(CircularResponse):
    """Answer with the direction of a cue or with the opposite one, as a rule input demands.

    One of two rule inputs ("pro", "anti") is on during the whole trial. A ring of inputs with Gaussian tuning (22.5°
    standard deviation) shows the cue; a fixation input is on until the response. Both outputs are 0 until the response
    and then the sine and cosine of the direction asked for; the trial is correct if their mean over the response points
    there within the tolerance. Directions are spread evenly over the circle.
    """

    kind: Literal["anti_response"] = "anti_response"
    at_once: ClassVar[int] = 4
    title: ClassVar[str] = "Pro- and anti-response"
    source: ClassVar[str] = "Munoz & Everling (2004) Nat. Rev. Neurosci. 5: 218"
    ideal_is: ClassVar[str] = (
        "Takes the rule whose input is larger on average, sums the noisy ring inputs over the cue and reads the "
        "direction as a population vector."
    )

    anti_share: Annotated[
        float,
        Field(ge=0, le=1, description="Share of trials that ask for the opposite direction."),
        Typical(0, 1, 0.05),
    ] = 0.5

    @property
    def rules(self) -> tuple[str, ...]:
        return "pro", "anti"

    def rule(self, n: int, rng: torch.Generator) -> Float[Tensor, "trials rules"]:
        return one_hot(with_share(n, self.anti_share, rng), 2).float()

    def asked(self, shown: Float[Tensor, " trials"], rule: Float[Tensor, "trials rules"]) -> Float[Tensor, " trials"]:
        return shown + math.pi * (rule[:, 1] > rule[:, 0])

    def rule_conditions(self, rule: Float[Tensor, "trials rules"]) -> dict[str, Tensor]:
        return {"rule": rule.argmax(1)}

    @property
    def variables(self) -> tuple[Variable, ...]:
        return Variable("rule", "categorical", labels=self.rules), *super().variables
