"""From measured strengths to weights: how heavy tails are tamed, and which connections are kept."""

from typing import Literal

import numpy as np
from jaxtyping import Bool, Float

Transform = Literal["raw", "log1p", "rank", "binary"]


def transformed(strengths: Float[np.ndarray, "post pre"], kind: Transform) -> Float[np.ndarray, "post pre"]:
    """Strengths >= 0 on another scale: order is kept, absent connections stay 0 and present ones stay positive.

    `rank` is the mean rank among the connections divided by their number, so equal strengths stay equal.
    """
    if kind == "log1p":
        return np.log1p(strengths)
    if kind == "binary":
        return (strengths > 0).astype(float)
    return _ranked(strengths) if kind == "rank" else strengths.astype(float)


def strongest(
    strengths: Float[np.ndarray, "post pre"], density: float, directed: bool, rng: np.random.Generator
) -> tuple[Bool[np.ndarray, "post pre"], int, int]:
    """The strongest connections between different units, as many as `density` asks for: mask, ties kept, ties in all.

    Undirected data keep or lose both directions of a pair. Where equal strengths straddle the cut, lots are drawn.
    """
    n = len(strengths)
    where = np.nonzero(~np.eye(n, dtype=bool)) if directed else np.tril_indices(n, -1)
    values = strengths[where]
    wanted = min(int(density * len(values) + 0.5), int(np.count_nonzero(values)))
    chosen, kept, ties = _top(values, wanted, rng)
    mask = np.zeros((n, n), bool)
    mask[where] = chosen
    return (mask if directed else mask | mask.T), kept, ties


def _top(
    values: Float[np.ndarray, " pairs"], wanted: int, rng: np.random.Generator
) -> tuple[Bool[np.ndarray, " pairs"], int, int]:
    if wanted == 0:
        return np.zeros(len(values), bool), 0, 0
    cut = np.partition(values, len(values) - wanted)[len(values) - wanted]
    chosen, tied = values > cut, np.flatnonzero(values == cut)
    missing = wanted - int(chosen.sum())
    chosen[tied if missing == len(tied) else rng.choice(tied, missing, replace=False)] = True
    return chosen, missing, len(tied)


def _ranked(strengths: Float[np.ndarray, "post pre"]) -> Float[np.ndarray, "post pre"]:
    present = strengths > 0
    _, inverse, counts = np.unique(strengths[present], return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    mean_rank = last - (counts - 1) / 2
    weights = np.zeros(strengths.shape)
    weights[present] = mean_rank[inverse] / max(1, present.sum())
    return weights
