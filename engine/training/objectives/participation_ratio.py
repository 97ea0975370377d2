"""Activity is to fill few dimensions, or many."""

from typing import Annotated, ClassVar, Literal

from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.training.objectives.evidence import Evidence
from engine.training.objectives.guarded import ratio
from engine.training.objectives.objective import RateObjective


class ParticipationRatio(RateObjective):
    """The number of dimensions of the activity, (Σ λ)² / Σ λ² over the variances λ of its principal components.

    The cost is this number per unit, or 1 minus that, so that it lies between 0 and 1. Constant activity has 0
    dimensions.
    """

    kind: Literal["participation_ratio"] = "participation_ratio"
    title: ClassVar[str] = "Dimensions of activity"
    source: ClassVar[str] = "Gao et al. (2017) bioRxiv 214262"

    seek: Annotated[Literal["few", "many"], Field(description="Whether few or many dimensions are sought")] = "few"

    def of(
        self, rates: Float[Tensor, "networks trials chosen_steps chosen"], evidence: Evidence
    ) -> Float[Tensor, " networks"]:
        share = dimensions(rates) / rates.shape[-1]
        return share if self.seek == "few" else 1 - share


def dimensions(rates: Float[Tensor, "networks trials steps units"]) -> Float[Tensor, " networks"]:
    """The participation ratio of every network."""
    moments = rates.flatten(1, 2)
    moments = moments - moments.mean(1, keepdim=True)
    covariance = moments.mT @ moments / moments.shape[1]
    total = covariance.diagonal(dim1=1, dim2=2).sum(1)
    scaled = covariance / (total + (total == 0))[:, None, None]  # else the square of a small variance is lost
    return ratio(scaled.diagonal(dim1=1, dim2=2).sum(1), scaled.square().sum((1, 2)))
