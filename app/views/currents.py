"""Currents: through which pathway a population is driven over a trial, in every condition."""

from dataclasses import dataclass
from html import escape
from typing import Any, ClassVar

import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource

from app import look
from app.figures import Twin
from app.session import Selection
from app.subject import Subject, question_to, recording, trial_of
from app.views.analysis_view import NOTHING, AnalysisView, bar, choice, note, offer, pane, show_only
from app.views.currents_figure import (
    NET,
    Drive,
    DrivePicture,
    drive_colours,
    drive_of,
    drive_twin,
    limits_of,
)
from engine.analysis import CurrentsAnalysis
from engine.analysis.block_levels import LEVELS, groups_at
from engine.analysis.population_currents import Currents, CurrentsByCondition

MOST_CONDITIONS, MOST_VALUES = 6, 24  # panels; values of a variable that are not put into bins
TITLES = {"area": "Area", "type": "Cell type", "layer": "Layer", "area_layer": "Area × layer",
          "population": "Population"}  # fmt: skip
LINES, STACKED = "Lines", "Stacked"
ABOUT = (
    "What all units of a population send to one unit of the target, mean over its units and the trials of a condition "
    "(arbitrary units, noise off). A tap on a trace marks the units that it comes from."
)


@dataclass(frozen=True, eq=False)
class Answer:
    """`labels` name the conditions, one for each of `each`."""

    level: str
    labels: tuple[str, ...]
    each: tuple[Currents, ...]
    whole: Currents | CurrentsByCondition


class CurrentsView(AnalysisView):
    """Traces by source into one target, a panel for each condition, all on one scale."""

    title: ClassVar[str] = "Currents"

    def build(self) -> list[Any]:
        self.level = choice("Populations", NOTHING, self.desk.ask, width=115)
        self.target = choice("Into", NOTHING, self._draw, width=130)
        self.variable = choice("Conditions", NOTHING, self.desk.ask, width=130)
        self.way = choice("Draw", [LINES, STACKED], self._draw, width=100)
        self.pictures = [DrivePicture(k, self._tapped) for k in range(MOST_CONDITIONS)]
        self._epochs = ColumnDataSource({"x": []})
        for picture in self.pictures:
            picture.figure.vspan("x", source=self._epochs, line_color=look.QUIET, line_dash="dashed", line_alpha=0.7)
        self.panes = [pane(picture.figure) for picture in self.pictures]
        self.grid = pn.GridBox(ncols=2, margin=0)
        self.legend = note()
        return [
            bar(self.level, self.target, self.variable, self.way),
            self.headed("Currents by source", "currents", self._twin),
            self.legend,
            self.grid,
            note(ABOUT),
        ]

    def prepare(self, subject: Subject) -> None:
        groups = {level: groups_at(subject.connectome, level) for level in reversed(LEVELS)}
        told = {TITLES[level]: level for level, of in groups.items() if of and len({*of}) > 1}
        offer(self.level, told or {TITLES["area"]: "area"})
        fixed = set(trial_of(subject.experiment).conditions)
        known = {v.name.replace("_", " "): v.name for v in subject.experiment.task.variables if v.name in fixed}
        offer(self.variable, {**known, "all trials": ""})

    def question(self) -> CurrentsAnalysis:
        return CurrentsAnalysis(level=self.level.value, variable=self.variable.value, bins=MOST_CONDITIONS)

    def answer(self, subject: Subject, question: CurrentsAnalysis) -> Answer:
        made = recording(subject)
        values = made.trials.conditions.get(question.variable)
        seen = 0 if values is None else len(values.unique())
        if MOST_CONDITIONS < seen <= MOST_VALUES:  # else their bins would be named by values that no trial has
            question = question.with_value("bins", seen)
        found = question.compute(question_to(subject, made))
        if isinstance(found, Currents):
            return Answer(question.level, ("all trials",), (found,), found)
        n = len(found.each)  # categories and values are never put together
        shown = range(n) if n <= MOST_CONDITIONS else np.linspace(0, n - 1, MOST_CONDITIONS).round().astype(int)
        labels, each = (tuple(of[k] for k in shown) for of in (found.bins.labels, found.each))
        return Answer(question.level, labels, each, found)

    def draw(self, subject: Subject, answer: Answer) -> str:
        offer(self.target, {name: name for name in answer.each[0].names})
        epochs = trial_of(subject.experiment).epochs
        self._epochs.data = {"x": [epochs[e].start * epochs.dt_ms for e in epochs if epochs[e].start]}
        show_only(self.grid, self.panes[: len(answer.each)])
        self._draw()
        return sentences(subject, answer, self._drives(answer))

    def mark(self, units: tuple[int, ...]) -> None:
        self.marked = units
        self._emphasise()

    def _drives(self, answer: Answer) -> tuple[Drive, ...]:
        return drive_of(answer.each, self.target.value)

    def _draw(self) -> None:
        if self.given is None or self.subject is None or self.target.value not in self.given.each[0].names:
            return
        drives, stacked = self._drives(self.given), self.way.value == STACKED
        low, high = limits_of(drives, stacked)
        for picture, label, drive in zip(self.pictures, self.given.labels, drives, strict=False):
            picture.show(drive, label, stacked, (low, high))
        named = drive_colours(drives[0]).items()
        self.legend.object = " ".join(
            f"<span style='white-space:nowrap;margin-right:9px'><span style='color:{colour}'>■</span>&nbsp;"
            f"{escape(name)}</span>" for name, colour in named
        )  # fmt: skip
        self._emphasise()

    def _emphasise(self) -> None:
        """Traces of populations that hold marked units are thick."""
        if self.given is None or self.subject is None:
            return
        groups = groups_at(self.subject.connectome, self.given.level) or ()
        held = {groups[unit] for unit in self.marked if unit < len(groups)}
        for picture in self.pictures[: len(self.given.each)]:
            picture.emphasise(held)

    def _tapped(self, source: str) -> None:
        if self.given is None or self.subject is None:
            return
        groups = groups_at(self.subject.connectome, self.given.level) or ()
        units = tuple(k for k, group in enumerate(groups) if group == source)
        if units:
            self.desk.select(Selection(units, source))

    def _twin(self, subject: Subject, answer: Answer) -> Twin:
        table = answer.whole.table()
        numbers = {str(name): table[name].to_numpy() for name in table}
        drives = self._drives(answer)
        return drive_twin(
            drives, answer.labels, self.target.value, self.way.value == STACKED, numbers, subject.experiment.to_link()
        )


def sentences(subject: Subject, answer: Answer, drives: tuple[Drive, ...]) -> str:
    """The main numbers: which source drives the target most."""
    size = np.mean([np.abs(drive.traces).mean(1) for drive in drives], 0)
    named = [(value, name) for value, name in zip(size, drives[0].names, strict=True) if name != NET]
    (most, first), *_ = sorted(named, reverse=True)
    said = f"<b>{escape(drives[0].target)} receives most from {escape(first)}</b> (mean |current| {look.number(most)} "
    said += f"per unit), of {look.counted(len(answer.each[0].names), 'population')} and what comes from outside. "
    few = len(getattr(answer.whole, "each", answer.each)) - len(answer.each)
    return said + (f"{few} more conditions are in the CSV. " if few else "")
