"""Weights are to be small."""

from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.connectomes.connectome import Connectome
from engine.tasks.task import Epochs
from engine.training.objectives.evidence import Evidence
from engine.training.objectives.objective import Given, Objective

ALL = ("W_in", "W_rec", "W_out")


class WeightNorm(Objective):
    """The size of one weight matrix, or of all three together.

    l2 per weight is the penalty of nn4n's RNNLoss; frobenius and l1 as a sum are those of its CompositeLoss.
    """

    kind: Literal["weight_norm"] = "weight_norm"
    title: ClassVar[str] = "Small weights"
    source: ClassVar[str] = "nn4n (RNNLoss, CompositeLoss); Achterberg et al. (2023) for L1"

    matrix: Annotated[
        Literal["W_in", "W_rec", "W_out", "all"], Field(description="Which weights; all adds up the three matrices")
    ] = "W_rec"  # fmt: skip
    norm: Annotated[
        Literal["l1", "l2", "frobenius"], Field(description="Σ|W|, ΣW², or the root of ΣW²")
    ] = "l1"  # fmt: skip
    per: Annotated[
        Literal["sum", "weight"],
        Field(description="sum: over all weights; weight: their mean (for frobenius the root mean square)"),
    ] = "sum"  # fmt: skip

    def given(self, connectome: Connectome, epochs: Epochs, address: str) -> Given:
        return {}

    def cost(self, evidence: Evidence) -> Float[Tensor, " networks"]:
        matrices = ALL if self.matrix == "all" else (self.matrix,)
        return torch.stack([self._size(getattr(evidence, name).flatten(1)) for name in matrices]).sum(0)

    def _size(self, weights: Float[Tensor, "networks weights"]) -> Float[Tensor, " networks"]:
        number = weights.shape[1] if self.per == "weight" else 1
        if self.norm == "l1":
            return weights.abs().sum(1) / number
        if self.norm == "l2":
            return weights.square().sum(1) / number
        return torch.linalg.vector_norm(weights, dim=1) / number**0.5
