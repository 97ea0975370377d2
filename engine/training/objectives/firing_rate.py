"""Units are to fire at some rate."""

from typing import Annotated, ClassVar, Literal

from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.component import Typical
from engine.training.objectives.evidence import Evidence
from engine.training.objectives.objective import RateObjective


class FiringRate(RateObjective):
    """How far the mean rate of every unit, over trials and time, is from a target: a set point as in homeostasis."""

    kind: Literal["firing_rate"] = "firing_rate"
    title: ClassVar[str] = "Mean rate"
    source: ClassVar[str] = "nn4n (lambda_fr, FiringRateLoss); the target is ours"

    target: Annotated[float, Field(description="The rate that every unit should have"), Typical(0, 1, 0.05)] = 0.0
    norm: Annotated[
        Literal["l2", "l1"], Field(description="Mean over units of the squared or of the absolute distance")
    ] = "l2"  # fmt: skip

    def of(
        self, rates: Float[Tensor, "networks trials chosen_steps chosen"], evidence: Evidence
    ) -> Float[Tensor, " networks"]:
        off = rates.mean((1, 2)) - self.target
        return (off.square() if self.norm == "l2" else off.abs()).mean(1)
