"""Every number of two wirings and their difference, in one table and one CSV."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, ClassVar

import panel as pn
from matplotlib.figure import Figure

from app import look
from app.compared import Pair, Side
from app.figures import Twin
from app.views.analysis_view import AnalysisView, bar, switch
from engine.analysis.small_worldness import small_worldness
from engine.analysis.wiring_summary import Compared, Measure, WiringSummary, side_by_side, wiring_summary
from engine.component import Invalid
from engine.randomness import numpy_stream

NULLS = 5
SMALL = 1000  # units up to which nulls are drawn
STYLE = """<style>table.numbers { border-collapse: collapse; width: 100%; max-width: 920px; font-size: 13px; }
table.numbers td, table.numbers th { padding: 2px 10px; text-align: right; font-variant-numeric: tabular-nums; }
table.numbers td:first-child, table.numbers th:first-child { text-align: left; }
table.numbers th.group { padding-top: 9px; color: #8a8f98; font-weight: 500; }
table.numbers .absent { color: #8a8f98; font-size: 12px; }
table.numbers tr:hover td { background: rgba(138, 143, 152, 0.12); }</style>"""


@dataclass(frozen=True, eq=False)
class Answer:
    rows: tuple[Compared, ...]
    changes: Mapping[str, int] | None
    unchanged: int | None
    why_not: str


class NumbersPanel(AnalysisView):
    """Sizes, densities, shares, paths, groups; what is not computed says why."""

    title: ClassVar[str] = "Numbers"

    def build(self) -> list[Any]:
        self.small_world = switch("Small-worldness (draws 5 random graphs)", self.desk.ask)
        self.table = pn.pane.HTML("", sizing_mode="stretch_width", margin=(4, 8), stylesheets=[look.stylesheet()])
        return [bar(self.small_world), self.headed("All numbers", "numbers", self._twin), self.table]

    def prepare(self, subject: Pair) -> None:
        """The switch is always there."""

    def question(self) -> bool:
        return self.small_world.value

    def answer(self, subject: Pair, question: bool) -> Answer:
        first, second = (_summary(side, question) for side in subject.sides)
        rows = side_by_side(first, second)
        try:
            found = subject.difference()
        except Invalid as fault:
            return Answer(rows, None, None, str(fault))
        return Answer(rows, found.counts, found.unchanged, "")

    def draw(self, subject: Pair, answer: Answer) -> str:
        self.table.object = STYLE + _table(answer)
        same = sum(row.difference == 0 for row in answer.rows)
        equal = f" {same} of these {len(answer.rows)} numbers are equal in A and B." if same else ""
        return escape((answer.why_not or subject.caveat or f"{subject.common:,} units are in both by name.") + equal)

    def mark(self, units: tuple[int, ...]) -> None:
        """No unit is shown."""

    def _twin(self, subject: Pair, answer: Answer) -> Twin:
        return numbers_twin(subject, answer)


def numbers_twin(subject: Pair, answer: Answer) -> Twin:
    """The table for a paper; its CSV has every number."""
    rows = answer.rows

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.set_axis_off()
        cells = [[row.first.title, row.first.text, row.second.text, _told(row)] for row in rows]
        made = axes.table(cells, colLabels=["", "A", "B", "B − A"], loc="center", colWidths=[0.34, 0.24, 0.24, 0.18])
        made.auto_set_font_size(False)
        made.set_fontsize(5)
        for cell in made.get_celld().values():
            cell.set_linewidth(0)
            cell.set_height(1 / (len(cells) + 1))

    numbers: dict[str, list[Any]] = {name: [] for name in ("group", "measure", "unit", "a", "b", "b_less_a", "absent")}

    def add(*values: Any) -> None:
        for column, value in zip(numbers.values(), values, strict=True):
            column.append(value)

    add("Compared", "title", "", subject.first.title, subject.second.title, "", "")
    for row in rows:
        absent = row.first.absent or row.second.absent
        one, other = row.first, row.second
        add(one.group, one.title, one.unit, one.value, other.value, row.difference, absent)
    changes = {} if answer.changes is None else {**answer.changes, "unchanged": answer.unchanged}
    for kind, count in changes.items():
        add("Difference", kind.replace("_", " "), "", "", "", count, "")
    return Twin("Two wirings in numbers", draw, numbers, subject.link, 1.5)


def _summary(side: Side, small_world: bool) -> WiringSummary:
    found = side.kept("summary", lambda: wiring_summary(side.wiring))
    if not small_world:
        return found
    return WiringSummary((*found.measures, *side.kept("small world", lambda: _small_world(side))))


def _small_world(side: Side) -> tuple[Measure, ...]:
    few = side.wiring.n <= SMALL
    rng = numpy_stream(0, "small world")
    found = small_worldness(side.wiring.connectome(), rng, nulls=NULLS) if few else None
    absent = "no triangle or no path" if few else f"not computed above {SMALL:,} units"

    def of(name: str, words: str, pick: Any) -> Measure:
        value = pick(found) if found else None
        return Measure(name, words, value, "", "" if value is not None else absent, group="Small world")

    return (
        of("sigma", "Small-worldness σ", lambda f: f.sigma),
        of("null_clustering", f"Clustering of {NULLS} random graphs", lambda f: f.null_clustering),
        of("null_path_length", f"Path length of {NULLS} random graphs", lambda f: f.null_path_length),
    )


def _table(answer: Answer) -> str:
    said, group = ["<table class='numbers'><tr><th></th><th>A</th><th>B</th><th>B − A</th></tr>"], ""
    for row in answer.rows:
        if row.first.group != group:
            group = row.first.group
            said.append(f"<tr><th class='group' colspan='4'>{escape(group)}</th></tr>")
        help = escape(row.first.help, quote=True)
        said.append(f"<tr title='{help}'><td>{escape(row.first.title)}</td>{_cell(row.first)}{_cell(row.second)}")
        said.append(f"<td>{_told(row)}</td></tr>")
    if answer.changes is not None:
        said.append("<tr><th class='group' colspan='4'>Difference</th></tr>")
        counts = {**answer.changes, "unchanged": answer.unchanged}
        for kind, count in counts.items():
            words = kind if kind.endswith("units") or kind == "signs" else f"{kind} connections"
            words = {
                "areas": "units in another area",
                "types": "units of another type",
                "signs": "units of another sign",
            }.get(kind, words)
            said.append(f"<tr><td>{words.replace('_', ' ').capitalize()}</td><td></td><td></td><td>{count:,}</td></tr>")
    return "".join((*said, "</table>"))


def _cell(measure: Measure) -> str:
    words = escape(measure.text.replace("-", "−") if measure.value is not None else measure.absent)
    return f"<td>{words}</td>" if measure.value is not None else f"<td class='absent'>{words}</td>"


def _told(row: Compared) -> str:
    change = row.difference
    if change is None:
        return "–"
    said = "0" if not change else look.number(float(change))
    return said if change <= 0 else f"+{said}"
