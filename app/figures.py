"""Matplotlib twins of what the page shows: figures for papers, with text that stays text.

A `Twin` holds a copy of its numbers, so it may be drawn on another thread than the one that shows the page.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from textwrap import fill
from typing import Any

import matplotlib
import numpy as np
from jaxtyping import Float, Shaped
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, to_rgba
from matplotlib.figure import Figure
from matplotlib.text import Text

from app import look

MM_PER_INCH = 25.4
RASTER_DPI = 300
WARNING = "#b3261e"
STYLE = {
    "svg.fonttype": "none",  # text as text, to be edited in Inkscape or Illustrator
    "svg.hashsalt": "connectarium",  # the same figure is the same file
    "pdf.fonttype": 42,
    "font.family": "sans-serif",
    "font.sans-serif": ["Arial", "Helvetica", "Liberation Sans", "DejaVu Sans"],
    "font.size": 7,
    "axes.titlesize": 7,
    "axes.labelsize": 7,
    "xtick.labelsize": 6,
    "ytick.labelsize": 6,
    "legend.fontsize": 6,
    "legend.frameon": False,
    "axes.linewidth": 0.5,
    "lines.linewidth": 0.8,
    "xtick.major.width": 0.5,
    "ytick.major.width": 0.5,
    "xtick.major.size": 2,
    "ytick.major.size": 2,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "savefig.facecolor": "white",
}


@dataclass(frozen=True, eq=False)
class Twin:
    """A figure to be drawn at any size, and its numbers as columns of a table; units stand in the column names.

    `link` is the experiment that it shows (`Experiment.to_link()`), so that the file carries its own recipe; `shape` is
    the height over the width that suits it. `warning` is what whoever sees the figure must know. A `matrix`, `[post,
    pre]` in the order of the figure, can also be had as a sparse file.
    """

    title: str
    draw: Callable[[Figure], None]
    numbers: Mapping[str, Sequence[Any] | Shaped[np.ndarray, " rows"]]
    link: str = ""
    shape: float = 0.62
    warning: str = ""
    matrix: Float[np.ndarray, "post pre"] | None = None


def drawn(twin: Twin, width_mm: float, height_mm: float) -> Figure:
    """The figure at this size, never known to pyplot and so safe on any thread."""
    use_paper_style()
    size = (width_mm / MM_PER_INCH, height_mm / MM_PER_INCH)
    figure = Figure(figsize=size, dpi=RASTER_DPI, layout="constrained")
    twin.draw(figure)
    _write_literally(figure)
    if twin.warning:
        figure.supxlabel(fill(twin.warning, max(24, int(width_mm / 1.2))), fontsize=5, color=WARNING, x=0.01, ha="left")
    return figure


def _write_literally(figure: Figure) -> None:
    """Names of units, areas and runs are written as they are: their $ begins no formula, as it does in powers of 10."""
    for text in figure.findobj(Text):
        text.set_parse_math(False)
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
            tick.label1.set_parse_math(axis.get_scale() == "log")


@cache
def use_paper_style() -> None:
    """Matplotlib of this process draws for papers; nothing else here uses it."""
    matplotlib.rcParams.update(STYLE)


def curve(
    axes: Axes,
    x: Float[np.ndarray, " points"],
    middle: Float[np.ndarray, " points"],
    colour: str,
    label: str | None = None,
    low: Float[np.ndarray, " points"] | None = None,
    high: Float[np.ndarray, " points"] | None = None,
) -> None:
    """A line, with a band between `low` and `high` if these are given."""
    if low is not None and high is not None:
        axes.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0)
    axes.plot(x, middle, color=colour, label=label)


def guide(axes: Axes, y: float, label: str) -> None:
    """A dashed horizontal line that says what it is."""
    axes.axhline(y, color=look.QUIET, linewidth=0.5, linestyle=(0, (4, 3)), zorder=0)
    axes.annotate(
        label, (1, y), xycoords=("axes fraction", "data"), xytext=(0, 1.5), textcoords="offset points",
        ha="right", va="bottom", fontsize=6, color="#5c6470",
    )  # fmt: skip


def signed_matrix(axes: Axes, weights: Float[np.ndarray, "post pre"], extent: float, label: str = "weight") -> None:
    """W[post, pre] as a raster of 300 dpi inside vector axes; white is zero, the colour scale is symmetric."""
    picture = axes.imshow(
        weights, cmap=on_white("diverging"), vmin=-extent, vmax=extent, interpolation="none", aspect="equal",
        rasterized=True,
    )  # fmt: skip
    axes.set(xlabel="pre", ylabel="post")
    axes.figure.colorbar(picture, ax=axes, label=label, shrink=0.8, pad=0.02).outline.set_linewidth(0.5)


def positive_matrix(
    axes: Axes, values: Float[np.ndarray, "rows columns"], box: tuple[float, float, float, float], label: str
) -> None:
    """Rates or counts as a raster over `box` (left, right, bottom, top); white is zero."""
    top = float(np.nanmax(values, initial=0)) or 1.0
    picture = axes.imshow(
        values, cmap=on_white("sequential"), vmin=0, vmax=top, interpolation="none", aspect="auto", extent=box,
        rasterized=True,
    )  # fmt: skip
    axes.figure.colorbar(picture, ax=axes, label=label, pad=0.02).outline.set_linewidth(0.5)


@cache
def on_white(name: str) -> ListedColormap:
    """One of the page's colour maps as it looks on white paper."""
    colours = np.array([to_rgba(colour) for colour in getattr(look, name)()])
    alpha = colours[:, 3:]
    return ListedColormap(np.hstack([colours[:, :3] * alpha + (1 - alpha), np.ones_like(alpha)]), name)
