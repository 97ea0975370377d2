"""Ratios, roots and logarithms that stay finite, with their gradients, where a neuron is silent."""

import torch
from jaxtyping import Float
from torch import Tensor

TINY = 1e-12


def ratio(
    over: Float[Tensor, "*#shape"], under: Float[Tensor, "*#shape"], least: float = TINY
) -> Float[Tensor, "*shape"]:
    """over / under, and 0 where what is below is closer to 0 than `least`."""
    fine = under.abs() > least
    return torch.where(fine, over / torch.where(fine, under, 1), 0)


def root(square: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """The square root, with a slope of 0 instead of infinity at 0."""
    fine = square > 0
    return torch.where(fine, torch.where(fine, square, 1).sqrt(), 0)
