"""Trajectories: the path of the whole population through the directions in which its conditions differ most."""

from typing import Any, ClassVar

import numpy as np
from bokeh.models import ColumnDataSource, HoverTool

from app import look
from app.figures import Twin
from app.session import Selection
from app.subject import Subject, recording
from app.views.analysis_view import NOTHING, AnalysisView, bar, choice, grid, note, offer, pane, with_tools
from app.views.condition_colours import colours_of, legend
from app.views.population_twins import loadings_twin, trajectories_twin
from engine.analysis.trajectories import Trajectories, trajectories
from engine.analysis.variable_bins import bin_trials, find_variable

COMPONENTS = 6
PAIRS = {"PC 1 × 2": (0, 1), "PC 1 × 3": (0, 2), "PC 2 × 3": (1, 2)}
FRAME_PX = 330


class TrajectoriesView(AnalysisView):
    """Condition means along their principal components, and what every unit gives to these."""

    title: ClassVar[str] = "Trajectories"

    def build(self) -> list[Any]:
        self._answer: Trajectories | None = None
        self.variable = choice("Conditions", NOTHING, self.desk.ask, width=160)
        self.pair = choice("Axes", PAIRS, self._draw, width=120)
        self._lines = ColumnDataSource({"xs": [], "ys": [], "colour": [], "label": []})
        self._starts = ColumnDataSource({"x": [], "y": [], "colour": [], "label": []})
        self._ends = ColumnDataSource({"x": [], "y": [], "colour": [], "label": []})
        self._ring = ColumnDataSource({"x": [], "y": []})
        self._loadings = ColumnDataSource({"x": [], "y": [], "colour": [], "name": []})
        self._loadings.selected.on_change("indices", self._boxed_or_tapped)
        self._echo = False
        self._explained = ColumnDataSource({"x": [], "y": []})
        self.figure, self.loadings, self.explained = self._paths(), self._units(), self._bars()
        self.legend = note()
        return [
            bar(self.variable, self.pair),
            self.headed("Condition means in the space of their principal components", "trajectories", self._paths_twin),
            pane(self.figure),
            self.legend,
            self.headed("What every unit gives, and what the components explain", "loadings", self._loadings_twin),
            grid(2, pane(self.loadings), pane(self.explained)),
        ]

    def prepare(self, subject: Subject) -> None:
        offer(self.variable, {v.name.replace("_", " "): v.name for v in subject.experiment.task.variables})

    def question(self) -> str:
        return self.variable.value

    def answer(self, subject: Subject, question: str) -> Trajectories:
        made = recording(subject)
        variable = find_variable(subject.experiment.task, made.trials, question)
        bins = bin_trials(made.trials, variable, 24 if variable.kind == "circular" else 10)
        return trajectories(made.rates, bins, made.trials.epochs.dt_ms, COMPONENTS)

    def draw(self, subject: Subject, answer: Trajectories) -> str:
        self._answer = answer
        share = answer.axes.explained
        names = [f"PC {k + 1}" for k in range(len(share))]
        if list(self.explained.x_range.factors) != names:
            self.explained.x_range.factors = names
        self._explained.data = {"x": names, "y": share * 100}
        self.legend.object = legend(answer.bins)
        self._draw()
        return sentences(subject, answer)

    def mark(self, units: tuple[int, ...]) -> None:
        if list(self._loadings.selected.indices) != list(units):
            self._echo = True
            self._loadings.selected.indices = list(units)
            self._echo = False

    def _paths_twin(self, subject: Subject, answer: Trajectories) -> Twin:
        return trajectories_twin(answer, self._axes(answer), subject.experiment.to_link())

    def _loadings_twin(self, subject: Subject, answer: Trajectories) -> Twin:
        of = subject.connectome
        return loadings_twin(answer, self._axes(answer), of.names, of.signs, subject.experiment.to_link())

    def _axes(self, answer: Trajectories) -> tuple[int, int]:
        most = len(answer.axes.explained) - 1
        return min(self.pair.value[0], most), min(self.pair.value[1], most)

    def _draw(self) -> None:
        answer, subject = self._answer, self.subject
        if answer is None or subject is None:
            return
        i, j = self._axes(answer)
        points, colours, labels = answer.points, list(colours_of(answer.bins)), list(answer.bins.labels)
        x, y, many = points[:, :, i], points[:, :, j], points.shape[1] > 1
        self._lines.data = {"xs": list(x), "ys": list(y), "colour": colours, "label": labels}
        self._starts.data = {"x": x[:, 0], "y": y[:, 0], "colour": colours, "label": labels}
        nothing = {"x": [], "y": [], "colour": [], "label": []}
        self._ends.data = {"x": x[:, -1], "y": y[:, -1], "colour": colours, "label": labels} if many else nothing
        closed = np.arange(len(x) + (answer.bins.variable.kind == "circular")) % len(x)
        self._ring.data = {"x": [], "y": []} if many else {"x": x[closed, 0], "y": y[closed, 0]}
        share = answer.axes.explained * 100
        for axis, k in ((self.figure.xaxis, i), (self.figure.yaxis, j)):
            axis.axis_label = f"PC {k + 1} (a.u., {share[k]:.0f} % of the variance)"
        for axis, k in ((self.loadings.xaxis, i), (self.loadings.yaxis, j)):
            axis.axis_label = f"loading on PC {k + 1}"
        of = subject.connectome
        self._loadings.data = {
            "x": answer.axes.directions[i], "y": answer.axes.directions[j], "name": list(of.names),
            "colour": [look.sign_colour(int(sign)) for sign in of.signs],
        }  # fmt: skip

    def _boxed_or_tapped(self, _: str, __: list[int], new: list[int]) -> None:
        if self._echo or self.subject is None:
            return
        names = self.subject.connectome.names
        label = names[new[0]] if len(new) == 1 else f"{len(new)} units by loading" if new else ""
        self.desk.select(Selection(tuple(sorted(new)), label))

    def _paths(self) -> Any:
        plot = look.figure(
            "trajectories", "PC 1", "PC 2", frame_width=FRAME_PX, frame_height=FRAME_PX, match_aspect=True,
            tools="pan,box_zoom,reset", toolbar_location="above", active_drag="pan",
        )  # fmt: skip
        with_tools(look.zoom_by_wheel(plot))
        plot.line("x", "y", source=self._ring, line_color=look.QUIET, line_width=1)
        lines = plot.multi_line("xs", "ys", source=self._lines, line_color="colour", line_width=1.8)
        start = plot.scatter("x", "y", source=self._starts, marker="circle", size=8, color="colour")
        plot.scatter("x", "y", source=self._ends, marker="square", size=8, color="colour")
        plot.add_tools(HoverTool(renderers=[lines, start], tooltips=[("condition", "@label")]))
        return plot

    def _units(self) -> Any:
        plot = look.figure(
            "loadings", "loading on PC 1", "loading on PC 2", frame_width=180, frame_height=150,
            tools="tap,box_select,lasso_select,reset", toolbar_location="above", active_drag="box_select",
        )  # fmt: skip
        with_tools(plot)
        dots = plot.scatter(
            "x", "y", source=self._loadings, size=5, fill_color="colour", line_color=None, fill_alpha=0.8,
            nonselection_fill_alpha=0.15, selection_line_color=look.QUIET,
        )  # fmt: skip
        plot.add_tools(HoverTool(renderers=[dots], tooltips=[("unit", "@name")]))
        return plot

    def _bars(self) -> Any:
        plot = look.figure(
            "explained", "component", "variance explained (%)", x_range=[""], frame_width=180, frame_height=150
        )
        plot.y_range.start = 0
        plot.vbar("x", 0.7, "y", 0, source=self._explained, fill_color=look.network_colour(0), line_color=None)
        return plot


def sentences(subject: Subject, answer: Trajectories) -> str:
    """The main numbers of the picture."""
    share, name = answer.axes.explained, look.escaped(answer.bins.variable.name.replace("_", " "))
    said = (
        f"<b>Mean rates of {answer.bins.n} conditions</b> ({name}) of {subject.connectome.n:,} units, in the space of "
    )
    said += f"their principal components (a.u.). The first two explain {look.percent(float(share[:2].sum()))} of the "
    said += f"variance of these means, the first {len(share)} components explain {look.percent(float(share.sum()))}. "
    if answer.points.shape[1] > 1:
        return said + "● start, ■ end of the trial. " + " ".join(answer.remarks)
    return said + f"Every dot is the mean over all times with that {name}. " + " ".join(answer.remarks)
