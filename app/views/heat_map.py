"""A weight matrix as a picture: rows receive, columns send; orange negative, blue positive, nothing at zero."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from bokeh.events import RangesUpdate, SelectionGeometry, Tap
from bokeh.models import ColorBar, ColumnDataSource, CustomJSHover, FixedTicker, HoverTool, Range1d
from jaxtyping import Float, Int8

from app import look
from app.session import Selection
from app.views.analysis_view import Later, with_tools
from app.views.hover import NAME_JS, WEIGHT_JS
from app.views.names_beside import spread
from app.views.raster import DECADES, mark_scale, symmetric_log
from engine.analysis.connectivity import Connectivity
from engine.analysis.matrix_raster import AGGREGATORS, MatrixRaster, matrix_raster
from engine.connectomes.connectome import Connectome

DRAWN_WHOLE = 1000  # units up to which every weight goes to the browser
FRAME_PX = 372
BESIDE_PX = {"min_border_left": 104, "min_border_right": 62}  # for names and colour bar; figures below stand in line
ROW_PX, SLANTED_PX = 13, 20  # from name to name down the side and, slanted, along the lower edge
LETTER_PX = 6.5
STRIP = 0.022  # width of the sign strips, as a share of the frame


class HeatMap:
    """The figure "connectivity". `select` is told which units were tapped or boxed, by index in the connectome."""

    def __init__(self, select: Callable[[Selection], None], later: Later):
        self._select, self._later = select, later
        self._connectivity: Connectivity | None = None
        self._weights: Float[np.ndarray, "post pre"] = np.zeros((0, 0))
        self._raster: MatrixRaster | None = None
        self._window: tuple[float, float, float, float] | None = None
        self._log, self._aggregator, self.extent = False, next(iter(AGGREGATORS)), 1.0
        self._image = ColumnDataSource({"image": [], "x": [], "y": [], "dw": [], "dh": []})
        self._units = ColumnDataSource({"name": [], "kind": []})
        self._scale = ColumnDataSource({"log": [False], "extent": [1.0], "decades": [DECADES]})
        self._borders = ColumnDataSource({"x0": [], "y0": [], "x1": [], "y1": [], "alpha": []})
        self._strips = ColumnDataSource({"left": [], "right": [], "top": [], "bottom": [], "colour": []})
        self._marks = ColumnDataSource({"left": [], "right": [], "top": [], "bottom": []})
        self._x, self._y = Range1d(0, 1, bounds=None), Range1d(1, 0, bounds=None)
        self._mapper = look.signed_mapper(1.0)
        self.figure = self._build()

    def show(
        self, found: Connectivity, drawn: np.ndarray, connectome: Connectome, extent: float, log: bool, aggregator: str
    ) -> None:
        """Draw weights in their order, NaN where nothing is. The zoom stays unless the number of units changed."""
        n = len(found.names)
        if self._connectivity is None or len(self._connectivity.names) != n:
            look.show_whole(self._x, -STRIP * n, n)
            look.show_whole(self._y, n, -STRIP * n)
            self._window = None
        self._connectivity, self._log, self._aggregator, self.extent = found, log, aggregator, extent or 1.0
        units = found.ordering.units
        kinds = [_kind(connectome, u) for u in units]
        self._units.data = {"name": list(found.names), "kind": kinds}
        self._scale.data = {"log": [log], "extent": [self.extent], "decades": [DECADES]}
        self._weights, self._raster = drawn, None
        self._rule(found)
        self._strip(connectome.signs[units])
        self._colours()
        self._paint()

    def mark(self, units: tuple[int, ...]) -> None:
        """Bands over the rows and columns of these units; neighbours share a band."""
        if self._connectivity is None:
            return
        n = len(self._connectivity.names)
        places = np.flatnonzero(np.isin(self._connectivity.ordering.units, units))
        runs = np.split(places, np.flatnonzero(np.diff(places) > 1) + 1) if len(places) else []
        spans = [(int(r[0]), int(r[-1]) + 1) for r in runs]
        low, high = [a for a, _ in spans], [b for _, b in spans]
        whole, none = [n] * len(spans), [0] * len(spans)
        self._marks.data = {"left": low + none, "right": high + whole, "bottom": none + low, "top": whole + high}

    def _build(self) -> Any:
        plot = look.figure(
            "connectivity", "presynaptic unit (sends)", "postsynaptic unit (receives)",
            x_range=self._x, y_range=self._y, frame_width=FRAME_PX, frame_height=FRAME_PX, **BESIDE_PX,
            tools="pan,box_zoom,box_select,tap,reset", toolbar_location="above", active_drag="pan",
        )  # fmt: skip
        with_tools(look.zoom_by_wheel(plot))
        plot.frame_align = False  # moved aside to stand above another frame, it would be cut off at the right
        plot.grid.visible = False
        image = plot.image("image", "x", "y", "dw", "dh", source=self._image, color_mapper=self._mapper, name="weights")
        plot.quad(source=self._strips, fill_color="colour", line_color=None, name="signs")
        plot.segment("x0", "y0", "x1", "y1", source=self._borders, line_color=look.QUIET, line_alpha="alpha")
        shade = {"fill_color": look.QUIET, "fill_alpha": 0.16, "line_color": look.QUIET, "line_width": 1.2}
        marks = plot.quad(source=self._marks, name="marks", **shade)
        marks.nonselection_glyph = marks.selection_glyph = None
        plot.select(name="signs").nonselection_glyph = None
        plot.add_tools(self._hover(image))
        self._bar = ColorBar(
            color_mapper=self._mapper, width=10, background_fill_color=None, bar_line_color=look.QUIET,
            major_label_text_color=look.QUIET, major_tick_line_color=look.QUIET,
            major_label_text_font=look.FONT, major_label_text_font_size="10px", padding=6, formatter=look.minus_ticks(),
            ticker=FixedTicker(ticks=[]),
        )  # fmt: skip
        plot.add_layout(self._bar, "right")
        plot.on_event(Tap, self._tapped)
        plot.on_event(SelectionGeometry, self._boxed)
        plot.on_event(RangesUpdate, self._moved)
        return plot

    def _hover(self, image: Any) -> HoverTool:
        name = CustomJSHover(args={"units": self._units}, code=NAME_JS)
        weight = CustomJSHover(args={"scale": self._scale, "picture": self._image}, code=WEIGHT_JS)
        return HoverTool(
            renderers=[image],
            tooltips=[("from", "$x{custom}"), ("to", "$y{custom}"), ("value", "$sy{custom}")],
            formatters={"$x": name, "$y": name, "$sy": weight},
        )

    def _rule(self, found: Connectivity) -> None:
        """Lines between blocks, strong ones between areas, and the names of the areas at the axes."""
        n, borders, blocks = len(found.names), found.ordering.borders, found.ordering.blocks
        areas = [block.split(" · ")[0] for block in blocks]
        starts = [k for k in range(len(areas)) if k == 0 or areas[k] != areas[k - 1]]
        strong = {borders[k] for k in starts}
        inner = [b for b in borders[1:-1] if 0 < b < n]
        flat, whole = [0] * len(inner), [n] * len(inner)
        self._borders.data = {
            "x0": inner + flat, "x1": inner + whole, "y0": flat + inner, "y1": whole + inner,
            "alpha": [0.8 if b in strong else 0.3 for b in inner] * 2,
        }  # fmt: skip
        ends = [*(borders[k] for k in starts[1:]), n]
        self._name({(borders[k] + end) / 2: areas[k] for k, end in zip(starts, ends, strict=True)}, n)

    def _name(self, middles: dict[float, str], n: int) -> None:
        """The areas' names at their blocks, moved aside where these are small; too many are ticks alone."""
        names = [_short(name) for name in middles.values()] if len(middles) > 1 else [f"{n:,} units"]
        widths = [len(name) * LETTER_PX + 6 for name in names]
        down = spread(list(middles), ROW_PX * n / FRAME_PX, n)
        apart = np.diff(list(middles)) * FRAME_PX / max(n, 1)
        wide = any(a + b > 2 * gap for a, b, gap in zip(widths, widths[1:], apart, strict=False))
        across = spread(list(middles), SLANTED_PX * n / FRAME_PX, n) if wide else list(middles)
        for axis, places in ((self.figure.xaxis, across), (self.figure.yaxis, down)):
            axis.ticker = FixedTicker(ticks=places or list(middles))
            axis.major_label_overrides = dict(zip(places, names, strict=True)) or dict.fromkeys(middles, " ")
        self.figure.xaxis.major_label_orientation = math.pi / 5 if wide else "horizontal"

    def _strip(self, signs: Int8[np.ndarray, " units"]) -> None:
        """The sign of every unit, beside its row and above its column."""
        n, thick = len(signs), STRIP * len(signs)
        cuts = [0, *(np.flatnonzero(np.diff(signs)) + 1).tolist(), n]
        low, high = cuts[:-1], cuts[1:]
        colours = [look.sign_colour(int(signs[a])) for a in low]
        outer, edge = [-thick] * len(low), [-thick * 0.15] * len(low)
        self._strips.data = {
            "left": low + outer, "right": high + edge, "bottom": outer + low, "top": edge + high, "colour": colours * 2,
        }  # fmt: skip

    def _colours(self) -> None:
        n, counted = len(self._units.data["name"]), self._is_large and self._aggregator == "count"
        self._mapper.update(palette=list(look.sequential() if counted else look.diverging()))
        top = 1.0 if self._log and not counted else self.extent
        if counted:
            top = max(1.0, (n / FRAME_PX) ** 2)
        self._mapper.update(low=0.0 if counted else -top, high=top)
        mark_scale(self._bar, self._mapper.low, top, self.extent if self._log and not counted else None)

    @property
    def _is_large(self) -> bool:
        return self._connectivity is not None and len(self._connectivity.names) > DRAWN_WHOLE

    def _paint(self) -> None:
        if self._connectivity is None:
            return
        weights, n = self._weights, len(self._connectivity.names)
        if not self._is_large:
            self._put(weights, (0, n, 0, n))
            return
        left, right, top, bottom = self._window or (0, n, 0, n)
        window = (max(0.0, left), min(float(n), right), max(0.0, top), min(float(n), bottom))
        if window[1] > window[0] and window[3] > window[2]:
            self._later("connectivity raster", partial(self._pictured, weights, self._raster, window), self._take)

    def _pictured(self, weights: np.ndarray, ready: MatrixRaster | None, window: Any) -> Any:
        """On a worker thread; the matrix is made ready once."""
        ready = matrix_raster(np.nan_to_num(weights)) if ready is None else ready
        return weights, ready, ready.picture(window, FRAME_PX, self._aggregator)

    def _take(self, made: Any) -> None:
        weights, ready, picture = made
        if weights is self._weights:
            self._raster = ready
            self._put(picture.pixels, picture.box)

    def _put(self, picture: Float[np.ndarray, "rows columns"], window: tuple[float, float, float, float]) -> None:
        left, right, top, bottom = window
        if self._log and not (self._is_large and self._aggregator == "count"):
            picture = symmetric_log(picture, self.extent)
        self._image.data = {
            "image": [picture.astype(np.float32)], "x": [left], "y": [top], "dw": [right - left], "dh": [bottom - top],
        }  # fmt: skip

    def _tapped(self, event: Any) -> None:
        if self._connectivity is None or event.x is None:
            return
        n, units = len(self._connectivity.names), self._connectivity.ordering.units
        pre, post = math.floor(event.x), math.floor(event.y)
        inside = [place for place in (pre, post) if 0 <= place < n]
        names = [self._connectivity.names[place] for place in inside]
        if inside:
            self._select(
                Selection(tuple(dict.fromkeys(int(units[p]) for p in inside)), " → ".join(dict.fromkeys(names)))
            )

    def _boxed(self, event: Any) -> None:
        box = event.geometry
        if self._connectivity is None or not event.final or box.get("type") != "rect":
            return
        n, units = len(self._connectivity.names), self._connectivity.ordering.units
        inside = set(_places(box["x0"], box["x1"], n)) | set(_places(box["y0"], box["y1"], n))
        if inside:
            chosen = tuple(sorted(int(units[p]) for p in inside))
            self._select(Selection(chosen, f"{len(chosen)} units in a box"))

    def _moved(self, event: Any) -> None:
        if self._is_large:
            rows = sorted((event.y0, event.y1))
            self._window = (event.x0, event.x1, rows[0], rows[1])
            self._paint()


def _places(one: float, other: float, n: int) -> range:
    low, high = sorted((one, other))
    return range(max(0, math.floor(low)), min(n, math.ceil(high)))


def _kind(connectome: Connectome, unit: int) -> str:
    parts = dict.fromkeys((connectome.areas[unit], connectome.types[unit]))
    return " · ".join(parts)


def _short(name: str) -> str:
    return name if len(name) <= 14 else f"{name[:13]}…"
