"""What the panels of Compare share: curves of A and B over one another, and their twins for papers."""

from typing import Any

import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource, HoverTool
from jaxtyping import Float, Int
from matplotlib.figure import Figure

from app import look
from app.figures import Twin
from app.views.analysis_view import with_tools

A, B = look.network_colour(0), look.network_colour(1)
NAMES = "A", "B"
FLOOR = 0.5  # on a logarithmic scale a bin with one entry stands above the axis
TALL = {"grid-auto-rows": "max-content", "height": "max-content"}  # else wrapped rows lie over one another
COLUMNS = {"display": "grid", "grid-template-columns": "repeat(auto-fit, minmax(min(100%, 380px), 1fr))", **TALL}
LEGEND = f"<b style='color:{A}'>A</b>, <b style='color:{B}'>B</b>"


class Overlaid:
    """A histogram of A and one of B on common bins: A filled, B as a line."""

    def __init__(self, name: str, x: str, y: str, log_x: bool = False, log_y: bool = False, height: int = 225):
        self.x, self.y, self.log_x, self.log_y = x, y, log_x, log_y
        self.edges: Float[np.ndarray, " edges"] = np.zeros(1)
        self.counts: tuple[np.ndarray, np.ndarray] = (np.zeros(0), np.zeros(0))
        self._bins = ColumnDataSource({"left": [], "right": [], "a": [], "b": []})
        self._outline = ColumnDataSource({"x": [], "b": []})
        scales = {"x_axis_type": "log" if log_x else "linear", "y_axis_type": "log" if log_y else "linear"}
        self.figure = look.figure(
            name, x, y, height=height, sizing_mode="stretch_width", tools="pan,box_zoom,reset",
            toolbar_location="above", **scales,
        )  # fmt: skip
        with_tools(look.zoom_by_wheel(self.figure))
        bars = self.figure.quad(
            "left", "right", "a", FLOOR if log_y else 0, source=self._bins, color=A, alpha=0.45, line_color=None
        )
        self.figure.step("x", "b", source=self._outline, mode="after", line_color=B, line_width=2)
        between = "@left{0.[000]} to @right{0.[000]}"
        tips = [("bin", between), ("A", "@real_a{0,0}"), ("B", "@real_b{0,0}")]
        self.figure.add_tools(HoverTool(renderers=[bars], tooltips=tips))

    def show(
        self, edges: Float[np.ndarray, " edges"], a: Int[np.ndarray, " bins"], b: Int[np.ndarray, " bins"]
    ) -> None:
        """Draw these counts."""
        self.edges, self.counts = edges, (a, b)
        low = FLOOR if self.log_y else 0
        drawn = [np.maximum(part, low) for part in (a, b)]
        self._bins.data = {
            "left": edges[:-1],
            "right": edges[1:],
            "a": drawn[0],
            "b": drawn[1],
            "real_a": a,
            "real_b": b,
        }
        self._outline.data = {"x": edges[[0, *range(len(edges)), -1]], "b": [low, *drawn[1], drawn[1][-1], low]}

    def pane(self) -> pn.pane.Bokeh:
        """The figure as wide as its column."""
        return wide(self.figure)

    def twin(self, title: str, link: str) -> Twin:
        """The same for a paper."""
        edges, (a, b), low = self.edges, self.counts, FLOOR if self.log_y else 0

        def draw(figure: Figure) -> None:
            axes = figure.add_subplot()
            axes.stairs(np.maximum(a, low), edges, baseline=low, fill=True, color=A, alpha=0.45, label="A")
            axes.stairs(np.maximum(b, low), edges, baseline=low, color=B, linewidth=1, label="B")
            axes.set(xlabel=self.x, ylabel=self.y)
            if self.log_x:
                axes.set_xscale("log")
            if self.log_y:
                axes.set_yscale("log")
                axes.set_ylim(bottom=FLOOR)
            axes.legend()

        numbers = {"from": edges[:-1], "to": edges[1:], "a": a, "b": b, "b_less_a": b.astype(int) - a.astype(int)}
        return Twin(title, draw, numbers, link)


def wide(figure: Any) -> pn.pane.Bokeh:
    """A figure as wide as its share of a row. It needs a height of its own: by a frame alone it would have no width."""
    return pn.pane.Bokeh(figure, sizing_mode="stretch_width", height=figure.height, margin=(2, 4))


def beside(*parts: Any) -> pn.Row:
    """Parts side by side, each as wide as the others; in a narrow window the last go under the first."""
    return pn.Row(*parts, sizing_mode="stretch_width", margin=0, styles=COLUMNS)


def under(*parts: Any) -> pn.Column:
    """Parts under one another."""
    return pn.Column(*parts, sizing_mode="stretch_width", margin=0)


def joined(parts: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Columns of several tables under one another; `of` says whose a row is."""
    names = tuple(dict.fromkeys(name for table in parts.values() for name in table))
    rows = {whose: len(next(iter(table.values()), ())) for whose, table in parts.items()}
    columns: dict[str, Any] = {"of": [whose for whose, n in rows.items() for _ in range(n)]}
    for name in names:
        columns[name] = [v for whose, t in parts.items() for v in t.get(name, [""] * rows[whose])]
    return columns
