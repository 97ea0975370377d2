"""A matrix of any size as a figure: the server draws the visible window, hover names the units under the pointer."""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from bokeh.events import RangesUpdate
from bokeh.models import ColorBar, ColumnDataSource, CustomJSHover, FixedTicker, HoverTool, Range1d
from jaxtyping import Float

from app import look
from app.compared import Side
from app.views.analysis_view import Later, with_tools
from app.views.hover import WEIGHT_JS
from app.views.names_beside import spread
from app.views.raster import DECADES, mark_scale, symmetric_log
from engine.analysis.connectivity import Ordering
from engine.analysis.matrix_raster import Aggregator, MatrixRaster, Picture

PIXELS = 372
HEIGHT = 340
ROW, COLUMN = 14 / HEIGHT, 0.07  # least distance of names along the sides
LONGEST = 14  # letters of a name at the axis
PLACE_JS = """
const {x, y, dw, dh} = picture.data, named = picture.data[AXIS];
const at = AXIS === 'pre' ? (value - x[0]) / dw[0] : (value - y[0]) / dh[0];
return named[0][Math.floor(at * named[0].length)] ?? '';
"""


@dataclass(frozen=True, eq=False)
class Drawn:
    """A matrix that is ready, and how it is coloured: `extent` is the limit of the scale of weights."""

    raster: MatrixRaster
    ordering: Ordering
    names: tuple[str, ...]
    log: bool
    by: Aggregator
    extent: float

    @classmethod
    def of(cls, side: Side, order: Any, log: bool, by: Aggregator, extent: float) -> "Drawn":
        """The matrix of a wiring in an order. Slow."""
        return cls(side.raster(order), side.ordering(order), side.wiring.names, log, by, extent)

    def scaled(self, pixels: Float[np.ndarray, "rows columns"], by: str) -> Float[np.ndarray, "rows columns"]:
        """Pixels on the scale of the colours."""
        return symmetric_log(pixels, self.extent) if self.log and by != "count" else pixels

    def top(self, by: str, most: float = 1.0) -> float:
        """The number with the strongest colour."""
        return max(1.0, most) if by == "count" else (1.0 if self.log else self.extent)

    def named(self, first: int, last: int, step: int) -> list[str]:
        """What lies at each pixel from `first` to `last`: the unit, or the first and the last of several."""
        order, borders, found = self.ordering.units, self.ordering.borders, []
        for k in range(first, min(last, self.raster.n), step):
            block = self.ordering.blocks[int(np.searchsorted(borders, k, "right")) - 1]
            one, other = self.names[order[k]], self.names[order[min(k + step, self.raster.n) - 1]]
            found.append(f"{one} ({block})" if step == 1 else f"{one} … {other} ({block})")
        return found


class MatrixFigure:
    """The axes run from 0 to 1, whatever the number of units, so that windows of several matrices can be linked."""

    def __init__(self, name: str, x: Range1d, y: Range1d, later: Later):
        self.name, self._later = name, later
        self.made: Drawn | None = None
        self.image = ColumnDataSource({key: [] for key in ("image", "x", "y", "dw", "dh", "pre", "post")})
        self.scale = ColumnDataSource({"log": [False], "extent": [1.0], "decades": [DECADES]})
        self.borders = ColumnDataSource({"x0": [], "y0": [], "x1": [], "y1": []})
        self.mapper = look.signed_mapper(1.0)
        self.x, self.y = x, y
        self.figure = self._build()

    def show(self, made: Drawn) -> None:
        """Draw a matrix; the window stays."""
        self.made = made
        self.scale.data = {"log": [made.log and made.by != "count"], "extent": [made.extent], "decades": [DECADES]}
        self._rule(made)
        self.paint()

    def paint(self) -> None:
        """Draw the visible window, off the event loop."""
        made = self.made
        if made is None:
            return
        n = made.raster.n
        across, down = sorted((self.x.start, self.x.end)), sorted((self.y.start, self.y.end))
        window = (across[0] * n, across[1] * n, down[0] * n, down[1] * n)
        self._later(f"draw {self.name}", lambda: (made, made.raster.picture(window, PIXELS, made.by)), self._put)

    def _put(self, found: tuple[Drawn, Picture]) -> None:
        made, picture = found
        if made is not self.made:
            return
        n, (left, right, top, bottom) = made.raster.n, picture.box
        pixels = made.scaled(picture.pixels, made.by)
        most = float(np.nanmax(pixels, initial=1.0)) if np.isfinite(pixels).any() else 1.0
        limit = made.top(made.by, most)
        counted = made.by == "count"
        self.mapper.update(
            palette=list(look.sequential() if counted else look.diverging()), low=0 if counted else -limit, high=limit
        )
        log = made.log and not counted
        mark_scale(self.bar, self.mapper.low, limit, made.extent if log else None)
        self.image.data = {
            "image": [pixels.astype(np.float32)], "x": [left / n], "y": [top / n],
            "dw": [(right - left) / n], "dh": [(bottom - top) / n],
            "pre": [made.named(left, right, picture.per_pixel[1])],
            "post": [made.named(top, bottom, picture.per_pixel[0])],
        }  # fmt: skip

    def _build(self) -> Any:
        plot = look.figure(
            self.name, "presynaptic (sends)", "postsynaptic (receives)", x_range=self.x, y_range=self.y,
            height=HEIGHT + 130, sizing_mode="stretch_width", tools="pan,box_zoom,reset", toolbar_location="above",
            active_drag="pan",
        )  # fmt: skip
        with_tools(look.zoom_by_wheel(plot))
        plot.grid.visible = False
        image = plot.image("image", "x", "y", "dw", "dh", source=self.image, color_mapper=self.mapper, name="weights")
        plot.segment("x0", "y0", "x1", "y1", source=self.borders, line_color=look.QUIET, line_alpha=0.35)
        named = {
            axis: CustomJSHover(args={"picture": self.image}, code=PLACE_JS.replace("AXIS", f"'{axis}'"))
            for axis in ("pre", "post")
        }
        weight = CustomJSHover(args={"scale": self.scale, "picture": self.image}, code=WEIGHT_JS)
        plot.add_tools(HoverTool(
            renderers=[image], tooltips=[("from", "$x{custom}"), ("to", "$y{custom}"), ("value", "$sy{custom}")],
            formatters={"$x": named["pre"], "$y": named["post"], "$sy": weight},
        ))  # fmt: skip
        self.bar = ColorBar(
            color_mapper=self.mapper, height=8, background_fill_color=None, bar_line_color=look.QUIET,
            major_label_text_color=look.QUIET, major_tick_line_color=look.QUIET, major_label_text_font=look.FONT,
            major_label_text_font_size="10px", padding=4, formatter=look.minus_ticks(),
            ticker=FixedTicker(ticks=[]),
        )  # fmt: skip
        plot.add_layout(self.bar, "below")
        plot.on_event(RangesUpdate, lambda _: self.paint())
        return plot

    def _rule(self, made: Drawn) -> None:
        """Lines between blocks, and their names where there is room."""
        n, borders, blocks = made.raster.n, made.ordering.borders, made.ordering.blocks
        inner = [b / n for b in borders[1:-1]] if len(borders) <= 120 else []
        flat, whole = [0] * len(inner), [1] * len(inner)
        self.borders.data = {"x0": inner + flat, "x1": inner + whole, "y0": flat + inner, "y1": whole + inner}
        middles = [(a + b) / 2 / n for a, b in pairwise(borders)]
        blocks = [" · ".join(dict.fromkeys(block.split(" · "))) for block in blocks]  # area and type may be the same
        names = [name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…" for name in blocks]
        names = names if len(blocks) > 1 else [f"{n:,} units"]
        for axis, gap in ((self.figure.xaxis, COLUMN), (self.figure.yaxis, ROW)):
            places = spread(middles, gap, 1.0)
            axis.ticker = FixedTicker(ticks=places)
            axis.major_label_overrides = dict(zip(places, names, strict=True)) if places else {}
        self.figure.xaxis.major_label_orientation = math.pi / 5 if len(blocks) > 1 else "horizontal"
