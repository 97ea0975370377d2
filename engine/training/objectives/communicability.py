"""Weighted communicability: how well two units are joined by all paths between them, short ones counting most."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from engine.training.objectives.expm8 import EXACT_AT_ONE, TAYLOR, pulled_back, squarings, taken

AS_PUBLISHED = 1e-10  # the out-strength of a unit without outputs in the MICrONS study


def weighted_communicability(
    strengths: Float[Tensor, "networks post pre"], without_outputs: float = 0.0
) -> Float[Tensor, "networks post pre"]:
    """C = exp(S^-1/2 A S^-1/2) without its diagonal, S the out-strengths of A >= 0, [post, pre] (Crofts & Higham 2009).

    Computed as S^-1/2 exp(A S^-1) S^1/2: the columns of A S^-1 sum to 1, so the exponential is equally exact for all
    networks, whatever their weights. In float32 it is right to 3e-6 and its gradient to 3e-5; in dense networks, to
    rounding. A unit without outputs joins nobody, unless it is to count for some out-strength. Differentiable once.
    """
    return _Communicability.apply(strengths, without_outputs)


class _Communicability(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, strengths: Tensor, without_outputs: float) -> Tensor:
        out = strengths.sum(-2)
        sends = out > 0
        ctx.all_send = bool(sends.all())
        if not ctx.all_send:
            out = torch.where(sends, out, without_outputs or 1)
        roots, shares = out.sqrt(), strengths / out[:, None]
        over = (roots.reciprocal() if ctx.all_send or without_outputs else sends / roots)[:, :, None]
        ctx.halvings = squarings(1.0, strengths.dtype)
        ctx.scheme = TAYLOR if ctx.halvings else EXACT_AT_ONE
        power, kept = taken(shares, ctx.halvings, ctx.scheme)
        joined = power.mul_(over).mul_(roots[:, None])
        joined.diagonal(dim1=-2, dim2=-1).zero_()
        ctx.save_for_backward(out, sends, over, roots, joined, *kept)
        return joined

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, to_joined: Tensor) -> tuple[Tensor, None]:
        out, sends, over, roots, joined, *kept = ctx.saved_tensors
        to_power = (to_joined * over).mul_(roots[:, None])
        to_power.diagonal(dim1=-2, dim2=-1).zero_()
        to_shares = pulled_back(to_power, tuple(kept), ctx.scheme)
        by = torch.mul(to_joined, joined, out=to_power)
        to_out = (by.sum(-2) - by.sum(-1)).div_(2)
        of_shares = torch.mul(to_shares, kept[0], out=by).sum(-2)
        to_out = to_out.sub_(of_shares if ctx.halvings == 0 else of_shares * 2.0**ctx.halvings).div_(out)
        if not ctx.all_send:
            to_out = torch.where(sends, to_out, 0)
        return to_shares.div_(out[:, None]).add_(to_out[:, None]), None


def communicability_by_torch(strengths: Float[Tensor, "networks post pre"]) -> Float[Tensor, "networks post pre"]:
    """The same as written down, with the exponential of torch: what the fast form is checked and raced against."""
    roots = strengths.sum(-2).sqrt()
    power = torch.linalg.matrix_exp(strengths / (roots[:, None] * roots[:, :, None]))
    return power * (1 - torch.eye(power.shape[-1], dtype=power.dtype, device=power.device))
