"""A weight matrix as a picture: post from top to bottom, pre from left to right, areas outlined, signs in colour."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource, CustomJSHover, HoverTool, Range1d

from app import look
from engine.analysis.connectivity import Ordering
from engine.connectomes.connectome import Connectome

FINEST = 160  # pixels along one side; larger matrices show the strongest weight of each pixel
MOST_BORDERS = 40
SOME = 1_000_000  # of more weights, the full colour is found from as many
NAME = """
const names = source.data.name; const step = source.data.step[0] || 1;
const k = Math.floor(AXIS === 'x' ? special_vars.x : names.length - special_vars.y);
if (k < 0 || k >= names.length) return '';
return step > 1 ? names[k] + ' …' : names[k];
"""


@dataclass(frozen=True, eq=False)
class Pixels:
    """A matrix as it is drawn, bottom row first; a pixel stands for `step` x `step` connections."""

    image: np.ndarray
    step: int
    extent: float


def pictured(weights: np.ndarray, ordering: Ordering) -> Pixels:
    """The pixels of `weights[post, pre]`, given in the connectome's own order; pure, and slow where units are many."""
    step = -(-len(weights) // FINEST)
    ordered = weights.astype(np.float32).take(ordering.units, 0).take(ordering.units, 1)
    strong = np.abs(ordered[ordered != 0])
    extent = float(np.quantile(strong[:: 1 + len(strong) // SOME], 0.98)) if strong.size else 1.0
    return Pixels(strongest(ordered, step)[::-1], step, extent)


class MatrixPicture(pn.viewable.Viewer):
    """Every connection as one pixel; hover tells who connects to whom and how strongly."""

    def __init__(self, name: str, size: int = 160):
        super().__init__()
        self.source = ColumnDataSource(data={"image": [np.zeros((1, 1), np.float32)], "dw": [1], "dh": [1]})
        self.units = ColumnDataSource(data={"name": [], "step": []})
        self.borders = ColumnDataSource(data={"xs": [], "ys": []})
        self.strip = ColumnDataSource(data={"left": [], "right": [], "bottom": [], "top": [], "colour": []})
        self.mapper = look.signed_mapper(1.0)
        self.x, self.y = Range1d(0, 1), Range1d(0, 1)
        self.plot = look.bare(
            look.figure(name, width=size, height=size, x_range=self.x, y_range=self.y, match_aspect=False)
        )
        self._draw()
        self.pane = pn.pane.Bokeh(self.plot, margin=0)

    def __panel__(self) -> Any:
        return self.pane

    def show(self, weights: np.ndarray, connectome: Connectome, ordering: Ordering) -> None:
        """Draw `weights[post, pre]`, given in the connectome's own order of units."""
        self.draw(pictured(weights, ordering), connectome, ordering)

    def draw(self, made: Pixels, connectome: Connectome, ordering: Ordering) -> None:
        """The same, of pixels that were made on another thread."""
        n = len(ordering.units)
        self.mapper.update(low=-made.extent, high=made.extent)
        names = [connectome.names[unit] for unit in ordering.units]
        self.source.data = {"image": [made.image], "dw": [n], "dh": [n]}
        _put(self.units, {"name": names, "step": [made.step] * n})
        _put(self.borders, _borders(connectome, ordering))
        _put(self.strip, _strips(connectome, ordering, n))
        edge = -0.045 * n
        self.x.update(start=edge, end=n)
        self.y.update(start=0, end=n - edge)

    def _draw(self) -> None:
        picture = self.plot.image("image", x=0, y=0, dw="dw", dh="dh", source=self.source, color_mapper=self.mapper)
        self.plot.multi_line("xs", "ys", source=self.borders, color=look.QUIET, line_width=0.5, line_alpha=0.6)
        self.plot.quad("left", "right", "top", "bottom", source=self.strip, color="colour", line_color=None)
        named = {
            axis: CustomJSHover(args={"source": self.units}, code=NAME.replace("AXIS", f"'{axis}'")) for axis in "xy"
        }
        self.plot.add_tools(
            HoverTool(
                renderers=[picture],
                tooltips=[("from", "$x{custom}"), ("to", "$y{custom}"), ("weight", "@image{0.000}")],
                formatters={"$x": named["x"], "$y": named["y"]},
            )
        )


def _put(source: ColumnDataSource, data: dict[str, list[Any]]) -> None:
    """These columns; what is there already is not sent to the browser again."""
    if source.data != data:
        source.data = data


def strongest(ordered: np.ndarray, step: int) -> np.ndarray:
    """The matrix with `step` x `step` entries drawn as one: the strongest of them, with its sign; NaN where all are
    0."""
    for axis in (0, 1) if step > 1 else ():
        edges = np.arange(0, ordered.shape[axis], step)
        high, low = np.maximum.reduceat(ordered, edges, axis), np.minimum.reduceat(ordered, edges, axis)
        ordered = np.where(high >= -low, high, low)
    return np.where(ordered == 0, ordered.dtype.type(np.nan), ordered)


def _borders(connectome: Connectome, ordering: Ordering) -> dict[str, list[list[float]]]:
    """Lines where one area ends and the next begins, unless there are too many to see through."""
    n = len(ordering.units)
    starts = [start for start, _, _ in _runs([connectome.areas[unit] for unit in ordering.units])][1:]
    inner = starts if len(starts) < MOST_BORDERS else []
    along = [[0, n] for _ in inner]
    rows, columns = [[n - start] * 2 for start in inner], [[start] * 2 for start in inner]
    return {"xs": along + columns, "ys": rows + along}


def _strips(connectome: Connectome, ordering: Ordering, n: int) -> dict[str, list[Any]]:
    """Along the left edge the area of every postsynaptic unit, along the top the sign of every presynaptic one."""
    colours = look.area_colours(connectome.area_names)
    areas = _runs([colours[connectome.areas[unit]] for unit in ordering.units])
    signs = _runs([look.sign_colour(int(connectome.signs[unit])) for unit in ordering.units])
    low, high = -0.04 * n, -0.01 * n
    rows = [(low, high, n - start, n - stop, colour) for start, stop, colour in areas]
    rows += [(start, stop, n - low, n - high, colour) for start, stop, colour in signs]
    return dict(zip(("left", "right", "top", "bottom", "colour"), map(list, zip(*rows, strict=True)), strict=True))


def _runs(values: list[str]) -> list[tuple[int, int, str]]:
    """Equal neighbours as (start, stop, value)."""
    starts = [i for i, value in enumerate(values) if i == 0 or value != values[i - 1]]
    return [(a, b, values[a]) for a, b in zip(starts, [*starts[1:], len(values)], strict=True)]
