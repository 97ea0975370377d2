"""Activity: what the units do in time, in one trial or on average, and how that differs between conditions."""

from dataclasses import dataclass
from html import escape
from typing import Any, ClassVar

import numpy as np
import panel_material_ui as pmui
from bokeh.models import ColumnDataSource

from app import look
from app.figures import Twin
from app.subject import Subject, recording, trial_of
from app.views.analysis_view import NOTHING, AnalysisView, bar, choice, filled, grid, note, offer, pane
from app.views.condition_colours import colours_of, legend
from app.views.twins import raster_twin, traces_twin
from app.views.unit_rows import UnitRows
from engine.analysis.connectivity import order_by_area_and_type
from engine.analysis.rates import Rates, rates
from engine.analysis.variable_bins import Bins, all_trials, bin_trials, find_variable
from engine.recording import Recording

TRACES = 4
MOST_CONDITIONS = 10
ALL = "all trials"


@dataclass(frozen=True, eq=False)
class Answer:
    recording: Recording
    bins: Bins
    rates: Rates


class ActivityView(AnalysisView):
    """A raster of all units and the traces of some, by condition."""

    title: ClassVar[str] = "Activity"

    def build(self) -> list[Any]:
        self._answer: Answer | None = None
        self.variable = choice("Conditions", NOTHING, self.desk.ask, width=150)
        self.picture = choice("Raster", {"mean": 0}, self._draw_raster, width=180)
        self.trial = pmui.IntInput(
            label="Trial", value=1, start=1, end=1, width=90, size="small", margin=4, visible=False
        )
        self.trial.param.watch(lambda _: self._draw_raster(), "value")
        self.rows = UnitRows("raster", "time (ms)", "rate (a.u.)", self.desk.select, 400, 270)
        self._epochs = ColumnDataSource({"x": [], "name": [], "y": []})
        self.rows.figure.vspan("x", source=self._epochs, line_color=look.QUIET, line_dash="dashed", line_alpha=0.9)
        self.epochs = note()
        self.legend = note()
        self.traces = tuple(Trace(k, self._epochs) for k in range(TRACES))
        self.grid = grid(2, *(trace.pane for trace in self.traces))
        return [
            bar(self.variable, self.picture, self.trial),
            self.epochs,
            self.headed("Rates of all units", "raster", self._raster_twin),
            pane(self.rows.figure),
            self.headed("Rates by condition", "traces", self._traces_twin),
            self.legend,
            self.grid,
        ]

    def prepare(self, subject: Subject) -> None:
        task = subject.experiment.task
        fixed = {v.name.replace("_", " "): v.name for v in task.variables if v.name in _conditions(subject)}
        offer(self.variable, {**fixed, ALL: ""})

    def question(self) -> str:
        return self.variable.value

    def answer(self, subject: Subject, question: str) -> Answer:
        made = recording(subject)
        if question:
            variable = find_variable(subject.experiment.task, made.trials, question, per_trial=True)
            bins = bin_trials(made.trials, variable, MOST_CONDITIONS)
        else:
            bins = all_trials(made.trials)
        return Answer(made, bins, rates(made, bins, names=subject.connectome.names))

    def draw(self, subject: Subject, answer: Answer) -> str:
        self._answer = answer
        found, trials = answer.rates, answer.recording.trials
        means = {f"mean · {label}": k for k, label in enumerate(answer.bins.labels)}
        offer(self.picture, {**means, "one trial": -1})
        self.trial.end = trials.n
        spans = [(name, trials.epochs[name]) for name in found.epochs]
        dt = trials.epochs.dt_ms
        self._epochs.data = {"x": [s.start * dt for _, s in spans if s.start], "name": [], "y": []} | {
            "name": [n for n, s in spans if s.start], "y": [0 for _, s in spans if s.start],
        }  # fmt: skip
        told = " → ".join(f"{escape(n)} {s.start * dt:g}–{s.stop * dt:g}" for n, s in spans)
        self.epochs.object = f"Epochs (ms): {told}"
        self.legend.object = legend(answer.bins) + " · band: standard error over trials"
        self._draw_raster()
        return sentences(subject, answer)

    def mark(self, units: tuple[int, ...]) -> None:
        self.marked = units
        self.rows.mark(units)
        if self._answer is None or self.subject is None:
            return
        for trace, unit in zip(self.traces, filled(units, most_modulated(self._answer.rates)), strict=False):
            trace.show(self._answer, unit, self.subject, unit in units)

    def _raster_twin(self, subject: Subject, answer: Answer) -> Twin:
        picture, span, order, limit = self._picture(answer, subject)
        names = [subject.connectome.names[unit] for unit in order]
        marks, link = self._epochs.data["x"], subject.experiment.to_link()
        return raster_twin(picture[order], span, marks, names, "time (ms)", "rate (a.u.)", limit, link)

    def _traces_twin(self, subject: Subject, answer: Answer) -> Twin:
        units = filled(self.marked, most_modulated(answer.rates))[:TRACES]
        return traces_twin(answer.rates, answer.bins, units, subject.experiment.to_link())

    def _picture(self, answer: Answer, subject: Subject) -> tuple[np.ndarray, tuple[float, float], np.ndarray, float]:
        """The rates that the raster shows, the time that they span, the order of the units and the full colour."""
        found = answer.rates
        if self.picture.value == -1:
            picture = answer.recording.rates[min(self.trial.value, self.trial.end) - 1].numpy().T
        else:
            picture = found.mean[min(self.picture.value, len(found.mean) - 1)].T
        span = (0.0, float(answer.recording.trials.epochs.dt_ms * picture.shape[1]))
        limit = float(np.quantile(np.abs(found.mean), 0.995)) or 1.0
        return picture, span, order_by_area_and_type(subject.connectome).units, limit

    def _draw_raster(self) -> None:
        answer, subject = self._answer, self.subject
        if answer is None or subject is None:
            return
        self.trial.visible = self.picture.value == -1
        picture, span, order, limit = self._picture(answer, subject)
        self.rows.show(picture, span, order, subject.connectome.names, subject.connectome.signs, limit)


class Trace:
    """The mean rate of one unit in every condition, with its standard error."""

    def __init__(self, number: int, epochs: ColumnDataSource):
        self._lines = ColumnDataSource({"xs": [], "ys": [], "colour": []})
        self._bands = ColumnDataSource({"xs": [], "ys": [], "colour": []})
        self.figure = look.figure(
            f"trace_{number}", "time (ms)", "rate (a.u.)", frame_width=186, frame_height=105, title=" "
        )
        self.figure.xaxis.ticker.desired_num_ticks = 4
        self.figure.vspan("x", source=epochs, line_color=look.QUIET, line_dash="dashed", line_alpha=0.7)
        self.figure.patches("xs", "ys", source=self._bands, fill_color="colour", fill_alpha=0.2, line_color=None)
        self.figure.multi_line("xs", "ys", source=self._lines, line_color="colour", line_width=1.6)
        self.pane = pane(self.figure)

    def show(self, answer: Answer, unit: int, subject: Subject, is_marked: bool) -> None:
        """Draw this unit."""
        found, colours = answer.rates, list(colours_of(answer.bins))
        time, mean, sem = found.time_ms, found.mean[:, :, unit], found.sem[:, :, unit]
        self._lines.data = {"xs": [time] * len(mean), "ys": list(mean), "colour": colours}
        self._bands.data = {
            "xs": [np.concatenate([time, time[::-1]])] * len(mean),
            "ys": [np.concatenate([m - s, (m + s)[::-1]]) for m, s in zip(mean, sem, strict=True)],
            "colour": colours,
        }
        of = subject.connectome
        parts = dict.fromkeys((of.names[unit], of.areas[unit], of.types[unit]))
        self.figure.title.text = "▸ " * is_marked + " · ".join(parts)


def most_modulated(found: Rates) -> tuple[int, ...]:
    """The units whose condition means vary most, to show something telling when nothing is marked."""
    return tuple(np.argsort(-np.ptp(found.mean, axis=(0, 1)))[:TRACES].tolist())


def sentences(subject: Subject, answer: Answer) -> str:
    """The main numbers of the picture."""
    found, trials = answer.rates, answer.recording.trials
    said = f"<b>Rates of {subject.connectome.n:,} units</b> (arbitrary units, noise off) on {trials.n} trials of "
    said += f"{trials.steps * trials.epochs.dt_ms:g} ms. Mean rate {look.number(float(found.mean_by_epoch.mean()))}; "
    said += f"{look.percent(found.silent_share)} of the units are silent"
    said += f", {int(found.is_constant.sum())} never change." if found.is_constant.any() else "."
    return said + " Traces: ▸ marked units, then those that vary most."


def _conditions(subject: Subject) -> set[str]:
    """Variables with one value per trial, seen in one trial of the task."""
    return set(trial_of(subject.experiment).conditions)
