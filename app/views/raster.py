"""The logarithmic scale of weights in pictures of matrices."""

import numpy as np
from bokeh.models import ColorBar
from jaxtyping import Float
from matplotlib.ticker import MaxNLocator

from app import look

DECADES = 3  # of |w| that the logarithmic scale tells apart


def symmetric_log(weights: Float[np.ndarray, "*shape"], extent: float) -> Float[np.ndarray, "*shape"]:
    """Weights on a scale from -1 to 1 that is logarithmic over the upper decades and linear around zero."""
    steep = 10**DECADES - 1
    return np.sign(weights) * np.log10(1 + np.abs(weights) / extent * steep) / DECADES


def mark_scale(bar: ColorBar, low: float, high: float, extent: float | None) -> None:
    """Ticks of a colour bar; with an extent its scale is logarithmic and tells the weights themselves.

    They go into the ticker that the bar began with: the browser heeds no other.
    """
    if extent is None:
        ticks = MaxNLocator(5).tick_values(low, high)
        bar.ticker.ticks, bar.major_label_overrides = ticks[(ticks >= low) & (ticks <= high)].tolist(), {}
        return
    sizes = 10.0 ** -np.arange(DECADES)
    weights = np.array([*-sizes, 0.0, *sizes[::-1]]) * extent
    ticks = symmetric_log(weights, extent).tolist()
    bar.ticker.ticks = ticks
    bar.major_label_overrides = {at: look.number(float(w), 2) for at, w in zip(ticks, weights, strict=True)}
