"""Significance: would shuffled trials tune this unit as much, and does that still count when many units are tested?"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor


@dataclass(frozen=True, eq=False)
class ShuffleTest:
    """The statistic of every unit and its distribution over shuffles. `p` is (1 + number as large) / (1 + shuffles)."""

    observed: Float[np.ndarray, " units"]
    null: Float[np.ndarray, "shuffles units"]

    @property
    def p(self) -> Float[np.ndarray, " units"]:
        """Share of shuffles that do as well by chance; never 0."""
        as_large = self.null >= self.observed * (1 - 1e-6)  # ties of rounding count as large: never too small a p
        return (1 + as_large.sum(0)) / (1 + len(self.null))


def shuffle_test(
    rates: Float[Tensor, "trials samples units"],
    index: Int[Tensor, "trials samples"],
    weights: Float[Tensor, "rows bins"],
    shuffles: int,
    rng: torch.Generator,
) -> ShuffleTest:
    """|weights @ curve| per unit, observed and with the variable of whole trials exchanged between trials.

    `curve` is the mean rate in every bin after the unit's mean was taken away. Whole trials are exchanged, never single
    steps, so that neighbouring steps, which resemble each other, do not make noise look significant.
    """
    used = index >= 0
    centred = (rates - rates[used].mean(0)) * used[..., None]
    flat = centred.flatten(0, 1)
    trials, rows = len(index), len(weights)
    first = torch.arange(trials)[None]
    orders = torch.stack([torch.randperm(trials, generator=rng) for _ in range(shuffles)]) if shuffles else first[:0]
    orders = torch.cat([first, orders])
    found = []
    for part in _portions(orders, index.numel() * max(rows, 1)):
        labels = torch.where(used, index[part], -1).flatten(1)
        contrast = _contrast(labels, weights.to(flat.dtype))
        found.append((contrast.flatten(0, 1) @ flat).unflatten(0, (len(part), rows)).norm(dim=1))
    every = torch.cat(found).double().numpy()
    return ShuffleTest(every[0], every[1:])


def benjamini_hochberg(p: Float[np.ndarray, " tests"]) -> Float[np.ndarray, " tests"]:
    """The smallest false discovery rate at which each test counts (q value).

    source: Benjamini & Hochberg (1995) J. R. Stat. Soc. B 57: 289.
    """
    n = len(p)
    order = np.argsort(-p)
    q = np.empty(n)
    q[order] = np.minimum.accumulate(p[order] * n / np.arange(n, 0, -1)).clip(max=1)
    return q


def _contrast(
    labels: Int[Tensor, "shuffles samples"], weights: Float[Tensor, "rows bins"]
) -> Float[Tensor, "shuffles rows samples"]:
    """Per sample: the weight of its bin, divided by the number of samples in that bin."""
    bins = weights.shape[1]
    counts = torch.zeros(len(labels), bins + 1, dtype=weights.dtype)
    counts.scatter_add_(1, labels % (bins + 1), torch.ones_like(labels, dtype=weights.dtype))  # -1 is the last place
    padded = torch.cat([weights, torch.zeros(len(weights), 1, dtype=weights.dtype)], 1)
    shares = padded[None] / counts[:, None].clamp(min=1)
    return shares.gather(2, (labels % (bins + 1))[:, None].expand(-1, len(weights), -1))


def _portions(orders: Int[Tensor, "shuffles trials"], numbers: int) -> Iterator[Int[Tensor, "part trials"]]:
    """Shuffles in portions whose contrasts stay below some 10 million numbers."""
    yield from orders.split(max(1, 10_000_000 // max(numbers, 1)))
