"""Live curves of the part of a paper that trains now: smooth loss and held-out accuracy, means over its networks."""

import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource

from app import look
from app.runs import Sight
from app.views.frame import pane, zoomable
from app.views.thinning import Series, Smoother, spread

SMOOTHING = 0.9
HEIGHT = 150
LOSS, ACCURACY = look.network_colour(0), look.network_colour(1)


class PaperLive:
    """Two small figures; `show` draws what is new of a run's history."""

    def __init__(self) -> None:
        self.losses = ColumnDataSource({"step": [], "loss": []})
        self.held_out = ColumnDataSource({"step": [], "accuracy": []})
        self._loss, self._accuracy = Series(self.losses, "loss"), Series(self.held_out, "accuracy")
        self._smoother, self._about = Smoother(SMOOTHING), (None, None)
        parts = (
            self._part("Training loss", "smooth, mean over networks", "paper_loss", self.losses, "loss", LOSS),
            self._part("Held-out accuracy", "%", "paper_accuracy", self.held_out, "accuracy", ACCURACY),
        )
        self.layout = pn.Row(*parts, sizing_mode="stretch_width", margin=(4, 0))

    def show(self, run: str, sight: Sight | None) -> None:
        """What is new of this run; all of it if it is another one than before."""
        about = run, sight.origin if sight is not None else None
        if about != self._about:
            self._about, self._smoother = about, Smoother(SMOOTHING)
            self._loss.clear()
            self._accuracy.clear()
        if sight is None:
            return
        history, n, m = sight.history, len(self._loss), len(self._accuracy)
        if len(history.step) > n:
            mean = self._smoother(spread(history.loss[n:])[0])
            self._loss.add({"step": history.step[n:], "loss": np.asarray(mean)})
        if len(history.evaluated) > m:
            accuracy = spread(100 * history.accuracy[m:])[0]
            self._accuracy.add({"step": history.evaluated[m:], "accuracy": accuracy})

    def _part(self, title: str, unit: str, name: str, source: ColumnDataSource, y: str, colour: str) -> pn.Column:
        plot = look.figure(name, "training step", "", height=HEIGHT, sizing_mode="stretch_width", min_border_left=48)
        plot.line("step", y, source=source, line_color=colour, line_width=1.6)
        plot.scatter("step", y, source=source, color=colour, size=3 if y == "accuracy" else 0)
        head = look.note(f"<b>{title}</b> ({unit})", margin=(2, 0))
        return pn.Column(head, pane(zoomable(plot)), sizing_mode="stretch_width", margin=0)
