"""Paired effects: two conditions of the same seeds, with interval, size of the effect, and a permutation of signs."""

import itertools
import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from engine.analysis.interval import interval

MOST_EXACT = 14  # pairs, of which all 2^n signs are tried; with more, so many are drawn
DRAWS = 20_000


@dataclass(frozen=True)
class PairedEffect:
    """First minus second over n pairs: mean with its 95 % interval, Cohen's d of the differences, and p."""

    n: int
    mean: float
    low: float
    high: float
    d: float
    p: float


def paired_effect(
    first: Float[np.ndarray, " pairs"], second: Float[np.ndarray, " pairs"], seed: int = 0
) -> PairedEffect:
    """Two-sided sign-flip permutation: n pairs give no p below 2 / 2^n. Numbers that a single pair has none of are nan.

    source: Nichols & Holmes (2002) Hum. Brain Mapp. 15: 1 (sign flipping); Cohen (1988), d of paired differences.
    """
    apart = np.asarray(first, dtype=float) - np.asarray(second, dtype=float)
    apart = apart[np.isfinite(apart)]
    n, (mean, low, high) = len(apart), interval(apart)
    if n < 2:
        return PairedEffect(n, mean, low, high, math.nan, math.nan)
    spread = float(apart.std(ddof=1))
    return PairedEffect(n, mean, low, high, mean / spread if spread else math.nan, _p(apart, seed))


def _p(apart: Float[np.ndarray, " pairs"], seed: int) -> float:
    n = len(apart)
    if n <= MOST_EXACT:
        signs = np.array(list(itertools.product((-1.0, 1.0), repeat=n)))
        return float((np.abs(signs @ apart) >= np.abs(apart.sum()) - 1e-9 * np.abs(apart).sum()).mean())
    signs = np.random.default_rng(seed).choice((-1.0, 1.0), (DRAWS, n))
    return float((1 + (np.abs(signs @ apart) >= np.abs(apart.sum()) - 1e-9 * np.abs(apart).sum()).sum()) / (1 + DRAWS))
