"""Balanced conditions: every combination occurs equally often, in random order.

Arithmetic on one number per trial is numpy's, whose calls take a fifth of the time of torch's.
"""

import math

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor


def balanced(n: int, cells: int, rng: torch.Generator) -> Int[Tensor, " trials"]:
    """`n` cell numbers 0..cells-1 in random order, each equally often; what does not divide falls on random cells."""
    rest = torch.randperm(cells, generator=rng).numpy()[: n % cells]
    cell = np.concatenate([np.tile(np.arange(cells), n // cells), rest])
    return torch.from_numpy(cell[torch.randperm(n, generator=rng).numpy()])


def with_share(n: int, share: float, rng: torch.Generator) -> Int[Tensor, " trials"]:
    """`n` zeros and ones in random order, a `share` of them ones up to rounding, which is random and fair."""
    ones = math.floor(n * share + torch.rand((), generator=rng).item())
    return (torch.randperm(n, generator=rng) < ones).long()


def crossed(n: int, levels: tuple[int, ...], rng: torch.Generator) -> tuple[Int[Tensor, " trials"], ...]:
    """One level number per factor and trial, balanced over all combinations of the factors' levels."""
    cell = balanced(n, math.prod(levels), rng).numpy()
    return tuple(torch.from_numpy(level) for level in np.unravel_index(cell, levels))


def angles(n: int, rng: torch.Generator) -> Float[Tensor, " trials"]:
    """`n` angles in 0..2 pi, one in each of `n` equal sectors, in random order."""
    sector = torch.randperm(n, generator=rng) + torch.rand(n, generator=rng)
    return sector * (2 * math.pi / n)


def degrees(angle: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """An angle in rad as degrees from 0 up to, but not including, 360."""
    turned = angle.rad2deg().remainder(360.0)
    return torch.where(turned < 360, turned, 0.0)  # the remainder of a tiny negative angle rounds up to 360
