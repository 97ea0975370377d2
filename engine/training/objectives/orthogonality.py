"""Weight vectors are to be orthogonal."""

from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.component import Typical
from engine.connectomes.connectome import Connectome
from engine.tasks.task import Epochs
from engine.training.objectives.evidence import Evidence
from engine.training.objectives.objective import Given, Objective


class Orthogonality(Objective):
    """Mean over vectors of the squared distance between their products and those of orthogonal ones of some length.

    The vectors are the weights from each unit (columns), or onto each (rows). With as many weights as vectors 0 means a
    rotation, times the length: signals neither fade nor grow.
    """

    kind: Literal["orthogonality"] = "orthogonality"
    title: ClassVar[str] = "Orthogonality"
    source: ClassVar[str] = "Vorontsov et al. (2017) ICML, soft orthogonality"

    matrix: Annotated[Literal["W_in", "W_rec", "W_out"], Field(description="Which weights")] = "W_rec"
    vectors: Annotated[
        Literal["from_each", "onto_each"], Field(description="The weights from each unit or channel, or onto each")
    ] = "from_each"  # fmt: skip
    length: Annotated[float, Field(ge=0, description="Length that they should have"), Typical(0, 2, 0.05)] = 1.0

    def given(self, connectome: Connectome, epochs: Epochs, address: str) -> Given:
        return {}

    def cost(self, evidence: Evidence) -> Float[Tensor, " networks"]:
        weights = getattr(evidence, self.matrix)
        vectors = weights.mT if self.vectors == "from_each" else weights
        wanted = self.length**2 * torch.eye(vectors.shape[1], dtype=vectors.dtype, device=vectors.device)
        return (vectors @ vectors.mT - wanted).square().sum((1, 2)) / vectors.shape[1]
