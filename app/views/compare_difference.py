"""What changed from A to B, connection by connection: counts, a picture and a table."""

from dataclasses import dataclass
from html import escape
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import panel as pn
from bokeh.models import ColumnDataSource, HoverTool, Range1d
from jaxtyping import Float
from matplotlib.figure import Figure

from app import look
from app.compared import Pair
from app.figures import Twin
from app.views.analysis_view import AnalysisView, bar, switch, with_tools
from app.views.compare_panel import beside, under, wide
from app.views.run_rows import TABLE_CSS
from engine.connectomes.difference import Difference

KINDS = ("added", "removed", "reweighted", "flipped")
COLOURS = {"added": look.EXCITATORY, "removed": look.FAULT, "reweighted": look.POSITIVE, "flipped": look.NEGATIVE}
WORDS = {
    "added": "added", "removed": "removed", "reweighted": "of another strength", "flipped": "of the other sign",
}  # fmt: skip
SHORT = {WORDS["reweighted"]: "strength", WORDS["flipped"]: "sign"}  # in the table, where there is little room
MOST_DOTS = 20_000  # of each kind in the picture, the strongest changes
MOST_ROWS = 500
TITLES = {"from": "From", "to": "To", "kind": "Change", "before": "w in A", "after": "w in B", "change": "B − A"}


@dataclass(frozen=True, eq=False)
class Answer:
    found: Difference
    places: Float[np.ndarray, " units"]
    table: pd.DataFrame
    counts: dict[str, int]


class DifferencePanel(AnalysisView):
    """Which connections were added and removed, and which have another strength or sign."""

    title: ClassVar[str] = "Difference"

    def build(self) -> list[Any]:
        self.switches = {kind: switch(WORDS[kind].capitalize(), self._toggle, value=True) for kind in KINDS}
        self.dots = {kind: ColumnDataSource({k: [] for k in ("x", "y", *TITLES)}) for kind in KINDS}
        self.x, self.y = Range1d(0, 1), Range1d(1, 0)
        self.figure = self._figure()
        self.table = pn.widgets.Tabulator(
            pd.DataFrame({name: [] for name in TITLES}), titles=TITLES, show_index=False, disabled=True, height=450,
            stylesheets=[TABLE_CSS], pagination=None,
            sizing_mode="stretch_width", layout="fit_columns", theme="materialize", margin=(0, 8),
            text_align=dict.fromkeys(("before", "after", "change"), "right"),
        )  # fmt: skip
        left = under(
            self.headed("<b>Changed connections</b>, units in the order of A", "difference", self._twin),
            wide(self.figure),
        )
        right = under(self.headed("<b>The strongest changes</b>", "changes", self._twin), self.table)
        return [bar(*self.switches.values()), beside(left, right)]

    def prepare(self, subject: Pair) -> None:
        """The switches only hide."""

    def question(self) -> None:
        return None

    def answer(self, subject: Pair, question: None) -> Answer:
        found = subject.difference()
        order = subject.first.ordering("area_and_type").units
        places = np.arange(len(found.names), dtype=float)
        places[order] = np.arange(len(order))
        return Answer(found, places, subject.kept("changes", lambda: changes(found), _bytes), found.counts)

    def draw(self, subject: Pair, answer: Answer) -> str:
        n = len(answer.places)
        look.show_whole(self.x, 0, n)
        look.show_whole(self.y, n, 0)
        for kind in KINDS:
            self._fill(kind, answer)
        self.table.value = listed_rows(answer.table.head(MOST_ROWS))
        self._toggle()
        said = " ".join(escape(sentence) for sentence in answer.found.sentences)
        same = f" {look.counted(answer.found.unchanged, 'connection')} the same in both."
        listed = (
            f" The table has the {MOST_ROWS} strongest changes, the CSV all." if len(answer.table) > MOST_ROWS else ""
        )
        few = " The picture has the strongest of each kind." if max(answer.counts[k] for k in KINDS) > MOST_DOTS else ""
        return f"{escape(subject.caveat)} " + said + ("" if answer.found.nothing else same) + listed + few

    def mark(self, units: tuple[int, ...]) -> None:
        """Nothing is marked."""

    def _fill(self, kind: str, answer: Answer) -> None:
        rows = answer.table[answer.table["kind"] == WORDS[kind]].head(MOST_DOTS)
        self.dots[kind].data = {
            "x": answer.places[rows["pre"].to_numpy()] + 0.5, "y": answer.places[rows["post"].to_numpy()] + 0.5,
            **{name: rows[name].to_numpy() for name in TITLES},
        }  # fmt: skip
        self.glyphs[kind].glyph.size = float(np.clip(400 / len(answer.places), 1.6, 6))

    def _figure(self) -> Any:
        plot = look.figure(
            "compare_changes", "presynaptic unit (sends)", "postsynaptic unit (receives)", x_range=self.x,
            y_range=self.y, height=450, sizing_mode="stretch_width", tools="pan,box_zoom,reset",
            toolbar_location="above", active_drag="pan",
        )  # fmt: skip
        with_tools(look.zoom_by_wheel(plot))
        plot.grid.visible = False
        self.glyphs = {
            kind: plot.scatter(
                "x", "y", source=self.dots[kind], marker="square", size=3, color=COLOURS[kind], line_color=None
            )
            for kind in KINDS
        }
        tips = [("", "@kind"), ("from", "@from"), ("to", "@to"), ("A", "@before{0.[0000]}"), ("B", "@after{0.[0000]}")]
        plot.add_tools(HoverTool(renderers=list(self.glyphs.values()), tooltips=tips))
        return plot

    def _toggle(self) -> None:
        for kind, glyph in self.glyphs.items():
            glyph.visible = self.switches[kind].value

    def _twin(self, subject: Pair, answer: Answer) -> Twin:
        return difference_twin(answer, subject.link)


def listed_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Changes as a narrow table shows them: short words, four digits."""
    rounded = {name: [float(f"{v:.4g}") for v in table[name]] for name in ("before", "after", "change")}
    return table.drop(columns=["pre", "post"]).replace({"kind": SHORT}).assign(**rounded)


def changes(found: Difference) -> pd.DataFrame:
    """Every changed connection, the strongest change first. `pre` and `post` count the units of the difference."""
    parts = [
        pd.DataFrame({**vars(part), "kind": WORDS[kind]})
        for kind in KINDS
        if len(part := getattr(found, kind))
    ]  # fmt: skip
    empty = {"pre": np.zeros(0, int), "post": np.zeros(0, int), "kind": [], "before": np.zeros(0), "after": np.zeros(0)}
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(empty)
    names = np.array(found.names, dtype=object)
    table.insert(0, "from", names[table["pre"].to_numpy()])
    table.insert(1, "to", names[table["post"].to_numpy()])
    table["change"] = table["after"] - table["before"]
    return table.sort_values("change", key=np.abs, ascending=False, kind="stable", ignore_index=True)


def difference_twin(answer: Answer, link: str) -> Twin:
    """The changed connections for a paper; the CSV has every one."""
    table, n = answer.table, len(answer.places)

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        for kind in KINDS:
            rows = table[table["kind"] == WORDS[kind]]
            if len(rows):
                at = (answer.places[rows[end].to_numpy()] + 0.5 for end in ("pre", "post"))
                size = float(np.clip((100 / n) ** 2, 0.05, 6))
                axes.scatter(*at, s=size, marker="s", c=COLOURS[kind], linewidths=0, label=WORDS[kind], rasterized=True)
        axes.set(xlim=(0, n), ylim=(n, 0), aspect="equal", xlabel="pre", ylabel="post")
        if len(table):
            axes.legend(loc="upper left", bbox_to_anchor=(1, 1), markerscale=4)

    names = ("from", "to", "kind", "before", "after", "change")
    return Twin("Changed connections", draw, {name: table[name].to_numpy() for name in names}, link, 0.8)


def _bytes(table: pd.DataFrame) -> int:
    return 120 * len(table)
