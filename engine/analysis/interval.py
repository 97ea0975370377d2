"""Interval: how well a mean over networks is known."""

import math

import numpy as np
from jaxtyping import Float
from scipy import stats

LEVEL = 0.95


def interval(values: Float[np.ndarray, " n"]) -> tuple[float, float, float]:
    """Mean and its 95 % interval by Student's t over networks; with one value the interval is not known (nan)."""
    values = np.asarray(values, dtype=float)
    mean = float(values.mean()) if values.size else math.nan
    if values.size < 2:
        return mean, math.nan, math.nan
    half = float(stats.t.ppf((1 + LEVEL) / 2, values.size - 1) * stats.sem(values))
    return mean, mean - half, mean + half
