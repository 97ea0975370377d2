"""The eigenvalues of recurrent weights in the complex plane, with the edge beyond which modes grow."""

from typing import Any

import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource, Range1d

from app import look
from engine.analysis.spectrum import Spectrum

LEFT, BOTTOM, EDGE = 46, 42, 6  # px around the square frame


class EigenvaluePicture(pn.viewable.Viewer):
    """One dot per mode; right of the line (outside the circle for Elman units) a mode grows at unit gain."""

    def __init__(self, name: str, size: int = 120):
        super().__init__()
        self.modes = ColumnDataSource(data={"real": [], "imaginary": []})
        self.edge = ColumnDataSource(data={"x": [], "y": []})
        self.x, self.y = Range1d(-1.2, 1.2), Range1d(-1.2, 1.2)
        frame = {"width": size + LEFT + EDGE, "height": size + BOTTOM + EDGE, "x_range": self.x, "y_range": self.y}
        borders = {"min_border_left": LEFT, "min_border_bottom": BOTTOM}
        borders |= {"min_border_top": EDGE, "min_border_right": EDGE}
        self.plot = look.figure(name, "Re λ", "Im λ", **frame, **borders)
        self.plot.xaxis.ticker.desired_num_ticks = self.plot.yaxis.ticker.desired_num_ticks = 4
        self.plot.line("x", "y", source=self.edge, color=look.NEGATIVE, line_width=1.2, line_dash="dashed")
        self.plot.scatter(
            "real", "imaginary", source=self.modes, size=3.5, color=look.POSITIVE, alpha=0.7, line_color=None
        )
        self.pane = pn.pane.Bokeh(self.plot, margin=0)

    def __panel__(self) -> Any:
        return self.pane

    def show(self, found: Spectrum | None) -> None:
        """Draw a spectrum; the axes fit it and keep their proportion. None empties the picture."""
        if found is None:
            self.modes.data, self.edge.data = {"real": [], "imaginary": []}, {"x": [], "y": []}
            return
        values = found.eigenvalues
        self.modes.data = {"real": values.real, "imaginary": values.imag}
        reach = 1.12 * max(1.0, found.radius)
        self.x.update(start=-reach, end=reach)
        self.y.update(start=-reach, end=reach)
        turn = np.linspace(0, 2 * np.pi, 97)
        if found.edge.shape == "line":
            self.edge.data = {"x": [found.edge.position] * 2, "y": [-10 * reach, 10 * reach]}
        else:
            centre, radius = found.edge.centre, found.edge.radius or 1.0
            self.edge.data = {"x": centre + radius * np.cos(turn), "y": radius * np.sin(turn)}
