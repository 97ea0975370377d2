"""Weighted communicability: how well two units are joined by all paths between them, short ones counting most."""

import torch
from jaxtyping import Float
from torch import Tensor

from engine.training.objectives.expm8 import expm8, squarings

AS_PUBLISHED = 1e-10  # the out-strength of a unit without outputs in the MICrONS study


def weighted_communicability(
    strengths: Float[Tensor, "networks post pre"], without_outputs: float = 0.0
) -> Float[Tensor, "networks post pre"]:
    """C = exp(S^-1/2 A S^-1/2) without its diagonal, S the out-strengths of A >= 0, [post, pre] (Crofts & Higham 2009).

    Computed as S^-1/2 exp(A S^-1) S^1/2: the columns of A S^-1 sum to 1, so the exponential is equally exact for all
    networks, whatever their weights. A unit without outputs joins nobody, unless it is to count for some out-strength.
    """
    out = strengths.sum(-2)
    sends = out > 0
    safe = torch.where(sends, out, without_outputs or 1)
    power = expm8(strengths / safe[:, None], squarings(1.0, strengths.dtype))
    roots = safe.sqrt()
    joined = power * (roots[:, None] / roots[:, :, None])
    joined = joined if without_outputs else joined * sends[:, :, None]
    return joined.masked_fill(torch.eye(joined.shape[-1], dtype=torch.bool, device=joined.device), 0)


def communicability_by_torch(strengths: Float[Tensor, "networks post pre"]) -> Float[Tensor, "networks post pre"]:
    """The same as written down, with the exponential of torch: what the fast form is checked and raced against."""
    roots = strengths.sum(-2).sqrt()
    power = torch.linalg.matrix_exp(strengths / (roots[:, None] * roots[:, :, None]))
    return power * (1 - torch.eye(power.shape[-1], dtype=power.dtype, device=power.device))
