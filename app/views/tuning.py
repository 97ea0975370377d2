"""Tuning: what every unit prefers, how sharply, and whether that is more than chance."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import panel as pn
from bokeh.models import ColumnDataSource, FixedTicker, HoverTool, Range1d

from app import look
from app.figures import Twin
from app.session import Selection
from app.subject import Subject, recording, trial_of
from app.views.analysis_view import (
    NOTHING,
    AnalysisView,
    Desk,
    bar,
    choice,
    filled,
    grid,
    offer,
    pane,
    show_only,
    with_tools,
)
from app.views.tuning_curves import (
    CURVES,
    SHUFFLES,
    Curve,
    axis_label,
    most_tuned,
    rows_of,
    sentences,
    short_labels,
    tell_bins,
)
from app.views.tuning_twins import curves_twin, rows_twin, units_twin
from app.views.unit_rows import UnitRows
from engine.analysis.tuning import Tuning, tuning
from engine.analysis.variable_bins import bin_trials, find_variable
from engine.randomness import torch_stream

PICTURE_PX = 205
BINS = {"circular": 24, "linear": 12, "categorical": 64}
SMALL = """
:host .tabulator { font-size: 12px; background: transparent; border: none; }
.tabulator-header .tabulator-col .tabulator-col-content { padding: 4px 5px !important; }
.tabulator-header .tabulator-col-title { white-space: normal !important; padding-right: 12px !important; }
.tabulator-row .tabulator-cell { padding: 6px 5px !important; }
.tabulator-row.tabulator-selectable:hover { background: rgba(138, 143, 152, .2) !important; color: inherit !important; }
.tabulator-row.tabulator-selected { background: rgba(74, 168, 224, 0.25) !important; color: inherit !important; }
.tabulator-row:hover .tabulator-cell, .tabulator-row.tabulator-selected .tabulator-cell { color: inherit !important; }
"""
HEADS = {"depth": "depth (a.u.)", "split_half_reliability": "reliability", "q": "q (FDR)"}


@dataclass(frozen=True)
class Question:
    variable: str
    epoch: str


class TuningView(AnalysisView):
    """All units sorted by preference, the preferred directions, single curves and a table."""

    title: ClassVar[str] = "Tuning"

    def __init__(self, desk: Desk):
        self._answer: Tuning | None = None
        self._echo = False
        super().__init__(desk)

    def build(self) -> list[Any]:
        self.variable = choice("Variable", NOTHING, self.desk.ask, width=150)
        self.epoch = choice("Epoch", NOTHING, self.desk.ask, width=140)
        self.rows = UnitRows(
            "tuning_of_all_units",
            "variable",
            "rate, each unit from its lowest to its highest",
            self.desk.select,
            PICTURE_PX,
            PICTURE_PX,
        )
        self._vectors = ColumnDataSource(
            {"x": [], "y": [], "name": [], "preferred": [], "length": [], "colour": [], "alpha": []}
        )
        self._vectors.selected.on_change("indices", self._taken)
        self.ring = self._ring()
        self.rows_pane, self.ring_pane = pane(self.rows.figure), pane(self.ring)
        self.curves = tuple(Curve(k) for k in range(CURVES))
        self.pictures, self.grid = grid(2), grid(3, *(curve.pane for curve in self.curves))
        self.table = pn.widgets.Tabulator(
            pd.DataFrame(), show_index=False, disabled=True, pagination="local", page_size=8, selectable=True,
            layout="fit_columns", sizing_mode="stretch_width", margin=(4, 8), theme="simple",
            stylesheets=[SMALL],
        )  # fmt: skip
        self.table.param.watch(self._row_taken, "selection")
        return [
            bar(self.variable, self.epoch),
            self.headed("All units, sorted by what they prefer", "tuning", self._rows_twin),
            self.pictures,
            self.headed("Tuning curves", "tuning_curves", self._curves_twin),
            self.grid,
            self.headed("Shape and significance of tuning", "tuning_of_units", self._units_twin),
            self.table,
        ]

    def prepare(self, subject: Subject) -> None:
        offer(self.variable, {v.name.replace("_", " "): v.name for v in subject.experiment.task.variables})
        epochs = trial_of(subject.experiment).epochs
        offer(self.epoch, {"scored steps": "", **{e: e for e in epochs if epochs[e].stop > epochs[e].start}})

    def question(self) -> Question:
        return Question(self.variable.value, self.epoch.value)

    def answer(self, subject: Subject, question: Question) -> Tuning:
        made = recording(subject)
        variable = find_variable(subject.experiment.task, made.trials, question.variable)
        bins = bin_trials(made.trials, variable, BINS[variable.kind])
        rng = torch_stream(0, "explore")
        return tuning(made, bins, rng, question.epoch, SHUFFLES, names=subject.connectome.names)

    def draw(self, subject: Subject, answer: Tuning) -> str:
        self._answer = answer
        self._draw_rows(subject, answer)
        show_only(self.pictures, [self.rows_pane] + [self.ring_pane] * (answer.vector is not None))
        if answer.vector is not None:
            self._draw_ring(subject, answer)
        self._draw_table(answer)
        return sentences(subject, answer)

    def mark(self, units: tuple[int, ...]) -> None:
        self.marked = units
        self.rows.mark(units)
        if self._answer is None or self.subject is None:
            return
        self._echo = True
        if list(self._vectors.selected.indices) != list(units):
            self._vectors.selected.indices = list(units)
        if list(self.table.selection) != list(units):
            self.table.selection = list(units)
        self._echo = False
        for curve, unit in zip(self.curves, filled(units, most_tuned(self._answer)), strict=False):
            curve.show(self._answer, unit, unit in units)

    def _rows_twin(self, subject: Subject, answer: Tuning) -> Twin:
        return rows_twin(answer, answer.order().units, subject.experiment.to_link())

    def _curves_twin(self, subject: Subject, answer: Tuning) -> Twin:
        units = filled(self.marked, most_tuned(answer))[:CURVES]
        return curves_twin(answer, units, subject.experiment.to_link())

    def _units_twin(self, subject: Subject, answer: Tuning) -> Twin:
        return units_twin(answer, subject.connectome.signs, subject.experiment.to_link())

    def _draw_rows(self, subject: Subject, answer: Tuning) -> None:
        scaled, span = rows_of(answer)
        of = subject.connectome
        self.rows.show(scaled, span, answer.order().units, of.names, of.signs, 1.0)
        axis, bins = self.rows.figure.xaxis[0], answer.bins
        axis.axis_label = axis_label(answer)
        if bins.variable.kind == "circular":
            axis.update(ticker=FixedTicker(ticks=[0, 90, 180, 270]), major_label_overrides={})
            axis.major_label_orientation = "horizontal"
        else:
            tell_bins(axis, [k + 0.5 for k in range(bins.n)], short_labels(bins), PICTURE_PX)

    def _draw_ring(self, subject: Subject, answer: Tuning) -> None:
        angle = 2 * np.pi * answer.preferred / answer.bins.variable.period
        length = answer.vector.length
        self._vectors.data = {
            "x": length * np.cos(angle), "y": length * np.sin(angle), "name": list(answer.names),
            "preferred": answer.preferred, "length": length,
            "colour": [look.sign_colour(int(sign)) for sign in subject.connectome.signs],
            "alpha": np.where(answer.is_tuned, 0.85, 0.2),
        }  # fmt: skip

    def _draw_table(self, answer: Tuning) -> None:
        table = answer.unit_table()
        of, unit = answer.bins.column, answer.bins.variable.unit
        in_unit = f" ({unit})" if unit else ""
        heads = {
            "unit": "unit", f"preferred_{of}": f"preferred{in_unit}", f"half_width_of_{of}": f"half width{in_unit}",
            "mean_vector_length": "vector length", **HEADS,
        }  # fmt: skip
        kept = {old: new for old, new in heads.items() if old in table}
        shown = table[list(kept)].rename(columns=kept).round(3)
        self._echo = True
        self.table.value = shown
        self._echo = False

    def _ring(self) -> Any:
        plot = look.figure(
            "preferred_directions", "vector length · cos", "vector length · sin", frame_width=150, frame_height=150,
            x_range=Range1d(-1.05, 1.05), y_range=Range1d(-1.05, 1.05), title="preferred direction",
            tools="tap,box_select,lasso_select,reset", toolbar_location="above", active_drag="box_select",
        )  # fmt: skip
        with_tools(plot)
        plot.circle(0, 0, radius=[0.5, 1.0], fill_color=None, line_color=look.QUIET, line_alpha=0.5)
        dots = plot.scatter(
            "x", "y", source=self._vectors, size=6, fill_color="colour", fill_alpha="alpha", line_color=None,
            nonselection_fill_alpha=0.12, selection_line_color=look.QUIET,
        )  # fmt: skip
        tips = [("unit", "@name"), ("preferred", "@preferred{0.}°"), ("vector length", "@length{0.00}")]
        plot.add_tools(HoverTool(renderers=[dots], tooltips=tips))
        return plot

    def _taken(self, _: str, __: list[int], new: list[int]) -> None:
        if not self._echo and self._answer is not None:
            self._say(new, "by preference")

    def _row_taken(self, event: Any) -> None:
        if not self._echo and self._answer is not None:
            self._say(event.new, "of the table")

    def _say(self, units: list[int], how: str) -> None:
        names = self._answer.names if self._answer else ()
        label = names[units[0]] if len(units) == 1 else f"{len(units)} units {how}" if units else ""
        self.desk.select(Selection(tuple(sorted(units)), label))
