"""One row per unit: a picture of rates over time or over a task variable, with the marked units beside it."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from bokeh.events import SelectionGeometry, Tap
from bokeh.models import ColorBar, ColumnDataSource, CustomJSHover, FixedTicker, HoverTool, LinearColorMapper, Range1d
from jaxtyping import Float

from app import look
from app.session import Selection
from app.views.analysis_view import with_tools

STRIP = 0.018  # width of the sign strip, as a share of the frame
NAME_JS = "return units.data.name[Math.floor(value)] || '';"


class UnitRows:
    """A picture whose rows are units in an order; tapping or boxing rows marks their units."""

    def __init__(self, name: str, x: str, unit: str, select: Callable[[Selection], None], width: int, height: int):
        self._select, self._height = select, height
        self._order: np.ndarray = np.zeros(0, dtype=int)
        self._names: tuple[str, ...] = ()
        self._image = ColumnDataSource({"image": [], "x": [], "y": [], "dw": [], "dh": []})
        self._units = ColumnDataSource({"name": []})
        self._strip = ColumnDataSource({"left": [], "right": [], "top": [], "bottom": [], "colour": []})
        self._marks = ColumnDataSource({"left": [], "right": [], "top": [], "bottom": []})
        self._x, self._y = Range1d(0, 1), Range1d(1, 0)
        self._span = (0.0, 0.0)
        self.mapper = LinearColorMapper(palette=list(look.sequential()), low=0, high=1, nan_color="#00000000")
        self.figure = self._build(name, x, unit, width, height)

    def show(
        self,
        picture: Float[np.ndarray, "units columns"],
        span: tuple[float, float],
        order: np.ndarray,
        names: Sequence[str],
        signs: np.ndarray,
        limit: float,
    ) -> None:
        """Draw `picture`, whose rows are units in their own order, sorted; the zoom stays if its size does."""
        n = len(order)
        if n != len(self._order) or span != self._span:
            left = span[0] - STRIP * (span[1] - span[0])
            self._x.update(start=left, end=span[1], reset_start=left, reset_end=span[1])
            self._y.update(start=n, end=0, reset_start=n, reset_end=0)
        self._order, self._names, self._span = np.asarray(order), tuple(names), span
        self._units.data = {"name": [names[unit] for unit in order]}
        signed = bool(np.nanmin(picture, initial=0) < 0)
        palette = list(look.diverging() if signed else look.sequential())
        self.mapper.update(palette=palette, low=-limit if signed else 0.0, high=limit)
        self._image.data = {
            "image": [picture[order].astype(np.float32)], "x": [span[0]], "y": [0.0],
            "dw": [span[1] - span[0]], "dh": [n],
        }  # fmt: skip
        self._beside(signs[self._order])
        places = sorted({0, n // 4, n // 2, 3 * n // 4, n})
        self.figure.yaxis.ticker = FixedTicker(ticks=places)

    def mark(self, units: tuple[int, ...]) -> None:
        """Triangles of ink beside the marked rows and a faint band across them."""
        places = np.flatnonzero(np.isin(self._order, units))
        runs = np.split(places, np.flatnonzero(np.diff(places) > 1) + 1) if len(places) else []
        low, high = [float(r[0]) for r in runs], [float(r[-1] + 1) for r in runs]
        self._marks.data = {
            "left": [self._span[0]] * len(runs), "right": [self._span[1]] * len(runs), "top": high, "bottom": low,
        }  # fmt: skip

    def _build(self, name: str, x: str, unit: str, width: int, height: int) -> Any:
        plot = look.figure(
            name, x, "unit (sorted)", x_range=self._x, y_range=self._y, frame_width=width, frame_height=height,
            tools="pan,box_zoom,box_select,tap,reset", toolbar_location="above", active_drag="box_select",
        )  # fmt: skip
        with_tools(plot)
        plot.min_border_right = 56  # the labels of the colour bar may grow
        plot.grid.visible = False
        image = plot.image("image", "x", "y", "dw", "dh", source=self._image, color_mapper=self.mapper)
        strip = plot.quad(source=self._strip, fill_color="colour", line_color=None)
        marks = plot.quad(
            source=self._marks, fill_color=look.QUIET, fill_alpha=0.12, line_color=look.QUIET, line_alpha=0.9
        )
        for glyph in (strip, marks):
            glyph.nonselection_glyph = glyph.selection_glyph = None
        formatter = CustomJSHover(args={"units": self._units}, code=NAME_JS)
        tips = [("unit", "$y{custom}"), (x, "$x{0.}"), (unit, "@image{0.000}")]
        plot.add_tools(HoverTool(renderers=[image], tooltips=tips, formatters={"$y": formatter}))
        plot.add_layout(colour_bar(self.mapper, unit), "right")
        plot.on_event(Tap, self._tapped)
        plot.on_event(SelectionGeometry, self._boxed)
        return plot

    def _beside(self, signs: np.ndarray) -> None:
        n, wide = len(signs), STRIP * (self._span[1] - self._span[0])
        cuts = [0, *(np.flatnonzero(np.diff(signs)) + 1).tolist(), n]
        self._strip.data = {
            "left": [self._span[0] - wide] * (len(cuts) - 1), "right": [self._span[0]] * (len(cuts) - 1),
            "bottom": cuts[:-1], "top": cuts[1:], "colour": [look.sign_colour(int(signs[a])) for a in cuts[:-1]],
        }  # fmt: skip

    def _tapped(self, event: Any) -> None:
        place = math.floor(event.y) if event.y is not None else -1
        if 0 <= place < len(self._order):
            unit = int(self._order[place])
            self._select(Selection((unit,), self._names[unit]))

    def _boxed(self, event: Any) -> None:
        box = event.geometry
        if not event.final or box.get("type") != "rect":
            return
        low, high = sorted((box["y0"], box["y1"]))
        inside = self._order[max(0, math.floor(low)) : max(0, math.ceil(high))]
        if len(inside):
            chosen = tuple(sorted(int(unit) for unit in inside))
            self._select(
                Selection(chosen, f"{len(chosen)} units in a box" if len(chosen) > 1 else self._names[chosen[0]])
            )


def colour_bar(mapper: LinearColorMapper, title: str) -> ColorBar:
    """A slim colour bar in the house style."""
    return ColorBar(
        color_mapper=mapper, width=9, background_fill_color=None, bar_line_color=look.QUIET, padding=5,
        major_label_text_color=look.QUIET, major_tick_line_color=look.QUIET, major_label_text_font=look.FONT,
        major_label_text_font_size="10px", formatter=look.minus_ticks(), name=title,
    )  # fmt: skip
