"""Areas: which area talks to which, how strongly, with which net sign, and how input reaches the readout."""

from dataclasses import dataclass
from html import escape
from typing import Any, ClassVar

import numpy as np
from bokeh.events import DoubleTap, Tap
from bokeh.models import ColumnDataSource, CustomJS, GraphRenderer
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from app import look
from app.figures import Twin
from app.session import Selection
from app.subject import Subject
from app.views.analysis_view import AnalysisView, bar, choice, note, offer, pane, with_tools
from app.views.area_drawing import (
    MOST_EDGES,
    PER_PX,
    REACH_X,
    REACH_Y,
    Drawing,
    drawing,
    in_space,
    on_circle,
    plotted,
)
from app.views.connectivity import SHOWS
from app.views.twins import columns
from engine.analysis.area_graph import AreaGraph, area_graph
from engine.analysis.connectivity import change

GRAINS = {"Areas": "area", "Area × E/I": "area_and_sign"}
WIDTHS = {"Mean |w|": "mean_strength", "Density": "density"}
CIRCLE, SPACE = "circle", "space"
WORDS = {"after": "weights", "before": "weights before training", "difference": "changes by training"}
LEGEND = "Arrows: blue net positive, orange net negative, grey where both cancel. Outer ring: connections within."
OUTLINES = f"Outline: <b style='color:{look.EXCITATORY}'>E</b>, <b style='color:{look.INHIBITORY}'>I</b> units."
NAMED = 3  # missing routes that are told


@dataclass(frozen=True)
class Question:
    shows: str
    grain: str
    width: str
    layout: str


@dataclass(frozen=True, eq=False)
class Answer:
    question: Question
    drawing: Drawing
    top: float
    plane: str

    @property
    def graph(self) -> AreaGraph:
        return self.drawing.graph


class AreaDiagramView(AnalysisView):
    """The areas as nodes and the blocks of weights between them as arrows. A tap on an area marks its units."""

    title: ClassVar[str] = "Areas"

    def build(self) -> list[Any]:
        ask = self.desk.ask
        self.shows = choice("Show", SHOWS, ask, width=130)
        self.grain = choice("Nodes", GRAINS, ask, width=120)
        self.width = choice("Width of arrows", WIDTHS, ask, width=140)
        self.arrangement = choice("Layout", {"Circle": CIRCLE}, ask, width=120)
        self._marks = ColumnDataSource({"x": [], "y": [], "radius": []})
        self._drawn: tuple[Any, ...] = ()
        self.figure = look.bare(look.figure("area_diagram", height=120))
        self.picture = pane(self.figure)
        self.legend = note(LEGEND)
        return [
            bar(self.shows, self.grain, self.width, self.arrangement),
            self.headed("Connections between areas", "areas", self._twin),
            self.picture,
            self.legend,
        ]

    def prepare(self, subject: Subject) -> None:
        self.shows.visible = subject.is_trained
        self.grain.visible = len(set(subject.connectome.signs.tolist())) > 1
        placed = {"Positions": SPACE} if subject.connectome.positions_um is not None else {}
        offer(self.arrangement, {"Circle": CIRCLE, **placed})
        self.arrangement.visible = bool(placed)

    def question(self) -> Question:
        shows = self.shows.value if self.shows.visible else "after"
        grain = self.grain.value if self.grain.visible else "area"
        return Question(shows, grain, self.width.value, self.arrangement.value)

    def answer(self, subject: Subject, question: Question) -> Answer:
        before, after = subject.before["W_rec"], subject.after["W_rec"]
        weights = {"before": before, "after": after}.get(question.shows)
        if weights is None:
            weights = before.new_tensor(change(before, after).difference)
        ends = subject.before if question.shows == "before" else subject.after
        found = area_graph(weights, subject.connectome, question.grain, ends["W_in"], ends["W_out"])
        values = getattr(found.blocks, question.width)
        top = float(values.max(initial=0))
        if question.shows != "difference" and subject.is_trained:  # before and after share one scale
            other = area_graph(after if question.shows == "before" else before, subject.connectome, question.grain)
            top = max(top, float(getattr(other.blocks, question.width).max(initial=0)))
        places, plane = on_circle(len(found.units)), ""
        if question.layout == SPACE and subject.connectome.positions_um is not None:
            places, plane = in_space(subject.connectome.positions_um, found.units)
        return Answer(question, drawing(found, values, top, places), top, plane)

    def draw(self, subject: Subject, answer: Answer) -> str:
        fresh, kind = plotted(answer.drawing), (answer.graph.blocks.names, answer.question.layout)
        if kind == self._drawn:  # only numbers changed: the figure, and its zoom, stays
            pour(fresh, self.figure)
        else:
            self._drawn, self.figure = kind, self._finished(fresh)
            self.picture.object = self.figure
        self.legend.object = f"{LEGEND} {OUTLINES}" if answer.question.grain == "area_and_sign" else LEGEND
        return sentences(subject, answer)

    def mark(self, units: tuple[int, ...]) -> None:
        if self.given is None:
            return
        made, marked = self.given.drawing, set(units)
        hit = [k for k, inside in enumerate(self.given.graph.units) if marked & set(inside)]
        self._marks.data = {
            "x": made.places[hit, 0], "y": made.places[hit, 1], "radius": made.radii[hit] * 0.42,
        }  # fmt: skip

    def _finished(self, plot: Any) -> Any:
        """HoloViews' figure in the style of the page, with the marks and what a tap does."""
        plot.name, plot.output_backend = "area_diagram", "canvas"
        plot.background_fill_color = plot.border_fill_color = plot.outline_line_color = None
        plot.width = plot.height = None
        plot.min_border = 2
        plot.toolbar_location = "above"
        plot.stylesheets = [look.IN_THE_DARK]
        with_tools(look.zoom_by_wheel(plot))
        self._marks = ColumnDataSource({"x": [], "y": [], "radius": []})
        plot.circle(
            "x", "y", radius="radius", source=self._marks, fill_color="white", line_color=look.INK_LIGHT, name="marks"
        )
        plot.on_event(Tap, self._tapped)
        plot.js_on_event(DoubleTap, CustomJS(args={"plot": plot}, code="plot.reset.emit()"))
        return plot

    def _tapped(self, event: Any) -> None:
        if self.given is None or event.x is None:
            return
        made: Drawing = self.given.drawing
        far = np.linalg.norm(made.places - [event.x, event.y], axis=1) - made.radii
        node = int(far.argmin())
        if far[node] <= 4 * PER_PX:
            self.desk.select(Selection(made.graph.units[node], made.graph.blocks.names[node]))

    def _twin(self, subject: Subject, answer: Answer) -> Twin:
        return area_twin(answer.drawing, subject.experiment.to_link())


def pour(fresh: Any, kept: Any) -> None:
    """The data of one figure into another of the same structure."""
    for new, old in zip(fresh.renderers, kept.renderers, strict=False):  # the kept one has marks on top
        if isinstance(new, GraphRenderer):
            old.edge_renderer.data_source.data = dict(new.edge_renderer.data_source.data)
            old.node_renderer.data_source.data = dict(new.node_renderer.data_source.data)
        else:
            old.data_source.data = dict(new.data_source.data)


def area_twin(made: Drawing, link: str) -> Twin:
    """The same picture for a paper; the table has every pair, drawn or not."""

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        points = figure.get_figwidth() * 72 / (2 * REACH_X) * PER_PX  # per pixel of the page
        for edge in made.edges:
            axes.plot(*edge.path.T, color=edge.colour, linewidth=edge.width_px * points, solid_capstyle="butt")
            if len(edge.head):
                axes.fill(*edge.head.T, color=edge.colour, linewidth=0)
        for place, radius, colour, outline in zip(made.places, made.radii, made.colours, made.outlines, strict=True):
            node = {"facecolor": colour, "edgecolor": outline, "linewidth": 0.8, "zorder": 3}
            axes.add_patch(Circle(tuple(place), radius, **node))
        for (x, y), name in zip(made.label_places, made.labels, strict=True):
            axes.text(x, y, name, ha="center", va="center", fontsize=6)
        axes.set(xlim=(-REACH_X, REACH_X), ylim=(-REACH_Y, REACH_Y), aspect="equal")
        axes.set_axis_off()

    return Twin("Connections between areas", draw, columns(made.graph.table()), link, REACH_Y / REACH_X)


def sentences(subject: Subject, answer: Answer) -> str:
    """The main numbers of the picture."""
    found, asked, names = answer.graph, answer.question, answer.graph.blocks.names
    what = "mean |w|" if asked.width == "mean_strength" else "density"
    values = getattr(found.blocks, asked.width)
    edges = int((found.synapses > 0).sum())
    if len(names) == 1:
        said = f"<b>One area</b> of {len(found.units[0]):,} units: nobody else to talk to. "
        said += "A connectome with several areas shows arrows here. "
    else:
        said = f"<b>{len(names)} {'areas' if asked.grain == 'area' else 'blocks'}</b>, {edges:,} of "
        said += f"{len(names) ** 2:,} possible blocks have {WORDS[asked.shows]} other than 0. "
    if not edges:
        return said + "There is no weight to draw."
    if edges > MOST_EDGES:
        net = found.blocks.excitatory_share - found.blocks.inhibitory_share
        up = sum(net[edge.post, edge.pre] > 0 for edge in answer.drawing.edges)
        said += f"Drawn are the strongest of each sign: {up} net positive, {len(answer.drawing.edges) - up} others. "
    post, pre = np.unravel_index(values.argmax(), values.shape)
    shown = look.number(answer.top) if what == "mean |w|" else look.percent(answer.top)
    said += f"Full width: {what} {shown}. Strongest: {escape(names[pre])} → {escape(names[post])}. "
    if answer.plane:
        said += f"Mean positions of the units, {answer.plane} plane. "
    return said if asked.shows == "difference" or len(names) == 1 else said + routes(found)


def routes(found: AreaGraph) -> str:
    """Whether every area that receives input reaches every area that is read out."""
    missing, loops = found.missing_routes, found.loops
    if missing:
        told = "; ".join(f"{escape(a)} ↛ {escape(b)}" for a, b in missing[:NAMED])
        more = f" and {len(missing) - NAMED:,} more" if len(missing) > NAMED else ""
        said = f"<b>No route from input to readout:</b> {told}{more}. "
    else:
        said = "Every area that receives input reaches every area that is read out. "
    if len(loops) == 1:
        return said + "All reach each other."
    return said + f"Not all reach each other: {len(loops)} strongly connected groups."
