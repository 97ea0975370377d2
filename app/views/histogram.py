"""How many connections have which weight: on a logarithmic scale of counts, so that a tall peak hides nothing."""

from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource, NumeralTickFormatter, Range1d

from app import look
from app.views.heat_map import BESIDE_PX, FRAME_PX
from engine.analysis.weight_distribution import WeightDistribution

FLOOR = 0.5  # a bin with one connection stands above the axis
PADDING = 0.04  # of the span of all bins, on both sides


class Histogram:
    """The figure "weight_distribution": excitatory and inhibitory counts, and grey what they were before training."""

    def __init__(self):
        self._counts = ColumnDataSource({"left": [], "right": [], "excitatory": [], "inhibitory": []})
        self._outline = ColumnDataSource({"x": [], "y": []})
        self._x, self._y = Range1d(-1, 1), Range1d(FLOOR, 10)
        self.figure = self._build()

    def show(self, found: WeightDistribution, before: WeightDistribution | None, label: str) -> None:
        """Draw these counts; all bins of both are inside the axes."""
        self._counts.data = {
            "left": found.edges[:-1], "right": found.edges[1:],
            "excitatory": np.maximum(found.excitatory, FLOOR), "inhibitory": np.maximum(found.inhibitory, FLOOR),
        }  # fmt: skip
        edges, top = found.edges, max(found.excitatory.max(initial=1), found.inhibitory.max(initial=1))
        self._outline.data = {"x": [], "y": []}
        if before is not None:
            both = before.excitatory + before.inhibitory
            self._outline.data = {"x": before.edges, "y": np.maximum(np.append(both, 0), FLOOR)}
            edges, top = np.concatenate([edges, before.edges]), max(top, both.max(initial=1))
        room = PADDING * float(np.ptp(edges))
        self._x.update(start=float(edges.min()) - room, end=float(edges.max()) + room)
        self._y.end = 1.6 * float(top)
        self.figure.xaxis.axis_label = label + (" · grey: before" if before is not None else "")

    def _build(self) -> Any:
        plot = look.figure(
            "weight_distribution", "weight w (w ≠ 0)", "connections (log)",
            frame_width=FRAME_PX, frame_height=110, **BESIDE_PX, frame_align=False,
            y_axis_type="log", x_range=self._x, y_range=self._y,
        )  # fmt: skip
        plot.yaxis.formatter = NumeralTickFormatter(format="0,0")
        plot.yaxis.ticker.desired_num_ticks, plot.yaxis.ticker.num_minor_ticks = 4, 0
        for name, colour in (("excitatory", look.POSITIVE), ("inhibitory", look.NEGATIVE)):
            plot.quad(
                "left", "right", name, FLOOR, source=self._counts, fill_color=colour, fill_alpha=0.75, line_color=None
            )
        plot.step("x", "y", source=self._outline, mode="after", line_color=look.QUIET, line_width=1.5)
        return plot
