"""A measure over one parameter: the mean with its 95 % interval, every network as a dot, and chance."""

from collections.abc import Callable
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource, HoverTool, Span, TapTool
from matplotlib.figure import Figure

from app import figures, look
from app.figures import Twin
from app.views.frame import zoomable
from app.views.sweep_cut import Cut

HEIGHT = 380
COLOUR = look.POSITIVE
TIP = '<div style="font-size:11px"><b>@name</b><br>@said</div>'
COLUMNS = ("x", "mean", "low", "high", "name", "said", "point", "chance")


class SweepCurve:
    """The figure `sweep_curve`, made for the values of a sweep; `tapped(number)` hears which point was clicked."""

    def __init__(self, cut: Cut, tapped: Callable[[int], None]):
        self._numeric = cut.is_numeric
        scale = {"x_axis_type": "log"} if cut.is_log else {} if cut.is_numeric else {"x_range": cut.words(0)}
        self.figure = look.figure(
            "sweep_curve", cut.seen.kept.sweep.addresses[0], cut.label, height=HEIGHT, sizing_mode="stretch_width",
            min_border_left=64, min_border_right=16, **scale,
        )  # fmt: skip
        self.means = ColumnDataSource({name: [] for name in COLUMNS})
        self.dots = ColumnDataSource({"x": [], "y": []})
        self.chance = Span(dimension="width", line_color=look.QUIET, line_dash=[5, 4], line_width=1, visible=False)
        self.figure.add_layout(self.chance)
        self.figure.yaxis.formatter = look.minus_ticks()
        if self._numeric:
            self.figure.varea("x", "low", "high", source=self.means, fill_color=COLOUR, fill_alpha=0.15)
            self.figure.line("x", "mean", source=self.means, line_color=COLOUR, line_width=1.8)
        else:
            self.figure.segment("x", "low", "x", "high", source=self.means, line_color=COLOUR, line_width=2)
        marks = self.figure.scatter(
            "x", "mean", source=self.means, size=11, color=COLOUR, nonselection_fill_alpha=1, nonselection_line_alpha=1
        )
        self.figure.scatter("x", "y", source=self.dots, size=5, color=look.NEGATIVE, alpha=0.85)
        self.figure.scatter("x", "chance", source=self.means, size=0)  # so that the axis reaches down to it
        self.figure.add_tools(HoverTool(renderers=[marks], tooltips=TIP), TapTool(renderers=[marks]))
        self.means.selected.on_change("indices", lambda _, __, at: at and tapped(int(self.means.data["point"][at[0]])))
        zoomable(self.figure)
        self.fill(cut)

    def fill(self, cut: Cut) -> None:
        """Draw what is known by now."""
        address = cut.seen.kept.sweep.addresses[0]
        rows = [row for row in cut.points.to_dict("records") if np.isfinite(row[cut.measure])]
        ends = [cut.ends(row) for row in rows]
        self.means.data = {
            "x": [row[address] if self._numeric else cut.word_of(row, 0) for row in rows],
            "mean": [row[cut.measure] for row in rows],
            "low": [low for low, _ in ends],
            "high": [high for _, high in ends],
            "name": [f"{address} = {cut.word_of(row, 0)}" for row in rows],
            "said": [cut.told(row) for row in rows],
            "point": [row["point"] for row in rows],
            "chance": [cut.chance] * len(rows) if cut.chance is not None else [row[cut.measure] for row in rows],
        }
        dots = cut.networks.to_dict("records")
        self.dots.data = {
            "x": [row[address] if self._numeric else cut.word_of(row, 0) for row in dots],
            "y": [row[cut.measure] for row in dots],
        }
        chance = cut.chance
        self.chance.update(visible=chance is not None, location=chance)


def curve_twin(cut: Cut) -> Twin:
    """The same figure for print, with the summary of the points as its numbers."""
    address = cut.seen.kept.sweep.addresses[0]
    points, networks, names = cut.points, cut.networks, cut.words(0)
    rows = [row for row in points.to_dict("records") if np.isfinite(row[cut.measure])]

    def place(row: dict[str, Any]) -> float:
        return row[address] if cut.is_numeric else names.index(cut.word_of(row, 0))

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        x, mean = np.array([place(row) for row in rows], float), np.array([row[cut.measure] for row in rows], float)
        low, high = np.array([cut.ends(row) for row in rows], float).reshape(-1, 2).T
        if cut.is_numeric:
            figures.curve(axes, x, mean, COLOUR, "mean, 95 % interval", low, high)
        else:
            axes.vlines(x, low, high, color=COLOUR, linewidth=1)
            axes.set_xticks(range(len(names)), names)
        axes.plot(x, mean, "o", color=COLOUR, markersize=4)
        dots = networks.to_dict("records")
        axes.plot([place(r) for r in dots], [r[cut.measure] for r in dots], ".", color=look.NEGATIVE, markersize=3)
        if cut.chance is not None:
            figures.guide(axes, cut.chance, f"chance {cut.chance:.3g} %")
        axes.set(xlabel=address, ylabel=cut.label, xscale="log" if cut.is_log else "linear")

    return Twin(f"{cut.label} over {address}", draw, cut.numbers(), cut.seen.kept.sweep.experiment.to_link())
