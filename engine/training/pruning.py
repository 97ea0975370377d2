"""Pruning: with which chance each connection is kept, and how much of the strongest tree survives.

Pure functions of one block of weights. `exists` marks the connections that may be there; others are never kept.
"""

import math

import numpy as np
import torch
from jaxtyping import Bool, Float
from scipy.sparse import coo_array
from scipy.sparse.csgraph import minimum_spanning_tree
from torch import Tensor

from engine.training.prune import Method

LARGEST_TREE = 4_000_000  # pairs of units, beyond which the spanning tree is not looked for
FILL = 1e-25  # what the published task notebooks add to every weight

Weights = Float[Tensor, "post pre"]
Present = Bool[Tensor, "post pre"]


def chances(weights: Weights, exists: Present, wanted: float, method: Method) -> Float[Tensor, "post pre"]:
    """The chance of every connection to be kept, so that about `wanted` of them are."""
    strength = weights.abs().double() * exists
    if method == "random":
        kept = torch.full_like(strength, min(1.0, wanted / max(1, int(exists.sum()))))
    elif method == "magnitude":
        kept = strongest(strength, exists, wanted)
    elif method == "top_prob":
        kept = water_filled(strength, wanted)
    else:
        kept = as_published(strength, wanted, fills_zeros=method == "top_prob_task_notebooks")
    return kept * exists


def kept(chance: Float[Tensor, "post pre"], rng: torch.Generator) -> Present:
    """Which connections are kept, each by its own chance."""
    return torch.rand(chance.shape, generator=rng, dtype=torch.float64) < chance


def strongest(strength: Float[Tensor, "post pre"], exists: Present, wanted: float) -> Float[Tensor, "post pre"]:
    """1 for the strongest connections, 0 for others; of equals the first in the matrix."""
    order = torch.where(exists, strength, -1.0).flatten().argsort(descending=True, stable=True)
    chosen = torch.zeros(strength.numel(), dtype=torch.float64)
    chosen[order[: round(wanted)]] = 1
    return chosen.reshape(strength.shape)


def water_filled(strength: Float[Tensor, "post pre"], wanted: float) -> Float[Tensor, "post pre"]:
    """P = min(1, K |w|) with the K at which the sum of P is `wanted`; 1 for all if fewer are not 0."""
    if wanted <= 0:
        return torch.zeros_like(strength)
    if wanted >= int((strength > 0).sum()):
        return (strength > 0).double()
    falling = strength.flatten().sort(descending=True).values
    rest = falling.flip(0).cumsum(0).flip(0)  # what is left from each one on
    full = torch.arange(len(falling), dtype=torch.float64)  # so many have reached 1
    factors = (wanted - full) / rest
    first = int(((factors * falling <= 1) & (full < wanted)).nonzero()[0])
    return (strength * factors[first]).clamp(max=1)


def as_published(strength: Float[Tensor, "post pre"], wanted: float, fills_zeros: bool) -> Float[Tensor, "post pre"]:
    """Steps 1 and 2 of the published top-prob; with filled zeros also 3, the redistribution of what exceeds 1.

    With z = zeros + min(post, pre), n entries and sparsity s: s' = (s n - z) / (n - z), P = n (1 - s') |w| / sum |w|.
    """
    strength = strength + FILL if fills_zeros else strength
    n, total = strength.numel(), float(strength.sum())
    z0 = int((strength == 0).sum()) + min(strength.shape)
    if wanted <= 0 or total == 0:
        return torch.zeros_like(strength)
    left = 1.0 if z0 >= n else 1 - (n - wanted - z0) / (n - z0)
    chance = strength * (n * left / total)
    return _redistributed(chance) if fills_zeros else chance.clamp(max=1)


def _redistributed(chance: Float[Tensor, "post pre"]) -> Float[Tensor, "post pre"]:
    while True:
        excess = float((chance - 1).clamp(min=0).sum())
        below = chance < 1
        if excess < 1e-12 or not bool(below.any()):
            return chance.clamp(max=1)
        chance = torch.where(below, chance + excess / int(below.sum()), 1.0)


def spanning_tree(weights: Weights) -> Present:
    """The edges of the maximum spanning tree (or forest) of the bipartite graph of post and pre units by |w|."""
    strength = weights.abs().double().numpy()
    post, pre = np.nonzero(strength)
    size = sum(strength.shape)
    lengths = 1 + strength.max(initial=0) - strength[post, pre]
    tree = minimum_spanning_tree(coo_array((lengths, (post, len(strength) + pre)), shape=(size, size))).tocoo()
    chosen = np.zeros(strength.shape, dtype=bool)
    chosen[tree.row, tree.col - len(strength)] = True
    return torch.from_numpy(chosen)


def tree_overlap(weights: Weights, kept: Present) -> float:
    """The share of the edges of the maximum spanning tree that are kept; NaN without any, or of too large a matrix."""
    if weights.numel() > LARGEST_TREE:
        return math.nan
    tree = spanning_tree(weights)
    return float((tree & kept).sum() / tree.sum()) if tree.any() else math.nan
