"""A network of any size as a figure: few links as lines, thousands as a picture of the visible window."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from bokeh.events import RangesUpdate
from bokeh.models import ColumnDataSource, HoverTool, Range1d
from jaxtyping import Float, UInt32

from app import look
from app.views.analysis_view import Later, with_tools
from app.views.line_raster import Box, line_counts, shaded

AS_LINES = 3000  # links; of more Datashader draws a picture
WHOLE: Box = (-1.1, 1.1, -1.1, 1.1)
MOST_NODES = 5000  # of more every k-th is drawn; links are all there


@dataclass(frozen=True, eq=False)
class Lines:
    """Links of one kind, one row of points each."""

    x: Float[np.ndarray, "edges points"]
    y: Float[np.ndarray, "edges points"]
    colour: str


@dataclass(frozen=True, eq=False)
class Net:
    """What is drawn; `links` counts also those that are not, because there are too many. `picture` has all links."""

    places: Float[np.ndarray, "units 2"]
    names: tuple[str, ...]
    areas: tuple[str, ...]
    colours: tuple[str, ...]
    lines: tuple[Lines, ...]
    links: int
    picture: UInt32[np.ndarray, "rows columns"] | None = None

    @property
    def drawn(self) -> int:
        return sum(len(part.x) for part in self.lines)


class NetworkFigure:
    """Shares its window with others."""

    def __init__(self, name: str, x: Range1d, y: Range1d, later: Later):
        self.name, self._later, self.x, self.y = name, later, x, y
        self.net: Net | None = None
        self.nodes = ColumnDataSource({"x": [], "y": [], "colour": [], "name": [], "area": []})
        self.links = ColumnDataSource({"xs": [], "ys": [], "colour": []})
        self.image = ColumnDataSource({"image": [], "x": [], "y": [], "dw": [], "dh": []})
        self.figure = self._build()

    def show(self, net: Net) -> None:
        """Draw a network; the window stays."""
        self.net = net
        step = -(-len(net.names) // MOST_NODES)
        some = slice(None, None, step)
        self.nodes.data = {
            "x": net.places[some, 0], "y": net.places[some, 1], "colour": list(net.colours[some]),
            "name": list(net.names[some]), "area": list(net.areas[some]),
        }  # fmt: skip
        self.dots.glyph.size = 7 if len(net.names) <= 150 else 5 if len(net.names) <= 600 else 2.5
        self.paint()

    def paint(self) -> None:
        """The links of the visible window."""
        net = self.net
        if net is None:
            return
        few = net.drawn <= AS_LINES
        self.links.data = {
            "xs": [row for part in net.lines for row in part.x] if few else [],
            "ys": [row for part in net.lines for row in part.y] if few else [],
            "colour": [part.colour for part in net.lines for _ in part.x] if few else [],
        }
        if few:
            self.image.data = {"image": [], "x": [], "y": [], "dw": [], "dh": []}
            return
        box = self._window()
        if box == WHOLE and net.picture is not None:
            self._put((net, box, net.picture))
        elif box[0] < box[1] and box[2] < box[3]:
            self._later(f"draw {self.name}", lambda: (net, box, pictured(net, box)), self._put)

    def _window(self) -> Box:
        """What is visible of the plane in which there are units."""
        left, right, bottom, top = WHOLE
        return max(left, self.x.start), min(right, self.x.end), max(bottom, self.y.start), min(top, self.y.end)

    def _put(self, found: tuple[Net, Box, np.ndarray]) -> None:
        net, (left, right, bottom, top), picture = found
        if net is self.net:
            self.image.data = {
                "image": [picture], "x": [left], "y": [bottom], "dw": [right - left], "dh": [top - bottom],
            }  # fmt: skip

    def _moved(self, _: Any) -> None:
        if self.net is not None and self.net.drawn > AS_LINES:
            self.paint()

    def _build(self) -> Any:
        plot = look.figure(
            self.name, x_range=self.x, y_range=self.y, height=430, sizing_mode="stretch_width",
            tools="pan,box_zoom,reset", toolbar_location="above", active_drag="pan",
        )  # fmt: skip
        with_tools(look.zoom_by_wheel(look.bare(look.true_to_scale(plot))))
        plot.image_rgba("image", "x", "y", "dw", "dh", source=self.image)
        plot.multi_line("xs", "ys", source=self.links, line_color="colour", line_alpha=0.35, line_width=0.8)
        self.dots = plot.scatter(
            "x", "y", source=self.nodes, size=5, fill_color="colour", line_color=look.QUIET, line_width=0.4
        )
        plot.add_tools(HoverTool(renderers=[self.dots], tooltips=[("unit", "@name"), ("area", "@area")]))
        plot.on_event(RangesUpdate, self._moved)
        return plot


def pictured(net: Net, box: Box) -> np.ndarray:
    """The links of a window as a picture. Slow."""
    return shaded([line_counts(part.x, part.y, box) for part in net.lines], [part.colour for part in net.lines])
