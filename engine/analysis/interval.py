"""Interval: how well a mean over networks, or a share of them, is known."""

import math

import numpy as np
from jaxtyping import Float, Int
from scipy import stats
from scipy.special import ndtri

LEVEL = 0.95


def interval(values: Float[np.ndarray, " n"]) -> tuple[float, float, float]:
    """Mean and its 95 % interval by Student's t over networks; with one value the interval is not known (nan)."""
    values = np.asarray(values, dtype=float)
    mean = float(values.mean()) if values.size else math.nan
    if values.size < 2:
        return mean, math.nan, math.nan
    half = float(stats.t.ppf((1 + LEVEL) / 2, values.size - 1) * stats.sem(values))
    return mean, mean - half, mean + half


def wilson(
    successes: Int[np.ndarray, " groups"], n: Int[np.ndarray, " groups"], confidence: float = LEVEL
) -> tuple[Float[np.ndarray, " groups"], Float[np.ndarray, " groups"]]:
    """The score interval of a proportion. source: Wilson (1927) J. Am. Stat. Assoc. 22: 209."""
    z = ndtri((1 + confidence) / 2)
    share = successes / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return (centre - reach).clip(0, 1), (centre + reach).clip(0, 1)
