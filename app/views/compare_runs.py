"""Two groups of runs: which blocks differ, by permutation over networks, as a map, a table and one CSV."""

from collections.abc import Hashable
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any, ClassVar

import numpy as np
import panel as pn
import panel_material_ui as pmui
from bokeh.models import ColumnDataSource, HoverTool
from matplotlib.figure import Figure

from app import look
from app.compared_runs import MOMENTS, Groups, compared, described, offered_runs
from app.figures import Twin, signed_matrix
from app.session import Session
from app.views.analysis_view import AnalysisView, Desk, bar, choice, show_only, waiting
from app.views.compare_panel import beside, under
from app.views.run_rows import TABLE_CSS
from engine.analysis.run_groups import SURE, GroupComparison

LEVELS = {"Area": "area", "Cell type": "type", "Area × type": "area_and_type"}
MEASURES = {"Mean |w|": "mean_strength", "Mean w": "mean", "Density": "density"}
TITLES = {"pre": "From", "post": "To", "mean_a": "A", "mean_b": "B", "difference": "B − A", "interval": "95 %",
          "p": "p", "q": "q", "sure": ""}  # fmt: skip
STAR = f"★ q < {SURE:g}"
MOST_STARS = 60  # blocks on a side up to which stars are drawn
CHOOSE = "Choose the runs of A and of B. Every network of a run counts; two networks in each group are the least."
ABOUT = (
    f"{STAR}: two-sided permutation of networks between the groups, corrected for all blocks (false discovery rate). "
    "Intervals: bootstrap over networks. Networks of one run share their task and settings, not their seeds."
)


@dataclass(frozen=True)
class Question:
    level: str
    measure: str
    moment: str


class RunGroupsPanel(AnalysisView):
    """The difference of every block with stars, and the numbers behind it."""

    title: ClassVar[str] = "Groups of runs"

    def build(self) -> list[Any]:
        ask = self.desk.ask
        self.level = choice("Blocks by", LEVELS, ask, width=130)
        self.measure = choice("Compare", MEASURES, ask, width=130)
        self.moment = choice("Weights", MOMENTS, ask, width=180)
        self._cells = ColumnDataSource({k: [] for k in ("pre", "post", "value", "star", "a", "b", "q")})
        self.mapper = look.signed_mapper(1.0)
        self.figure = self._map()
        self.table = pn.widgets.Tabulator(
            show_index=False, disabled=True, height=400, stylesheets=[TABLE_CSS], pagination=None, titles=TITLES,
            sizing_mode="stretch_width", layout="fit_data", theme="materialize", margin=(0, 8),
            widths={"sure": 34},
            text_align=dict.fromkeys(("mean_a", "mean_b", "difference", "interval", "p", "q"), "right"),
        )  # fmt: skip
        self.picture = pn.pane.Bokeh(self.figure, sizing_mode="stretch_width", height=400, margin=(2, 4))
        left = under(self.headed(f"<b>B − A</b>, {STAR}", "groups", self._twin), self.picture)
        right = under(self.headed("<b>All blocks</b>, the surest first", "blocks", self._twin), self.table)
        return [bar(self.level, self.measure, self.moment), beside(left, right)]

    def prepare(self, subject: Groups) -> None:
        """The choices are the same for all runs."""

    def question(self) -> Question:
        return Question(self.level.value, self.measure.value, self.moment.value)

    def answer(self, subject: Groups, question: Question) -> GroupComparison:
        return compared(subject, question.level, question.measure, question.moment)

    def draw(self, subject: Groups, answer: GroupComparison) -> str:
        names, extent = list(answer.names), float(np.abs(answer.map("difference")).max()) or 1.0
        self.figure.x_range.factors, self.figure.y_range.factors = names, names[::-1]
        self.figure.xaxis.major_label_orientation = 0.9 if max(map(len, names)) > 5 or len(names) > 8 else 0.0
        self.mapper.update(low=-extent, high=extent)
        found = answer.table()
        stars = np.where(found["q"] < SURE, "★" if len(names) <= MOST_STARS else "", "")
        self._cells.data = {
            "pre": found["pre"], "post": found["post"], "value": found["difference"], "star": stars,
            "a": found["mean_a"], "b": found["mean_b"], "q": found["q"],
        }  # fmt: skip
        self.table.value = rows_of(answer)
        return sentences(answer)

    def mark(self, units: tuple[int, ...]) -> None:
        """No unit is shown."""

    def _map(self) -> Any:
        plot = look.figure(
            "run_groups", "pre", "post", x_range=[""], y_range=[""], height=400, sizing_mode="stretch_width"
        )
        plot.grid.visible = False
        boxes = plot.rect(
            "pre", "post", 1, 1, source=self._cells, line_color=None,
            fill_color={"field": "value", "transform": self.mapper},
        )  # fmt: skip
        plot.text(
            "pre", "post", "star", source=self._cells, text_align="center", text_baseline="middle",
            text_font_size="11px", text_color=look.QUIET,
        )  # fmt: skip
        tips = [("", "@pre → @post"), ("A", "@a{0.0000}"), ("B", "@b{0.0000}"), ("B − A", "@value{0.0000}"),
                ("q", "@q{0.0000}")]  # fmt: skip
        plot.add_tools(HoverTool(renderers=[boxes], tooltips=tips))
        return plot

    def _twin(self, subject: Groups, answer: GroupComparison) -> Twin:
        return groups_twin(answer, self.measure.value)


class RunGroupsBox:
    """Two lists of runs to choose from, and the panel below them."""

    def __init__(self, session: Session):
        self.session = session
        self.panel = RunGroupsPanel(Desk(lambda _: None, self.ask, session.background.latest))
        self.first, self.second = (self._list(name) for name in "AB")
        self.said = look.note(CHOOSE, margin=(8, 8))
        self.below = waiting(self.said)
        self.layout = pn.Column(
            pn.Row(self.first, self.second, sizing_mode="stretch_width", margin=0), self.below, look.note(ABOUT),
            sizing_mode="stretch_width", margin=0,
        )  # fmt: skip

    def offer(self) -> None:
        """The runs that are kept by now; what is chosen stays chosen."""
        self.session.background.latest("runs to compare", offered_runs, self._offer, self._refuse)

    def ask(self) -> None:
        """Have the comparison made, unless it is on show."""
        groups = self._chosen()
        if not (groups.first and groups.second):
            show_only(self.below, [self.said])
            self.below.loading = False
            return
        question = self.panel.question()
        key = (groups, question)
        if self.panel.shown == key:
            self._put()
            return
        self.below.loading = True

        def work() -> tuple[Groups, GroupComparison]:
            return described(groups), self.panel.answer(groups, question)

        show, fail = partial(self._show, key), partial(self._fail, key)
        self.session.background.latest("compare runs", work, show, fail)

    def _chosen(self) -> Groups:
        return Groups(tuple(self.first.value), tuple(self.second.value))

    def _offer(self, runs: dict[str, str]) -> None:
        for select in (self.first, self.second):
            if select.options != runs:
                select.param.update(options=runs, value=[run for run in select.value if run in runs.values()])
        self.said.object = CHOOSE if runs else "No run with weights is kept yet: train some, then compare them here."

    def _show(self, key: Hashable, made: tuple[Groups, GroupComparison]) -> None:
        if key == (self._chosen(), self.panel.question()):  # else others were chosen meanwhile, or none
            self.panel.show(made[0], key, made[1])
            self._put()

    def _fail(self, key: Hashable, fault: Exception) -> None:
        if key == (self._chosen(), self.panel.question()):
            self._refuse(fault)

    def _refuse(self, fault: Exception) -> None:
        self.panel.refuse(fault)
        self._put()

    def _put(self) -> None:
        show_only(self.below, [self.panel.layout])
        self.below.loading = False

    def _list(self, name: str) -> pmui.MultiChoice:
        made = pmui.MultiChoice(
            label=f"{name}: runs", options={}, value=[], searchable=True, sizing_mode="stretch_width",
            margin=(10, 8, 4, 4), placeholder="type a part of a name",
        )  # fmt: skip
        made.param.watch(lambda _: self.ask(), "value")
        return made


def rows_of(answer: GroupComparison) -> Any:
    """The table as it is read: the surest block first."""
    found = answer.table().sort_values(["q", "p"], kind="stable")
    interval = [
        f"{look.number(low)} to {look.number(high)}" for low, high in zip(found["low"], found["high"], strict=True)
    ]
    shown = found.assign(interval=interval, sure=np.where(found["q"] < SURE, "★", ""))[list(TITLES)]
    return shown.assign(**{name: shown[name].map(look.number) for name in ("mean_a", "mean_b", "difference", "p", "q")})


def sentences(answer: GroupComparison) -> str:
    """The main numbers."""
    sure = answer.is_sure
    a, b = answer.networks
    of = [f"{look.counted(n, 'network')} of {look.counted(k, 'run')}" for n, k in zip((a, b), answer.runs, strict=True)]
    said = (
        f"<b>{int(sure.sum())} of {sure.size} blocks differ</b> (q < {SURE:g}; n = {a} and {b}: A {of[0]}, B {of[1]}). "
    )
    return said + " ".join(map(escape, answer.remarks))


def groups_twin(answer: GroupComparison, measure: str) -> Twin:
    """The map of differences for a paper; the CSV has every number of every block."""
    names, found = answer.names, answer.map("difference")
    label = {of: words for words, of in MEASURES.items()}[measure]

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        signed_matrix(axes, found, float(np.abs(found).max()) or 1.0, f"difference of {label}, B − A")
        for post, pre in np.argwhere(answer.is_sure):
            axes.plot(pre, post, marker="*", color="black", markersize=3, linewidth=0)
        axes.set_xticks(range(len(names)), names, rotation=40, ha="right")
        axes.set_yticks(range(len(names)), names)

    table = answer.table()
    return Twin("Groups of runs: B − A", draw, {name: table[name].to_numpy() for name in table}, "", 0.85)
