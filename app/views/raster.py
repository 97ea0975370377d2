"""Large matrices as pictures: Datashader draws the connections of the visible window, and the aggregator is named."""

from typing import Literal

import datashader as ds
import numpy as np
import pandas as pd
from jaxtyping import Float

Aggregator = Literal["strongest", "mean", "count"]
AGGREGATORS: dict[str, str] = {
    "strongest": "the strongest weight in each pixel",
    "mean": "the mean of the connections in each pixel",
    "count": "the number of connections in each pixel",
}
DECADES = 3  # of |w| that the logarithmic scale tells apart


def aggregated(
    weights: Float[np.ndarray, "post pre"],
    window: tuple[float, float, float, float],
    pixels: int,
    by: str,
) -> Float[np.ndarray, "rows columns"]:
    """One value per pixel of the window (left, right, first row, last row); NaN where a pixel has no connection.

    Row r of the picture is the r-th strip of rows of the window. Absent connections never dilute a mean.
    """
    post, pre = np.nonzero(np.nan_to_num(weights))
    # float64: Datashader refuses float32 coordinates (ecosystem 3.1); 0.5 is the middle of a cell
    points = pd.DataFrame({"x": pre + 0.5, "y": post + 0.5, "w": weights[post, pre].astype(np.float64)})
    left, right, top, bottom = window
    shape = max(1, min(pixels, int(np.ceil(right - left)))), max(1, min(pixels, int(np.ceil(bottom - top))))
    canvas = ds.Canvas(*shape, x_range=(left, right), y_range=(top, bottom))
    if by == "count":
        counts = canvas.points(points, "x", "y", ds.count()).to_numpy().astype(float)
        return np.where(counts > 0, counts, np.nan)
    if by == "mean":
        return canvas.points(points, "x", "y", ds.mean("w")).to_numpy()
    found = canvas.points(points, "x", "y", ds.summary(low=ds.min("w"), high=ds.max("w")))
    low, high = found["low"].to_numpy(), found["high"].to_numpy()
    return np.where(np.abs(low) > np.abs(high), low, high)


def symmetric_log(weights: Float[np.ndarray, "*shape"], extent: float) -> Float[np.ndarray, "*shape"]:
    """Weights on a scale from -1 to 1 that is logarithmic over the upper decades and linear around zero."""
    steep = 10**DECADES - 1
    return np.sign(weights) * np.log10(1 + np.abs(weights) / extent * steep) / DECADES
