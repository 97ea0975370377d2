"""How two wirings fall into groups: communities found, areas given, and what can reach what."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from bokeh.models import ColumnDataSource, FixedTicker, HoverTool, LinearColorMapper, Range1d
from jaxtyping import Int
from matplotlib.figure import Figure

from app import look
from app.compared import Pair, Side
from app.figures import Twin, positive_matrix
from app.views.analysis_view import AnalysisView, note, with_tools
from app.views.compare_panel import LEGEND, NAMES, A, B, beside, joined, under, wide
from engine.analysis.components import components
from engine.analysis.modularity import modularity, modularity_of
from engine.analysis.wiring_summary import MOST_UNITS

MOST_AREAS = 40  # rows of the picture; the largest
LONGEST = 22
SHARE = "share of the area (%)"


@dataclass(frozen=True, eq=False)
class Groups:
    """`table[area, community]` counts units; the sizes of communities and strong components come largest first."""

    q: float | None
    q_areas: float | None
    areas: tuple[str, ...]
    table: Int[np.ndarray, "areas communities"]
    communities: tuple[int, ...] | None
    strong: tuple[int, ...]
    isolated: int


class GroupsPanel(AnalysisView):
    """Where units of an area fall among the communities, and how large communities and components are."""

    title: ClassVar[str] = "Groups"

    def build(self) -> list[Any]:
        self.tables = [ColumnDataSource({k: [] for k in ("x", "y", "share", "units", "area")}) for _ in NAMES]
        self.mappers = [LinearColorMapper(palette=list(look.sequential()), low=0, high=100) for _ in NAMES]
        self.figures = [self._figure(k) for k in range(2)]
        self.sizes = {
            name: [ColumnDataSource({"rank": [], "size": []}) for _ in NAMES] for name in ("communities", "strong")
        }
        self.ranked = {name: self._ranked(name) for name in self.sizes}
        tables = [
            under(
                self.headed(
                    f"<b>{name}</b>: areas among the communities", f"communities_{name.lower()}", self._table_twin(k)
                ),
                wide(self.figures[k]),
            )
            for k, name in enumerate(NAMES)
        ]
        titles = {"communities": "Sizes of communities", "strong": "Sizes of strongly connected components"}
        ranks = [
            under(
                self.headed(f"<b>{titles[name]}</b>", f"sizes_{name}", self._rank_twin(name, titles[name])),
                wide(self.ranked[name]),
            )
            for name in titles
        ]
        return [note(LEGEND), beside(*tables), beside(*ranks)]

    def prepare(self, subject: Pair) -> None:
        """There is nothing to choose."""

    def question(self) -> None:
        return None

    def answer(self, subject: Pair, question: None) -> tuple[Groups, ...]:
        return tuple(side.kept("groups", lambda side=side: groups(side)) for side in subject.sides)

    def draw(self, subject: Pair, answer: tuple[Groups, ...]) -> str:
        for k, found in enumerate(answer):
            self._fill(k, found)
            for name, sources in self.sizes.items():
                sizes = getattr(found, name) or ()
                sources[k].data = {"rank": np.arange(1, len(sizes) + 1), "size": np.array(sizes, int)}
        return " ".join(map(_sentence, NAMES, answer))

    def mark(self, units: tuple[int, ...]) -> None:
        """No single unit is shown."""

    def _fill(self, k: int, found: Groups) -> None:
        rows, columns = found.table.shape
        area, community = np.indices((rows, columns))
        share = shares(found.table)
        self.tables[k].data = {
            "x": community.ravel() + 0.5, "y": area.ravel() + 0.5, "share": share.ravel(),
            "units": found.table.ravel(), "area": [found.areas[at] for at in area.ravel()],
        }  # fmt: skip
        plot = self.figures[k]
        plot.x_range.end, plot.y_range.start = max(columns, 1), max(rows, 1)
        plot.xaxis.ticker = FixedTicker(ticks=[c + 0.5 for c in range(min(columns, 30))])
        plot.xaxis.major_label_overrides = {c + 0.5: str(c + 1) for c in range(columns)}
        plot.yaxis.ticker = FixedTicker(ticks=[r + 0.5 for r in range(rows)])
        short = [name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…" for name in found.areas]
        plot.yaxis.major_label_overrides = {r + 0.5: name for r, name in enumerate(short)}

    def _figure(self, k: int) -> Any:
        plot = look.figure(
            f"compare_communities_{k}", "community, largest first", "", x_range=Range1d(0, 1), y_range=Range1d(1, 0),
            height=290, sizing_mode="stretch_width",
        )  # fmt: skip
        plot.grid.visible = False
        colour = {"field": "share", "transform": self.mappers[k]}
        cells = plot.rect("x", "y", 1, 1, source=self.tables[k], fill_color=colour, line_color=None)
        tips = [("area", "@area"), ("community", "$x{0}"), ("units", "@units{0,0}"), ("of the area", "@share{0} %")]
        plot.add_tools(HoverTool(renderers=[cells], tooltips=tips))
        return plot

    def _ranked(self, name: str) -> Any:
        plot = look.figure(
            f"compare_sizes_{name}", "rank (log)", "units (log)", height=205, sizing_mode="stretch_width",
            x_axis_type="log", y_axis_type="log", tools="pan,box_zoom,reset", toolbar_location="above",
        )  # fmt: skip
        with_tools(look.zoom_by_wheel(plot))
        for source, colour, size in zip(self.sizes[name], (A, B), (9, 5), strict=True):
            plot.line("rank", "size", source=source, line_color=colour, line_alpha=0.6)
            plot.scatter("rank", "size", source=source, color=colour, size=size)
        return plot

    def _table_twin(self, k: int) -> Any:
        def made(subject: Pair, answer: tuple[Groups, ...]) -> Twin:
            return communities_twin(f"{NAMES[k]}: {subject.sides[k].title}", answer[k], subject.link)

        return made

    def _rank_twin(self, name: str, title: str) -> Any:
        def made(subject: Pair, answer: tuple[Groups, ...]) -> Twin:
            sizes = {whose: list(getattr(g, name) or ()) for whose, g in zip(NAMES, answer, strict=True)}

            def draw(figure: Figure) -> None:
                axes = figure.add_subplot()
                for (whose, found), colour in zip(sizes.items(), (A, B), strict=True):
                    axes.loglog(range(1, len(found) + 1), found, "o-", markersize=2.5, color=colour, label=whose)
                axes.set(xlabel="rank", ylabel="units")
                axes.legend()

            tables = {whose: {"rank": list(range(1, len(s) + 1)), "units": s} for whose, s in sizes.items()}
            return Twin(title, draw, joined(tables), subject.link)

        return made


def groups(side: Side) -> Groups:
    """Communities (of up to 2,000 units), areas and components of a wiring."""
    wiring, graph, parts = side.wiring, side.graph, components(side.graph)
    found = modularity(graph) if wiring.n <= MOST_UNITS else None
    names, member = np.unique(wiring.areas, return_inverse=True)
    largest = np.argsort(-np.bincount(member), kind="stable")[:MOST_AREAS]
    table, sizes = np.zeros((len(names), 0), int), None
    if found is not None:
        table = np.zeros((len(names), int(found.community.max()) + 1), int)
        np.add.at(table, (member, found.community), 1)
        sizes = tuple(table.sum(0).tolist())
    touched = np.diff(graph.indptr) + np.bincount(graph.indices, minlength=wiring.n)
    q_areas = modularity_of(graph, wiring.areas) if len(names) > 1 else None
    return Groups(
        found.q if found else None, q_areas, tuple(names[largest].tolist()), table[largest], sizes,
        parts.strong_sizes, int((touched == 0).sum()),
    )  # fmt: skip


def shares(table: Int[np.ndarray, "areas communities"]) -> np.ndarray:
    """Of every area the share in each community, in per cent."""
    return 100 * table / np.maximum(table.sum(1, keepdims=True), 1)


def communities_twin(title: str, found: Groups, link: str) -> Twin:
    """Areas among the communities for a paper; the CSV counts units."""
    rows, columns = found.table.shape

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        if columns:
            positive_matrix(axes, shares(found.table), (0.5, columns + 0.5, rows - 0.5, -0.5), SHARE)
        axes.set_yticks(range(rows), found.areas, fontsize=5 if rows > 20 else 6)
        axes.set(xlabel="community", title=title[:80])

    numbers = {"area": list(found.areas)} | {f"community_{c + 1}": found.table[:, c] for c in range(columns)}
    return Twin(title, draw, numbers, link, 0.8)


def _sentence(name: str, found: Groups) -> str:
    said = f"<b>{name}</b>: "
    if found.communities is None:
        said += f"communities are not sought above {MOST_UNITS:,} units; "
    elif found.q is not None:
        said += f"{len(found.communities)} communities found, Q {look.number(found.q)}; "
    if found.q_areas is not None:
        said += f"Q of the areas {look.number(found.q_areas)}; "
    parts = look.counted(len(found.strong), "strongly connected component")
    said += f"{parts}, the largest of {look.counted(found.strong[0], 'unit')}; "
    return said + f"{look.counted(found.isolated, 'isolated unit')}."
