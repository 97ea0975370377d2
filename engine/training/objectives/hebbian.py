"""Connections and joint activity are weighed against each other."""

from typing import ClassVar, Literal

from jaxtyping import Float
from torch import Tensor

from engine.training.objectives.evidence import Evidence
from engine.training.objectives.objective import RateObjective


class Hebbian(RateObjective):
    """Mean absolute value of Σ W r_post r_pre over the chosen units: what a Hebbian rule would gain at that moment."""

    kind: Literal["hebbian"] = "hebbian"
    title: ClassVar[str] = "Hebbian"
    source: ClassVar[str] = "nn4n (HebbianLoss)"

    def of(
        self, rates: Float[Tensor, "networks trials chosen_steps chosen"], evidence: Evidence
    ) -> Float[Tensor, " networks"]:
        chosen = evidence.given["units"]
        weights = evidence.W_rec[:, chosen[:, None], chosen]
        moments = rates.flatten(1, 2)
        return ((moments @ weights.mT) * moments).sum(-1).abs().mean(1)
