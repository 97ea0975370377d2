"""What else is lowered: the weighted value of every objective at every step, and its share of the gradient."""

from typing import Any

import numpy as np
import panel as pn
import panel_material_ui as pmui
from bokeh.models import ColumnDataSource, HoverTool, Range1d
from bokeh.models.ranges import DataRange1d

from app import look
from app.background import soon
from app.runs import Sight
from app.views.events import Marks
from app.views.frame import SMALL_SX, pane, titled, unnumbered, zoomable
from app.views.objectives_on_paper import shares_twin, terms_twin
from app.views.thinning import Series, Smoother, spread
from app.views.visitor import Visitor
from engine.experiments.experiment import Experiment
from engine.experiments.weighted_costs import WeightedCosts
from engine.training.objectives.aim import TASK

HEIGHTS = {"terms": 142, "terms_log": 142, "shares": 96}
ALONE = "Nothing but the loss of the task is lowered; with objectives (Build, Loss) each has a curve of its own here."
TIP = '<div style="font-size:11px">step @step{0,0}%s</div>'


class ObjectiveCurves:
    """Two figures over the history of one run with objectives; a sentence for one without. Out of sight, or folded
    away, they cost nothing: what was missed is drawn when they are seen again."""

    def __init__(self, x_range: DataRange1d, marks: Marks):
        self.x_range, self.marks = x_range, marks
        self.sight: Sight | None = None
        self.name, self.link = "run", ""
        self.weighted: WeightedCosts | None = None
        self._about: tuple[Any, int] = (None, 0)
        self._origin: int | None = None
        self._ended = False
        self.smoothing = 0.8
        self.visitor = Visitor()
        self.visitor.param.watch(lambda _: soon(self._go_on), ["away", "hidden"])
        self.log = pmui.Switch(label="log", value=False, size="small", margin=(0, 2), sx=SMALL_SX)
        self.log.param.watch(lambda _: self._switch_log(), "value")
        self.note = look.note(ALONE, margin=(6, 0, 2, 0), visible=False)
        self.legend = look.note("", margin=(0, 0, 2, 0))
        self.figures: dict[str, Any] = {}
        self.layout = pn.Column(self.note, sizing_mode="stretch_width", margin=0)

    def about(self, name: str, experiment: Experiment | None) -> None:
        """Whose objectives these are."""
        self.name = name
        self.link = experiment.to_link() if experiment is not None else ""
        networks = experiment.seeds.networks if experiment is not None else 0
        if (experiment, networks) == self._about:
            return
        self._about = (experiment, networks)
        self.weighted = WeightedCosts(experiment.training, networks) if experiment is not None else None
        self.sight = None
        self._arrange()

    @property
    def names(self) -> tuple[str, ...]:
        """The task and the objectives; nothing if the task is alone."""
        found = self.weighted.names if self.weighted is not None else ()
        return found if len(found) > 1 else ()

    def colour(self, name: str) -> str:
        """The one of a term, in both figures and on paper."""
        return look.network_colour(self.names.index(name))

    def show(self, sight: Sight | None, smoothing: float, ended: bool = False) -> None:
        """Draw what is new, if it can be seen."""
        anew = sight is None or sight.origin != self._origin or smoothing != self.smoothing
        self.sight, self.smoothing, self._ended = sight, smoothing, ended
        if anew:
            self._origin = sight.origin if sight is not None else None
            self._clear()
        self._go_on()

    def _clear(self) -> None:
        if self.figures:
            self._terms.clear()
            self._shares.clear()
            self._smoothers = {name: Smoother(self.smoothing) for name in self.names}

    def _go_on(self) -> None:
        if self.sight is None or not self.figures or self.visitor.away or self.visitor.hidden:
            return
        history, n, m = self.sight.history, len(self._terms), len(self._shares)
        if self.weighted is None or TASK not in history.costs:
            return
        new = {name: values[n:] for name, values in history.costs.items()}
        told = self.weighted.of(new, history.step[n:], history.stages)
        drawn = {name: self._smoothers[name](spread(values)[0]) for name, values in told.items()}
        self._terms.add({"step": history.step[n:], **drawn}, self._ended)
        nothing = np.full((len(history.evaluated), 1), np.nan)
        parts = {name: spread(history.shares.get(name, nothing)[m:])[0] for name in self.names}
        parts = {name: 100 * np.nan_to_num(values) for name, values in parts.items()}
        self._shares.add({"step": history.evaluated[m:], **parts}, self._ended)
        self._say(told, history.shares)

    def _say(self, told: dict[str, np.ndarray], shares: dict[str, np.ndarray]) -> None:
        keys = []
        for name in self.names:
            values = spread(told[name])[0] if len(told[name]) else np.array([])
            known = values[np.isfinite(values)]
            share = spread(shares[name])[0] if len(shares.get(name, ())) else np.array([np.nan])
            value = f" {look.number(known[-1])}" if len(known) else ""
            part = f" ({look.percent(share[-1])})" if np.isfinite(share[-1]) else ""
            title = look.escaped(self.weighted.titles[name])
            keys.append(f'<span style="color:{self.colour(name)}">━ {title}</span>{value}{part}')
        if any(len(values) for values in told.values()):
            self.legend.object = " · ".join(keys)

    # figures

    def _arrange(self) -> None:
        """A run with other objectives has other figures."""
        self.note.visible = self.weighted is not None and not self.names
        self.figures = {}
        if not self.names:
            self.layout.objects = [self.note]
            return
        self._term_source = ColumnDataSource({name: [] for name in ("step", *self.names)})
        self._share_source = ColumnDataSource({name: [] for name in ("step", *self.names)})
        self._terms, self._shares = Series(self._term_source, TASK), Series(self._share_source, TASK)
        self._smoothers = {name: Smoother(self.smoothing) for name in self.names}
        self.figures = {
            "terms": self._terms_figure("terms", "linear"), "terms_log": self._terms_figure("terms_log", "log"),
            "shares": self._shares_figure(),
        }  # fmt: skip
        self._panes = pn.Column(sizing_mode="stretch_width", margin=0)
        self._switch_log()
        shown = pn.Column(self.legend, self._panes, sizing_mode="stretch_width", margin=0)
        terms, _ = titled(
            "<b>Objectives</b>, value × weight (share of the gradient)", shown, lambda: terms_twin(self),
            lambda: f"{self.name}_objectives", self.log,
        )  # fmt: skip
        shares, _ = titled(
            "<b>Shares of the gradient</b> (%), at evaluations", pane(self.figures["shares"]),
            lambda: shares_twin(self), lambda: f"{self.name}_gradient_shares",
        )  # fmt: skip
        self.layout.objects = [terms, shares, self.visitor]

    def _switch_log(self) -> None:
        """Bokeh cannot change the scale of an axis, so there are two figures over the same numbers."""
        if self.figures:
            self._panes.objects = [pane(self.figures["terms_log" if self.log.value else "terms"])]

    def _terms_figure(self, name: str, scale: str) -> Any:
        plot = self._figure(name, y_axis_type=scale)
        lines = [
            plot.line("step", term, source=self._term_source, line_color=self.colour(term), line_width=1.5)
            for term in self.names
        ]
        rows = "".join(f"<br>{look.escaped(self.weighted.titles[n])} @{{{n}}}{{0.0000}}" for n in self.names)
        plot.add_tools(HoverTool(renderers=lines[:1], tooltips=TIP % rows, mode="vline", attachment="left"))
        self.marks.draw_in(plot)
        return plot

    def _shares_figure(self) -> Any:
        plot = self._figure("shares", y_range=Range1d(0, 100))
        colours = [self.colour(name) for name in self.names]
        plot.varea_stack(list(self.names), x="step", color=colours, source=self._share_source, fill_alpha=0.75)
        seen = plot.line("step", self.names[0], source=self._share_source, line_alpha=0)
        rows = "".join(f"<br>{look.escaped(self.weighted.titles[n])} @{{{n}}}{{0}} %" for n in self.names)
        plot.add_tools(HoverTool(renderers=[seen], tooltips=TIP % rows, mode="vline", attachment="left"))
        plot.yaxis.ticker = [0, 50, 100]
        self.marks.draw_in(plot)
        return plot

    def _figure(self, name: str, **options: Any) -> Any:
        plot = look.figure(
            name, x_range=self.x_range, height=HEIGHTS[name], sizing_mode="stretch_width",
            min_border_left=48, min_border_right=8, min_border_top=4, min_border_bottom=4, **options,
        )  # fmt: skip
        unnumbered(plot)
        plot.yaxis.ticker.desired_num_ticks = 4
        return zoomable(plot)
