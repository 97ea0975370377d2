"""Units are to fire alike."""

from typing import Annotated, ClassVar, Literal

from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.training.objectives.evidence import Evidence
from engine.training.objectives.guarded import ratio, root
from engine.training.objectives.objective import RateObjective


class RateSpread(RateObjective):
    """How much the mean rates of the units, over trials and time, differ from each other.

    A population whose mean is 0 has no coefficient of variation; it counts as 0. A single unit has no spread.
    """

    kind: Literal["rate_spread"] = "rate_spread"
    title: ClassVar[str] = "Spread of rates"
    source: ClassVar[str] = "nn4n (lambda_fr_sd, lambda_fr_cv, FiringRateDistLoss)"

    measure: Annotated[
        Literal["sd", "cv", "cv_signed", "mean_ad", "max_ad"],
        Field(description="sd: standard deviation between units; cv: sd / mean of absolute rates; cv_signed: sd / mean;"
              " mean_ad, max_ad: mean and largest absolute distance from the mean"),
    ] = "sd"  # fmt: skip

    def of(
        self, rates: Float[Tensor, "networks trials chosen_steps chosen"], evidence: Evidence
    ) -> Float[Tensor, " networks"]:
        by_unit = (rates.abs() if self.measure == "cv" else rates).mean((1, 2))
        mean = by_unit.mean(1, keepdim=True)
        off = by_unit - mean
        if self.measure == "mean_ad":
            return off.abs().mean(1)
        if self.measure == "max_ad":
            return off.abs().amax(1)
        deviation = root(off.square().sum(1) / max(1, off.shape[1] - 1))
        return deviation if self.measure == "sd" else ratio(deviation, mean[:, 0])
