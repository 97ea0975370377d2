"""The network at work: its weights, and what it does on a few trials that never change, some times per second."""

from typing import Any

import numpy as np
import panel as pn
import panel_material_ui as pmui
from bokeh.models import ColumnDataSource, LinearColorMapper, Range1d
from jaxtyping import Float, UInt8

from app import look
from app.background import soon
from app.runs import Live
from app.views.frame import SMALL_SX, pane, titled, unnumbered
from app.views.live_on_paper import activity_twin, matrix_twin, outputs_twin
from app.views.probe import Probe

MATRIX_PX, TRACE_PX = 226, 92
MOST_PIXELS = 400  # along one side of a live picture; beyond, a pixel shows the strongest of some weights
ROOM = 1.7  # a colour scale is kept until the weights outgrow it, or shrink, by this factor


class LiveNetwork:
    """Weights, activity and outputs of the first network. `show` draws the newest picture; others are skipped."""

    def __init__(self) -> None:
        self.live: Live | None = None
        self.probe: Probe | None = None
        self.name = "run"
        self.extent, self.top = 0.0, 0.0
        self._weights = ColumnDataSource({"image": [], "n": []})
        self._rates = ColumnDataSource({"image": [], "ms": [], "n": []})
        self._outputs = ColumnDataSource({"ms": [], "value": [], "colour": []})
        self._targets = ColumnDataSource({"ms": [], "value": [], "colour": []})
        self._signed = LinearColorMapper(palette=list(look.diverging()), low=0, high=255)
        self._positive = LinearColorMapper(palette=list(look.sequential()), low=0, high=255)
        self._units, self._senders = Range1d(1, 0), Range1d(0, 1)
        self._time = Range1d(0, 1)
        self.trial = pmui.Select(
            options={"Trial 1": 0}, value=0, size="small", variant="standard", width=100, margin=(0, 4), sx=SMALL_SX
        )
        self.trial.param.watch(lambda _: soon(self._draw_trial), "value")
        self.layout = self._arranged()

    def about(self, name: str, probe: Probe | None) -> None:
        """Whose pictures these are."""
        self.name, self.probe, self.live = name, probe, None
        self.extent = self.top = 0.0
        if probe is not None:
            self.trial.param.update(options=probe.labels, value=0)
            n = len(probe.ordering.units)
            self._units.update(start=n, end=0)
            self._senders.end = n
            self._time.update(start=0, end=probe.trials.steps * probe.dt_ms)

    def show(self, live: Live | None) -> None:
        """Draw this picture, if it is another than the last one."""
        if live is None or live is self.live or self.probe is None:
            return
        self.live = live
        self._draw_weights(live.arrays["W_rec"])
        self._draw_trial()

    @property
    def weights(self) -> Float[np.ndarray, "post pre"]:
        """The weights in the order of the picture."""
        order = self.probe.ordering.units
        return self.live.arrays["W_rec"][np.ix_(order, order)]

    @property
    def rates(self) -> Float[np.ndarray, "units steps"]:
        """Activity on the chosen trial, units in the order of the picture."""
        return self.live.arrays["rates"][self.trial.value].T[self.probe.ordering.units]

    @property
    def outputs(self) -> Float[np.ndarray, "steps outputs"]:
        """Outputs on the chosen trial; where targets are classes, the probability of each."""
        values = self.live.arrays["outputs"][self.trial.value]
        return softmax(values) if self.probe.is_choice else values

    @property
    def targets(self) -> Float[np.ndarray, "steps outputs"]:
        """What was owed on the chosen trial, NaN where nothing was."""
        trials, k = self.probe.trials, self.trial.value
        owed = trials.targets[k].numpy()
        if self.probe.is_choice:
            owed = np.eye(len(self.probe.outputs))[owed]
        return np.where(trials.scored[k].numpy()[:, None], owed.reshape(len(owed), -1), np.nan)

    def _draw_weights(self, weights: Float[np.ndarray, "post pre"]) -> None:
        self.extent = stable(self.extent, size_of(weights[weights != 0], 0.98))
        picture = strongest(self.weights)
        self._weights.data = {"image": [eight_bit(picture, -self.extent, self.extent)], "n": [len(weights)]}
        scale = look.number(self.extent, 2)
        self._matrix_title.object = f"<b>W<sub>rec</sub></b> · step {self.live.step:,} · ±{scale}{_gone(weights)}"

    def _draw_trial(self) -> None:
        if self.live is None or self.probe is None:
            return
        rates, span = self.rates, self.probe.trials.steps * self.probe.dt_ms
        signed = bool((rates < 0).any())
        self.top = stable(self.top, size_of(rates, 0.995))
        low = -self.top if signed else 0.0
        self._raster.glyph.color_mapper = self._signed if signed else self._positive
        self._rates.data = {"image": [eight_bit(strongest(rates), low, self.top)], "ms": [span], "n": [len(rates)]}
        ms = (np.arange(rates.shape[1]) + 0.5) * self.probe.dt_ms
        colours = [look.network_colour(k) for k in range(len(self.probe.outputs))]
        for source, values in ((self._outputs, self.outputs), (self._targets, self.targets)):
            source.data = {"ms": [ms] * values.shape[1], "value": list(values.T), "colour": colours[: values.shape[1]]}
        self._rates_title.object = f"<b>Activity</b> ≤ {look.number(self.top, 2)}{_gone(rates)}"
        keys = " ".join(
            f'<span style="color:{c}">━ {look.escaped(n)}</span>'
            for c, n in zip(colours, self.probe.outputs, strict=True)
        )
        what = "P(answer)" if self.probe.is_choice else "Outputs"
        self._outputs_axis.axis_label = "P" if self.probe.is_choice else "output"
        self._outputs_title.object = f'<span title="dotted: the target"><b>{what}</b> {keys}</span>'

    def _arranged(self) -> pn.Column:
        name = {"matrix": "W_rec", "activity": "activity", "outputs": "outputs"}

        def file(what: str) -> Any:
            return lambda: f"{self.name}_{name[what]}_step_{self.live.step if self.live else 0}"

        matrix, self._matrix_title = titled(
            "", pane(self._matrix_figure(), sizing_mode="fixed"), lambda: matrix_twin(self), file("matrix")
        )
        matrix.param.update(sizing_mode="fixed", width=MATRIX_PX + 6, height=MATRIX_PX + 34)
        raster, self._rates_title = titled(
            "", pane(self._raster_figure()), lambda: activity_twin(self), file("activity"), self.trial
        )
        outputs, self._outputs_title = titled(
            "", pane(self._outputs_figure()), lambda: outputs_twin(self), file("outputs")
        )
        traces = pn.Column(raster, outputs, sizing_mode="stretch_width", margin=(0, 0, 0, 8))
        return pn.Column(
            pn.Row(matrix, traces, sizing_mode="stretch_width", margin=0), sizing_mode="stretch_width", margin=0
        )

    def _matrix_figure(self) -> Any:
        plot = look.figure(
            "live_matrix", "pre", "post", width=MATRIX_PX, height=MATRIX_PX, x_range=self._senders, y_range=self._units
        )
        plot.image("image", x=0, y=0, dw="n", dh="n", source=self._weights, color_mapper=self._signed, level="image")
        plot.grid.visible = False
        plot.axis.ticker.desired_num_ticks = 3
        return plot

    def _raster_figure(self) -> Any:
        plot = look.figure(
            "live_activity", "", "unit", height=TRACE_PX, x_range=self._time, y_range=self._units,
            sizing_mode="stretch_width", min_border_left=44, min_border_right=6,
        )  # fmt: skip
        self._raster = plot.image(
            "image", x=0, y=0, dw="ms", dh="n", source=self._rates, color_mapper=self._positive, level="image"
        )
        plot.grid.visible = False
        plot.yaxis.ticker.desired_num_ticks = 3
        unnumbered(plot)
        plot.min_border_bottom = 4
        return plot

    def _outputs_figure(self) -> Any:
        plot = look.figure(
            "live_outputs", "time (ms)", "", height=TRACE_PX + 14, x_range=self._time, sizing_mode="stretch_width",
            min_border_left=44, min_border_right=6,
        )  # fmt: skip
        plot.multi_line("ms", "value", line_color="colour", line_width=1.6, source=self._outputs)
        plot.multi_line("ms", "value", line_color="colour", line_width=2, line_dash=[1, 3], source=self._targets)
        plot.yaxis.ticker.desired_num_ticks = 3
        plot.xaxis.ticker.desired_num_ticks = 4
        self._outputs_axis = plot.yaxis[0]
        return plot


def size_of(values: Float[np.ndarray, "..."], share: float) -> float:
    """The size that this share of the numbers stays below; what diverged is no number and does not count."""
    sizes = np.abs(values[np.isfinite(values)])
    return float(np.quantile(sizes, share)) if len(sizes) else 1.0


def _gone(values: Float[np.ndarray, "..."]) -> str:
    return "" if np.isfinite(values).all() else " · diverged"


def stable(kept: float, wanted: float) -> float:
    """The end of a colour scale: the old one as long as it suits, so that colours keep their meaning."""
    wanted = wanted or 1.0
    return kept if kept and kept / ROOM <= wanted <= kept * ROOM else wanted


def eight_bit(values: Float[np.ndarray, "rows columns"], low: float, high: float) -> UInt8[np.ndarray, "rows columns"]:
    """Values as the 256 steps that a screen shows: an eighth of the traffic of doubles. NaN is shown as 0."""
    known = np.clip(np.where(np.isnan(values), 0.0, values), low, high)
    return np.clip(np.rint((known - low) / (high - low) * 255), 0, 255).astype(np.uint8)


def strongest(values: Float[np.ndarray, "rows columns"]) -> Float[np.ndarray, "fewer some"]:
    """At most so many pixels along a side; each shows the value of greatest size among those that it covers."""
    for axis in (0, 1):
        step = -(-values.shape[axis] // MOST_PIXELS)
        if step > 1:
            edges = np.arange(0, values.shape[axis], step)
            top, bottom = np.maximum.reduceat(values, edges, axis), np.minimum.reduceat(values, edges, axis)
            values = np.where(top >= -bottom, top, bottom)
    return values


def softmax(values: Float[np.ndarray, "steps outputs"]) -> Float[np.ndarray, "steps outputs"]:
    """Log odds as probabilities; NaN where the odds are no numbers any more."""
    known = np.isfinite(values).all(-1, keepdims=True)
    odds = np.where(known, values, 0.0)
    odds = np.exp(odds - odds.max(-1, keepdims=True))
    return np.where(known, odds / odds.sum(-1, keepdims=True), np.nan)
