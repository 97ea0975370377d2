"""Live curves: loss, held-out accuracy and gradient norm, streamed as they come."""

from typing import Any

import numpy as np
import panel as pn
import panel_material_ui as pmui
from bokeh.models import ColumnDataSource, DataRange1d, HoverTool, Label, LogTicker, Node, NumeralTickFormatter, Span

from app import look
from app.background import soon
from app.runs import Sight
from app.views.curves_on_paper import accuracy_twin, gradient_twin, loss_twin
from app.views.events import Marks, pruning_note
from app.views.frame import SMALL_SX, pane, titled, unnumbered, zoomable
from app.views.objective_curves import ObjectiveCurves
from app.views.thinning import Series, Smoother, spread
from engine.component import Component

HEIGHTS = {"loss": 152, "loss_log": 152, "accuracy": 132, "gradient": 106}
SMOOTHING = {"raw": 0.0, "smooth": 0.8, "smoother": 0.95, "smoothest": 0.99}
TRAINING, HELD_OUT = look.POSITIVE, look.NEGATIVE
STEPS = ("step", "loss", "low", "high", "smooth", "gradient")
EVALUATIONS = ("step", "loss", "accuracy", "low", "high")
LOSS_UNIT = {"cross_entropy": "nats", "mse": "mean squared error"}
TIP = '<div style="font-size:11px">step @step{0,0} · %s</div>'


class Curves:
    """Figures over the history of one run. `show` streams what is new; a zoom stays until a double click."""

    def __init__(self) -> None:
        self.sight: Sight | None = None
        self.name, self.link, self.unit, self.accuracy_is = "run", "", "nats", ""
        self._origin: int | None = None
        self._ended = False
        self._smoother = Smoother(0)
        self.steps = ColumnDataSource({name: [] for name in STEPS})
        self.evaluations = ColumnDataSource({name: [] for name in EVALUATIONS})
        self._steps, self._evaluations = Series(self.steps, "loss"), Series(self.evaluations, "accuracy")
        self._x = DataRange1d(range_padding=0.01, min_interval=2)
        self.marks = Marks()
        self.objectives = ObjectiveCurves(self._x, self.marks)
        self.chance, self.ideal = _guide(), _guide()
        self._levels = ColumnDataSource({"step": [], "level": []})  # so that the axis makes room for the guide lines
        self.log = pmui.Switch(label="log", value=False, size="small", margin=(0, 2), sx=SMALL_SX)
        self.smoothing = pmui.Select(
            options=SMOOTHING, value=0.8, size="small", variant="standard", width=88, margin=(0, 6), sx=SMALL_SX
        )
        self.figures = {
            "loss": self._loss_figure("loss", "linear"), "loss_log": self._loss_figure("loss_log", "log"),
            "accuracy": self._accuracy_figure(), "gradient": self._gradient_figure(),
        }  # fmt: skip
        self.layout = self._arranged()
        self.log.param.watch(self._switch_log, "value")
        self.smoothing.param.watch(lambda _: soon(self._anew), "value")

    def about(self, name: str, experiment: Component | None) -> None:
        """Whose curves these are."""
        self.name = name
        self.objectives.about(name, experiment)  # type: ignore[arg-type]
        if experiment is not None:
            self.link = experiment.to_link()  # type: ignore[attr-defined]
            self.unit = LOSS_UNIT.get(experiment.task.loss, "")  # type: ignore[attr-defined]
            self.accuracy_is = experiment.task.accuracy_is  # type: ignore[attr-defined]
        self._entitle()

    def show(self, sight: Sight | None, ended: bool = False) -> None:
        """Draw what is new; all of it, if another history is shown now."""
        self.sight, self._ended = sight, ended
        if sight is None or sight.origin != self._origin:
            self._origin = sight.origin if sight else None
            self._anew()
        else:
            self._go_on()
        self._guide_lines()
        self._tell_events()
        self.objectives.show(sight, self.smoothing.value, ended)

    def _anew(self) -> None:
        self._smoother = Smoother(self.smoothing.value)
        self._steps.clear()
        self._evaluations.clear()
        self._entitle()
        self._go_on()
        self.objectives.show(self.sight, self.smoothing.value, self._ended)

    def _go_on(self) -> None:
        if self.sight is None:
            return
        history, n, m = self.sight.history, len(self._steps), len(self._evaluations)
        mean, low, high = spread(history.loss[n:])
        told = {"step": history.step[n:], "loss": mean, "low": low, "high": high, "smooth": self._smoother(mean)}
        self._steps.add({**told, "gradient": spread(history.gradient_norm[n:])[0]}, self._ended)
        mean, low, high = spread(100 * history.accuracy[m:])
        told = {"step": history.evaluated[m:], "accuracy": mean, "low": low, "high": high}
        self._evaluations.add({**told, "loss": spread(history.evaluation_loss[m:])[0]}, self._ended)

    def _tell_events(self) -> None:
        history = self.sight.history if self.sight else None
        self.marks.show(history)
        said = pruning_note(history) if history else ""
        if said != self._pruned.object:
            self._pruned.param.update(object=said, visible=bool(said))

    def _guide_lines(self) -> None:
        history = self.sight.history if self.sight else None
        for (span, label), word, values in (
            (self.chance, "chance", history.chance if history else ()),
            (self.ideal, "ideal observer", history.ideal if history else ()),
        ):
            there = len(values) > 0 and np.isfinite(values[-1])
            level = 100 * float(values[-1]) if there else 0.0
            span.update(location=level, visible=there)
            label.update(y=level, text=f"{word} {level:.3g} %", visible=there)
        levels = [span.location for span, _ in (self.chance, self.ideal) if span.visible]
        if list(self._levels.data["level"]) != levels:
            self._levels.data = {"step": [0] * len(levels), "level": levels}

    # figures

    def _loss_figure(self, name: str, scale: str) -> Any:
        plot = self._figure(name, scale)
        plot.varea("step", "low", "high", source=self.steps, fill_color=TRAINING, fill_alpha=0.15)
        plot.line("step", "loss", source=self.steps, line_color=TRAINING, line_alpha=0.3, line_width=1)
        smooth = plot.line("step", "smooth", source=self.steps, line_color=TRAINING, line_width=1.8)
        held_out = plot.line("step", "loss", source=self.evaluations, line_color=HELD_OUT, line_width=1.5)
        plot.add_tools(
            HoverTool(renderers=[smooth], tooltips=TIP % "training @loss{0.0000}", mode="vline", attachment="left"),
            HoverTool(renderers=[held_out], tooltips=TIP % "held out @loss{0.0000}", mode="mouse"),
        )
        self.marks.draw_in(plot, words=True)
        return plot

    def _accuracy_figure(self) -> Any:
        plot = self._figure("accuracy", "linear", y_range=DataRange1d(range_padding=0.34, min_interval=10))
        plot.varea("step", "low", "high", source=self.evaluations, fill_color=HELD_OUT, fill_alpha=0.15)
        line = plot.line("step", "accuracy", source=self.evaluations, line_color=HELD_OUT, line_width=1.8)
        plot.scatter("step", "level", source=self._levels, size=0, alpha=0)
        for span, label in (self.chance, self.ideal):
            plot.add_layout(span)
            plot.add_layout(label)
        plot.add_tools(HoverTool(renderers=[line], tooltips=TIP % "@accuracy{0.0} %", mode="vline", attachment="left"))
        self.marks.draw_in(plot)
        return plot

    def _gradient_figure(self) -> Any:
        plot = self._figure("gradient", "log")
        plot.xaxis.update(axis_label="training step", formatter=NumeralTickFormatter(format="0,0"))
        plot.xaxis.major_tick_line_color = look.QUIET
        plot.min_border_bottom = 32
        plot.yaxis.ticker = LogTicker(mantissas=[1, 3], desired_num_ticks=2, num_minor_ticks=0)
        line = plot.line("step", "gradient", source=self.steps, line_color=look.QUIET, line_width=1)
        plot.add_tools(HoverTool(renderers=[line], tooltips=TIP % "@gradient{0.000}", mode="vline", attachment="left"))
        self.marks.draw_in(plot)
        return plot

    def _figure(self, name: str, scale: str, **options: Any) -> Any:
        plot = look.figure(
            name, x_range=self._x, y_axis_type=scale, height=HEIGHTS[name], sizing_mode="stretch_width",
            min_border_left=48, min_border_right=8, min_border_top=4, min_border_bottom=4, **options,
        )  # fmt: skip
        unnumbered(plot)
        plot.yaxis.ticker.desired_num_ticks = 4
        return zoomable(plot)

    def _arranged(self) -> pn.Column:
        self._losses = pn.Column(pane(self.figures["loss"]), sizing_mode="stretch_width", margin=0)
        self._pruned = look.note("", margin=(0, 0, 2, 0), visible=False)
        controls = (self.smoothing, self.log)
        losses = pn.Column(self._losses, self._pruned, sizing_mode="stretch_width", margin=0)
        loss, self._loss_title = titled("", losses, lambda: loss_twin(self), lambda: f"{self.name}_loss", *controls)
        self._accuracy_is = look.note("", margin=(0, 0, 2, 0))
        shown = pn.Column(self._accuracy_is, pane(self.figures["accuracy"]), sizing_mode="stretch_width", margin=0)
        accuracy, self._accuracy_title = titled("", shown, lambda: accuracy_twin(self), lambda: f"{self.name}_accuracy")
        gradient, _ = titled(
            "Gradient norm, before clipping (log)", pane(self.figures["gradient"]), lambda: gradient_twin(self),
            lambda: f"{self.name}_gradient_norm",
        )  # fmt: skip
        self._entitle()
        return pn.Column(loss, accuracy, self.objectives.layout, gradient, sizing_mode="stretch_width", margin=0)

    def _switch_log(self, event: Any) -> None:
        """Bokeh cannot change the scale of an axis, so there are two figures over the same numbers."""
        self._losses.objects = [pane(self.figures["loss_log" if event.new else "loss"])]

    def _entitle(self) -> None:
        networks = self.sight.networks if self.sight else 1
        several = f" · mean and range, n = {networks} networks" if networks > 1 else ""
        short = f" · n = {networks}" if networks > 1 else ""
        keys = f'<span style="color:{TRAINING}">━ training</span> <span style="color:{HELD_OUT}">━ held out</span>'
        self._loss_title.object = f"<b>Loss</b> ({self.unit}) {keys}{short}"
        self._accuracy_title.object = f"<b>Held-out accuracy</b> (%), unit noise off{several}"
        self._accuracy_is.object = look.escaped(self.accuracy_is)


def _guide() -> tuple[Span, Label]:
    line = {"line_color": look.QUIET, "line_dash": [5, 4], "line_width": 1, "level": "underlay"}
    text = {"text_color": look.QUIET, "text_font": look.FONT, "text_font_size": "10px", "text_align": "right"}
    text |= {"text_baseline": "bottom", "y_offset": 1}
    place = Node(target="frame", symbol="right", offset=-4)
    return Span(location=0, dimension="width", visible=False, **line), Label(x=place, y=0, visible=False, **text)
