"""Behaviour: what the network chooses, how sure one can be of that, and how far it is from chance and from the best."""

from dataclasses import dataclass, replace
from html import escape
from typing import Any, ClassVar

import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource, HoverTool, Range1d, Span

from app import look
from app.figures import Twin
from app.subject import Subject, held_out_recording, trial_of
from app.views.analysis_view import NOTHING, AnalysisView, bar, choice, offer, pane, show_only, with_tools
from app.views.population_twins import accuracy_twin, psychometric_twin
from engine.analysis.accuracy import Accuracy, accuracy
from engine.analysis.psychometric import Psychometric, psychometric
from engine.analysis.variable_bins import all_trials, bin_trials, find_variable
from engine.component import Invalid
from engine.randomness import numpy_stream

MOST_CONDITIONS = 12
RISES = 0.1  # a fitted curve that rises less says nothing about midpoint and threshold
EMPTY = {"x": [], "y": [], "low": [], "high": [], "label": [], "n": []}


@dataclass(frozen=True, eq=False)
class Answer:
    psychometric: Psychometric | None
    ideal: Psychometric | None
    accuracy: Accuracy


class BehaviourView(AnalysisView):
    """The psychometric curve of a task with a choice; the accuracy by condition of every task."""

    title: ClassVar[str] = "Behaviour"

    def build(self) -> list[Any]:
        self.variable = choice("Accuracy by", NOTHING, self.desk.ask, width=170)
        self._choices, self._fit = ColumnDataSource(dict(EMPTY)), ColumnDataSource({"x": [], "y": []})
        self._best = ColumnDataSource({"x": [], "y": []})
        self._scores = ColumnDataSource({**EMPTY, "ideal": []})
        self.curve, self.scores = self._curve(), self._bars()
        self.curve_pane = pane(self.curve, sizing_mode="stretch_width")
        self.choices = pn.Column(margin=0)
        self.curve_head = self.headed("Psychometric curve", "psychometric", self._curve_twin)
        return [
            bar(self.variable),
            self.choices,
            self.headed("Accuracy by condition", "accuracy", self._scores_twin),
            pane(self.scores, sizing_mode="stretch_width"),
        ]

    def prepare(self, subject: Subject) -> None:
        known = trial_of(subject.experiment).conditions
        fixed = {v.name.replace("_", " "): v.name for v in subject.experiment.task.variables if v.name in known}
        offer(self.variable, {**fixed, "all trials": ""})

    def question(self) -> str:
        return self.variable.value

    def answer(self, subject: Subject, question: str) -> Answer:
        made, task = held_out_recording(subject), subject.experiment.task
        if question:
            bins = bin_trials(made.trials, find_variable(task, made.trials, question, per_trial=True), MOST_CONDITIONS)
        else:
            bins = all_trials(made.trials)
        found = best = None
        if task.psychometric_variable is not None:
            found = psychometric(made, task, numpy_stream(0, "explore"), bootstraps=100)
            best = psychometric(_by_the_best(made, task), task, numpy_stream(0, "explore"), bootstraps=0)
        return Answer(found, best, accuracy(made, task, bins))

    def draw(self, subject: Subject, answer: Answer) -> str:
        show_only(self.choices, [self.curve_head, self.curve_pane] if answer.psychometric is not None else [])
        if answer.psychometric is not None:
            self._draw_curve(answer.psychometric, answer.ideal, subject)
        found = answer.accuracy
        labels = list(found.bins.labels)
        if list(self.scores.x_range.factors) != labels:
            self.scores.x_range.factors = labels
        self._scores.data = {
            "x": labels, "label": labels, "y": 100 * found.accuracy, "low": 100 * found.low, "high": 100 * found.high,
            "n": found.n, "ideal": 100 * found.ideal,
        }  # fmt: skip
        self.scores.xaxis.axis_label = found.bins.variable.name.replace("_", " ")
        self.scores.xaxis.major_label_orientation = 0.7 if sum(map(len, labels)) > 50 else "horizontal"
        self._chance.location = 100 * found.chance
        return sentences(subject, answer)

    def mark(self, units: tuple[int, ...]) -> None:
        """Behaviour belongs to no single unit."""

    def _curve_twin(self, subject: Subject, answer: Answer) -> Twin:
        if answer.psychometric is None:
            raise Invalid("This task has no psychometric curve.")
        x, y = self.curve.xaxis[0].axis_label, self.curve.yaxis[0].axis_label
        return psychometric_twin(answer.psychometric, answer.ideal, x, y, subject.experiment.to_link())

    def _scores_twin(self, subject: Subject, answer: Answer) -> Twin:
        return accuracy_twin(answer.accuracy, self.scores.xaxis[0].axis_label, subject.experiment.to_link())

    def _draw_curve(self, found: Psychometric, best: Psychometric | None, subject: Subject) -> None:
        self._choices.data = {
            "x": found.strength, "y": 100 * found.proportion, "low": 100 * found.low, "high": 100 * found.high,
            "n": found.n, "label": [f"{look.number(v)} {found.variable.unit}" for v in found.strength],
        }  # fmt: skip
        x = np.linspace(found.strength.min(), found.strength.max(), 200)
        self._fit.data = (
            {"x": x, "y": 100 * found.fit(x)} if found.fit and np.ptp(found.fit(x)) > RISES else {"x": [], "y": []}
        )
        self._best.data = {"x": x, "y": 100 * best.fit(x)} if best and best.fit else {"x": [], "y": []}
        name, outputs = found.variable.name, subject.experiment.task.output_names
        self.curve.xaxis.axis_label = f"{name} ({found.variable.unit})" if found.variable.unit else name
        self.curve.yaxis.axis_label = f"choices “{outputs[-1]}” (%)"

    def _curve(self) -> Any:
        plot = look.figure(
            "psychometric", "strength", "choices (%)", sizing_mode="stretch_width", frame_height=220,
            y_range=Range1d(-3, 103), tools="pan,box_zoom,reset", toolbar_location="above",
        )  # fmt: skip
        with_tools(plot)
        for dimension, at in (("width", 50), ("height", 0)):
            plot.add_layout(
                Span(dimension=dimension, location=at, line_color=look.QUIET, line_dash="dashed", line_alpha=0.7)
            )
        plot.line("x", "y", source=self._best, line_color=look.QUIET, line_width=1.5, line_dash="dotted")
        plot.line("x", "y", source=self._fit, line_color=look.network_colour(0), line_width=2)
        plot.segment("x", "low", "x", "high", source=self._choices, line_color=look.network_colour(0))
        dots = plot.scatter("x", "y", source=self._choices, size=7, color=look.network_colour(0))
        tips = [("strength", "@label"), ("choices", "@y{0.0} % (@low{0.0} to @high{0.0} %)"), ("trials", "@n")]
        plot.add_tools(HoverTool(renderers=[dots], tooltips=tips))
        return plot

    def _bars(self) -> Any:
        plot = look.figure(
            "accuracy", "condition", "accuracy (%)", x_range=["all trials"], y_range=Range1d(0, 103),
            sizing_mode="stretch_width", frame_height=150,
        )  # fmt: skip
        dots = plot.vbar(
            "x", 0.62, "y", 0, source=self._scores, fill_color=look.network_colour(0), fill_alpha=0.55, line_color=None
        )
        plot.segment("x", "low", "x", "high", source=self._scores, line_color=look.QUIET, line_width=1.5)
        plot.scatter("x", "ideal", source=self._scores, marker="dash", size=22, line_color=look.QUIET, line_width=2)
        self._chance = Span(dimension="width", location=50, line_color=look.QUIET, line_dash="dashed")
        plot.add_layout(self._chance)
        tips = [
            ("condition", "@label"),
            ("accuracy", "@y{0.0} % (@low{0.0} to @high{0.0} %)"),
            ("ideal", "@ideal{0.0} %"),
            ("trials", "@n"),
        ]
        plot.add_tools(HoverTool(renderers=[dots], tooltips=tips))
        return plot


def _by_the_best(made: Any, task: Any) -> Any:
    """The same recording with the outputs of the ideal observer."""
    return replace(made, outputs=task.ideal(made.trials))


def sentences(subject: Subject, answer: Answer) -> str:
    """The main numbers of the picture."""
    found, task = answer.accuracy, subject.experiment.task
    said = f"<b>Accuracy {100 * found.overall:.3g} %</b> on {_which(subject, int(found.n.sum()))}, unit noise off; "
    said += f"ideal observer {100 * found.overall_ideal:.3g} %, chance {look.percent(found.chance)} (dashed). "
    said += f"{escape(task.accuracy_is)} "
    curve = answer.psychometric
    if curve is not None and curve.fit is not None and np.ptp(curve.fit(curve.strength)) > RISES:
        unit = curve.variable.unit
        said += f"Choices: midpoint {_with_interval(curve, 'midpoint')} {unit}, threshold (75 %) "
        said += (
            f"{_with_interval(curve, 'threshold')} {unit}; bars are {look.percent(curve.confidence)} Wilson intervals, "
        )
        said += "dotted: the ideal observer. "
        said += f"Lapses: {_with_interval(curve, 'low_lapse', 100)} % on the left, "
        said += f"{_with_interval(curve, 'high_lapse', 100)} % on the right. "
        said += " ".join(escape(remark) for remark in curve.remarks)
    elif curve is not None:
        said += "No rising curve fits these choices. "
    elif task.psychometric_variable is None:
        said += "This task has no choice between two sides, so it has no psychometric curve. "
    return said


def _which(subject: Subject, n: int) -> str:
    """The trials that were counted."""
    held_out = subject.experiment.training.evaluation_trials
    return f"the {n:,} held-out trials of training" if n == held_out else f"{n:,} of the {held_out:,} held-out trials"


def _with_interval(curve: Psychometric, name: str, times: float = 1) -> str:
    value = look.number(times * getattr(curve.fit, name))
    if name not in curve.intervals:
        return value
    low, high = curve.intervals[name]
    return f"{value} ({look.number(times * low)} to {look.number(times * high)})"
