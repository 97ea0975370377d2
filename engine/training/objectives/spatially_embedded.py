"""Weights are to be small, short and not redundant at once."""

from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.connectomes.connectome import Connectome
from engine.tasks.task import Epochs
from engine.training.objectives.communicability_cost import Detached, Exponent, joined
from engine.training.objectives.distance import Distance
from engine.training.objectives.evidence import Evidence
from engine.training.objectives.objective import Given, Objective


class SpatiallyEmbedded(Objective):
    """Σ |W| D C^k: weights are to be small, short and, by the communicability C, not redundant.

    The seRNN. Self-connections are free, since C has no diagonal.
    """

    kind: Literal["spatially_embedded"] = "spatially_embedded"
    title: ClassVar[str] = "Spatially embedded"
    source: ClassVar[str] = "Achterberg et al. (2023) Nat Mach Intell 5: 1369"

    distance: Annotated[Distance, Field(description="How far apart units lie")] = Distance()
    exponent: Exponent = 1.0
    detached: Detached = False

    def given(self, connectome: Connectome, epochs: Epochs, address: str) -> Given:
        self.distance.require_places(connectome, f"{address}.distance")
        return {"distance": lambda: torch.from_numpy(self.distance.between(connectome))}

    def remarks(self, connectome: Connectome) -> tuple[str, ...]:
        return self.distance.remarks(connectome)

    def cost(self, evidence: Evidence) -> Float[Tensor, " networks"]:
        strengths = evidence.W_rec.abs()
        far = strengths * evidence.given["distance"]
        return (far * joined(strengths, self.exponent, self.detached)).sum((1, 2))
