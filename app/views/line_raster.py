"""Many lines as one picture, by Datashader: hue tells positive from negative, opacity how many lines lie there."""

import datashader as ds
import numpy as np
import pandas as pd
from jaxtyping import Float, UInt32

from app import look

Box = tuple[float, float, float, float]  # left, right, bottom, top
PIXELS = 420


def line_counts(
    x: Float[np.ndarray, "edges points"], y: Float[np.ndarray, "edges points"], box: Box, pixels: int = PIXELS
) -> np.ndarray:
    """How many lines cross each pixel of the box, rows from bottom to top."""
    canvas = ds.Canvas(pixels, pixels, x_range=box[:2], y_range=box[2:])
    if not len(x):
        return np.zeros((pixels, pixels))
    k = range(x.shape[1])
    table = pd.DataFrame(np.hstack([x, y]), columns=[*(f"x{i}" for i in k), *(f"y{i}" for i in k)])
    found = canvas.line(table, [f"x{i}" for i in k], [f"y{i}" for i in k], agg=ds.count(), axis=1)
    return found.to_numpy().astype(float)


def shaded(counts: list[np.ndarray], colours: list[str]) -> UInt32[np.ndarray, "rows columns"]:
    """One picture of several counts: each in its colour, mixed by their shares, on a logarithmic scale of opacity."""
    total = sum(counts)
    inks = np.array([[int(c[k : k + 2], 16) for k in (1, 3, 5)] for c in colours], float)
    share = np.stack(counts, -1) / np.maximum(total, 1)[..., None]
    top = np.log1p(total.max()) or 1.0
    alpha = np.where(total > 0, 0.12 + 0.88 * np.log1p(total) / top, 0)
    rgba = np.concatenate([share @ inks, 255 * alpha[..., None]], -1).round().astype(np.uint8)
    return np.ascontiguousarray(rgba).view(np.uint32)[..., 0]


def on_paper(picture: UInt32[np.ndarray, "rows columns"]) -> np.ndarray:
    """The picture as matplotlib wants it."""
    return picture.view(np.uint8).reshape(*picture.shape, 4)


def sign_colours() -> list[str]:
    """Positive and negative connections."""
    return [look.POSITIVE, look.NEGATIVE]
