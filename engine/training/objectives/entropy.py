"""Few units are to carry the activity of a moment."""

from typing import Annotated, ClassVar, Literal

from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.component import Typical
from engine.training.objectives.evidence import Evidence
from engine.training.objectives.objective import RateObjective

LEAST = 1e-8  # as in nn4n: keeps the logarithm of a silent unit and the share of a silent population finite


class Entropy(RateObjective):
    """Mean entropy (nats) of how activity is shared out among the units at a moment, and a cost of the activity itself.

    Rates below 0 count by their size, where the published form is not a number.
    """

    kind: Literal["entropy"] = "entropy"
    title: ClassVar[str] = "Entropy of activity"
    source: ClassVar[str] = "nn4n (EntropyLoss)"

    energy: Annotated[
        float, Field(ge=0, description="Factor of the mean summed square of the rates"), Typical(0, 20, 0.5)
    ] = 10.0  # fmt: skip

    def of(
        self, rates: Float[Tensor, "networks trials chosen_steps chosen"], evidence: Evidence
    ) -> Float[Tensor, " networks"]:
        size = rates.abs()
        share = size / (size.sum(-1, keepdim=True) + LEAST)
        entropy = -(share * (share + LEAST).log()).sum(-1)
        return (entropy + self.energy * rates.square().sum(-1)).mean((1, 2))
