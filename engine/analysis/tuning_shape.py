"""The shape of tuning curves: where they peak, how wide and how deep they are. All vectorised over units."""

import numpy as np
from jaxtyping import Bool, Float, Int


def is_flat(curves: Float[np.ndarray, "bins units"]) -> Bool[np.ndarray, " units"]:
    """Units whose curve does not vary by more than rounding: silent ones and constant ones."""
    return np.ptp(curves, axis=0) <= 1e-5 * np.abs(curves).max(0)


def preferred_direction(
    angles: Float[np.ndarray, " bins"], curves: Float[np.ndarray, "bins units"]
) -> Float[np.ndarray, " units"]:
    """The direction of the mean vector in [0, 2π); the curve's minimum is taken away first, which leaves it unchanged
    where the bins are evenly spaced."""
    above = curves - curves.min(0)
    return np.mod(np.arctan2(np.sin(angles) @ above, np.cos(angles) @ above), 2 * np.pi)


def circular_sd(vector_length: Float[np.ndarray, " units"]) -> Float[np.ndarray, " units"]:
    """sqrt(-2 ln R) in radians; at most 5.3, where the vector is shorter than a millionth.

    source: Mardia & Jupp (2000) Directional Statistics, section 2.3.
    """
    return np.sqrt(-2 * np.log(vector_length.clip(1e-6, 1)))


def half_width(
    values: Float[np.ndarray, " bins"], curves: Float[np.ndarray, "bins units"], period: float | None
) -> Float[np.ndarray, " units"]:
    """Distance from the peak to where the curve first falls to half way between its peak and its minimum.

    Mean of both sides, by linear interpolation between bins; of one side where the curve of a linear variable never
    falls that far on the other. 0 for flat curves. The distance is in the unit of `values`.
    """
    if len(values) < 2:
        return np.zeros(curves.shape[1])
    level = (curves.max(0) + curves.min(0)) / 2
    sides = np.stack([_crossing(values, curves, level, step, period) for step in (1, -1)])
    found = np.isfinite(sides)
    mean = np.where(found, sides, 0).sum(0) / found.sum(0).clip(min=1)
    return np.where(is_flat(curves), 0.0, mean)


def correlation(
    first: Float[np.ndarray, "bins units"], second: Float[np.ndarray, "bins units"]
) -> Float[np.ndarray, " units"]:
    """Pearson correlation of two curves per unit; 0 where one of them is flat."""
    a, b = first - first.mean(0), second - second.mean(0)
    scale = np.sqrt((a**2).sum(0) * (b**2).sum(0))
    defined = ~(is_flat(first) | is_flat(second)) & (scale > 0)
    return np.divide((a * b).sum(0), scale, out=np.zeros(len(scale)), where=defined).clip(-1, 1)


def spearman_brown(half: Float[np.ndarray, " units"]) -> Float[np.ndarray, " units"]:
    """The reliability of the whole recording from the correlation of its halves; odd in its argument, so within ±1.

    source: Spearman (1910), Brown (1910) Br. J. Psychol. 3. For negative correlations, where 2r / (1 + r) would run
    to minus infinity, we use 2r / (1 + |r|).
    """
    return 2 * half / (1 + np.abs(half))


def _crossing(
    values: Float[np.ndarray, " bins"],
    curves: Float[np.ndarray, "bins units"],
    level: Float[np.ndarray, " units"],
    step: int,
    period: float | None,
) -> Float[np.ndarray, " units"]:
    """Distance from the peak to the first crossing of the level on one side; infinite if there is none."""
    units = curves.shape[1]
    place, distance = _walk(values, curves.argmax(0), step, period)
    heights = curves[place, np.arange(units)]
    below = (heights <= level) & np.isfinite(distance)
    first = below.argmax(0).clip(min=1)
    at, before = (first, np.arange(units)), (first - 1, np.arange(units))
    fall = heights[before] - heights[at]
    share = np.divide(heights[before] - level, fall, out=np.zeros(units), where=fall > 0)
    with np.errstate(invalid="ignore"):
        met = distance[before] + share * (distance[at] - distance[before])
    return np.where(below.any(0), met, np.inf)


def _walk(
    values: Float[np.ndarray, " bins"], peak: Int[np.ndarray, " units"], step: int, period: float | None
) -> tuple[Int[np.ndarray, "walk units"], Float[np.ndarray, "walk units"]]:
    """The bins met when walking from the peak to one side, once around, with their distance (infinite off the end)."""
    bins = len(values)
    steps = peak + step * np.arange(bins)[:, None]
    if period is None:
        inside = (steps >= 0) & (steps < bins)
        return steps.clip(0, bins - 1), np.where(inside, np.abs(values[steps.clip(0, bins - 1)] - values[peak]), np.inf)
    return steps % bins, np.mod(step * (values[steps % bins] - values[peak]), period)
