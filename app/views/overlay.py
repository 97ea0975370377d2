"""Curves of several runs over one another; a run has the same colour wherever it is overlaid."""

import zlib
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource
from matplotlib.figure import Figure

from app import look
from app.background import Background
from app.figures import Twin
from app.runs import store
from app.views.frame import pane, titled, zoomable
from app.views.thinning import Smoother, Thinning, spread
from engine.component import Invalid
from engine.experiments.summary import Summary

MOST_RUNS = 24
POINTS = 1000
SMOOTHING = 0.8
DASHES = ("solid", "dashed", "dotted", "dotdash")


@dataclass(frozen=True, eq=False)
class Line:
    """The curves of one run: smooth loss over steps, held-out accuracy over evaluations; means over its networks."""

    name: str
    colour: str
    dash: str
    step: np.ndarray
    loss: np.ndarray
    evaluated: np.ndarray
    accuracy: np.ndarray


class Overlay:
    """Two figures beside each other. `show` reads the histories off the event loop."""

    def __init__(self) -> None:
        self.lines: tuple[Line, ...] = ()
        self._asked: Any = None
        self.losses = ColumnDataSource({"step": [], "value": [], "colour": [], "dash": []})
        self.accuracies = ColumnDataSource({"step": [], "value": [], "colour": [], "dash": []})
        self.legend = pn.pane.HTML("", stylesheets=[look.stylesheet()], css_classes=["note"], margin=(6, 0, 0, 0))
        loss, _ = titled(
            "<b>Loss</b> of training batches, smooth", pane(self._figure("overlay_loss", self.losses)),
            lambda: self._twin("loss", "smoothed training loss"), lambda: "runs_loss",
        )  # fmt: skip
        accuracy, _ = titled(
            "<b>Held-out accuracy</b> (%)", pane(self._figure("overlay_accuracy", self.accuracies)),
            lambda: self._twin("accuracy", "held-out accuracy (%)"), lambda: "runs_accuracy",
        )  # fmt: skip
        self._figures = pn.Row(loss, accuracy, sizing_mode="stretch_width", margin=0)
        self._empty = pn.pane.HTML(
            "Tick runs to see their curves over one another.", css_classes=["note"], stylesheets=[look.stylesheet()],
            margin=(6, 0),
        )  # fmt: skip
        self.layout = pn.Column(self._empty, sizing_mode="stretch_width", margin=0)

    def show(self, chosen: list[Summary], background: Background) -> None:
        """Draw the curves of these runs, if they are others than the last ones, have gone on or have another name."""
        chosen = [summary for summary in chosen if summary.state != "damaged"][:MOST_RUNS]
        asked = tuple((summary.id, summary.name, summary.step) for summary in chosen)
        if asked == self._asked:
            return
        self._asked = asked
        background.latest("overlay", lambda: lines_of(chosen), self._draw, lambda _: None)

    def _draw(self, lines: tuple[Line, ...]) -> None:
        self.lines = lines
        style = {"colour": [line.colour for line in lines], "dash": [line.dash for line in lines]}
        self.losses.data = {"step": [k.step for k in lines], "value": [k.loss for k in lines], **style}
        self.accuracies.data = {"step": [k.evaluated for k in lines], "value": [k.accuracy for k in lines], **style}
        keys = (f'<span style="color:{k.colour}; white-space:nowrap">━ {escape(k.name)}</span>' for k in lines)
        self.legend.object = " &nbsp; ".join(keys)
        parts = [self.legend, self._figures] if lines else [self._empty]
        if self.layout.objects != parts:
            self.layout.objects = parts

    def _figure(self, name: str, source: ColumnDataSource) -> Any:
        plot = look.figure(name, "training step", "", height=170, sizing_mode="stretch_width", min_border_left=44)
        plot.multi_line("step", "value", line_color="colour", line_dash="dash", line_width=1.6, source=source)
        return zoomable(plot)

    def _twin(self, what: str, label: str) -> Twin:
        lines = self.lines
        if not lines:
            raise Invalid("Tick some runs first.")
        x = "step" if what == "loss" else "evaluated"

        def draw(figure: Figure) -> None:
            axes = figure.subplots()
            for line in lines:
                style = {"dotdash": "dashdot"}.get(line.dash, line.dash)
                axes.plot(getattr(line, x), getattr(line, what), color=line.colour, linestyle=style, label=line.name)
            axes.set(xlabel="training step", ylabel=label)
            axes.legend()

        numbers: dict[str, np.ndarray] = {}
        for line in lines:
            numbers |= {f"step, {line.name}": getattr(line, x), f"{label}, {line.name}": getattr(line, what)}
        return Twin(f"{label} of {look.counted(len(lines), 'run')}", draw, numbers)


def run_colour(run_id: str) -> str:
    """The colour of a run in every overlay of every visitor."""
    return look.network_colour(zlib.crc32(run_id.encode()))


def lines_of(chosen: list[Summary]) -> tuple[Line, ...]:
    """The curves of these runs; runs that share a colour differ by their dashes. Slow: reads every history."""
    lines, used = [], dict[str, int]()
    for summary in chosen:
        history, colour = store().run(summary.id).history(), run_colour(summary.id)
        used[colour] = used.get(colour, -1) + 1
        mean = Smoother(SMOOTHING)(spread(history.loss)[0])
        thinning = Thinning(POINTS)
        thinning.needs_anew(len(mean))
        rows = thinning.take(mean, ended=True)
        accuracy = spread(100 * history.accuracy)[0]
        dash = DASHES[used[colour] % len(DASHES)]
        lines.append(Line(summary.name, colour, dash, history.step[rows], mean[rows], history.evaluated, accuracy))
    return tuple(lines)
