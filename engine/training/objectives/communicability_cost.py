"""Weights between units that are well joined cost more, wherever these lie."""

from typing import Annotated, ClassVar, Literal

from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.component import Typical
from engine.connectomes.connectome import Connectome
from engine.tasks.task import Epochs
from engine.training.objectives.communicability import weighted_communicability
from engine.training.objectives.evidence import Evidence
from engine.training.objectives.objective import Given, Objective

Exponent = Annotated[
    float, Field(ge=1, description="Exponent k of the communicability"), Typical(1, 3, 0.5)
]  # fmt: skip
Detached = Annotated[
    bool,
    Field(description="Communicability as a mere weighting, without a gradient of its own, as in the spiking version"),
]


class CommunicabilityCost(Objective):
    """Σ |W| C^k, with C the weighted communicability: redundant connections are given up first."""

    kind: Literal["communicability_cost"] = "communicability_cost"
    title: ClassVar[str] = "Communicability"
    source: ClassVar[str] = "Achterberg et al. (2023) Nat Mach Intell 5: 1369; Crofts & Higham (2009)"

    exponent: Exponent = 1.0
    detached: Detached = False

    def given(self, connectome: Connectome, epochs: Epochs, address: str) -> Given:
        return {}

    def cost(self, evidence: Evidence) -> Float[Tensor, " networks"]:
        strengths = evidence.W_rec.abs()
        return (strengths * joined(strengths, self.exponent, self.detached)).sum((1, 2))


def joined(
    strengths: Float[Tensor, "networks post pre"], exponent: float, detached: bool
) -> Float[Tensor, "networks post pre"]:
    """The communicability of these strengths to some power."""
    joined = weighted_communicability(strengths.detach() if detached else strengths)
    return joined if exponent == 1 else joined**exponent
