"""Two weight matrices and their difference, of any size: rows receive, columns send; zooming is linked."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from bokeh.models import Range1d
from matplotlib.figure import Figure

from app import look
from app.compared import Pair, Side
from app.figures import Twin, signed_matrix
from app.views.analysis_view import AnalysisView, bar, choice, switch
from app.views.compare_panel import beside, under, wide
from app.views.matrix_figure import PIXELS, Drawn, MatrixFigure
from engine.analysis.matrix_raster import AGGREGATORS
from engine.component import Invalid

ORDERS = {"Area × type": "area_and_type", "Area": "area", "Type": "type", "E and I": "sign"}
SCALE_AT = 0.98  # of all strengths lie on the linear scale
NAMED = ("A", "B", "B − A")


@dataclass(frozen=True)
class Question:
    order: str
    log: bool
    by: str


@dataclass(frozen=True, eq=False)
class Answer:
    sides: tuple[Side, ...]
    drawn: tuple[Drawn, ...]
    question: Question
    why_not: str


class MatrixPanel(AnalysisView):
    """The three matrices on one scale of colours. Zoom and pan: only the window is drawn anew."""

    title: ClassVar[str] = "Matrix"

    def build(self) -> list[Any]:
        ask = self.desk.ask
        self.order = choice("Order of units", ORDERS, ask)
        self.by = choice("Each pixel shows", {v: k for k, v in AGGREGATORS.items()}, ask, width=250)
        self.log = switch("Logarithmic colours", ask, value=True)
        self.x, self.y = Range1d(0, 1, bounds=(0, 1)), Range1d(1, 0, bounds=(0, 1))
        self.maps = tuple(MatrixFigure(f"compare_matrix_{k}", self.x, self.y, self.desk.later) for k in range(3))
        parts = [
            under(self.headed(f"<b>{name}</b>", f"matrix_{k}", self._twin_of(k)), wide(each.figure))
            for k, (name, each) in enumerate(zip(NAMED, self.maps, strict=True))
        ]
        self.parts, self.row = parts, beside(*parts)
        return [bar(self.order, self.by, self.log), self.row]

    def prepare(self, subject: Pair) -> None:
        """The choices are the same for all wirings."""

    def question(self) -> Question:
        return Question(self.order.value, self.log.value, self.by.value)

    def answer(self, subject: Pair, question: Question) -> Answer:
        sides, why_not = list(subject.sides), ""
        try:
            sides.append(subject.kept("change", subject.change))
        except Invalid as fault:
            why_not = str(fault)
        strengths = [np.abs(side.wiring.weights.data) for side in sides[:2]]
        if not why_not:  # else the weights may count different things: streamlines, synapses
            strengths = [np.concatenate(strengths)] * 3
        extents = [_extent(each[each > 0], question.log) for each in strengths]
        drawn = tuple(
            Drawn.of(side, question.order, question.log, question.by, extent)
            for side, extent in zip(sides, extents, strict=True)
        )
        return Answer(tuple(sides), drawn, question, why_not)

    def draw(self, subject: Pair, answer: Answer) -> str:
        for each, made in zip(self.maps, answer.drawn, strict=False):
            each.show(made)
        self.row.objects = self.parts[: len(answer.drawn)]
        per = max(-(-made.raster.n // PIXELS) for made in answer.drawn)
        tops = [look.number(made.extent) for made in answer.drawn]
        scale = (
            f"each on its own scale: A up to {tops[0]}, B up to {tops[1]}" if answer.why_not else "one scale for all"
        )
        said = f"Blue positive, orange negative, {scale}" + ("" if answer.why_not else f": up to {tops[0]}") + ". "
        if per > 1:
            by = AGGREGATORS[answer.question.by]
            said += f"There are more units than pixels: drawn is {by}, exactly; zoom in for single connections. "
        return said + look.escaped(answer.why_not or subject.caveat)

    def mark(self, units: tuple[int, ...]) -> None:
        """Nothing is marked: units of two wirings are not the same."""

    def _twin_of(self, k: int) -> Callable[[Pair, Answer], Twin]:
        def made(subject: Pair, answer: Answer) -> Twin:
            if k >= len(answer.drawn):
                raise Invalid(answer.why_not)
            return matrix_twin(NAMED[k], answer.sides[k], answer.drawn[k], subject.link)

        return made


def matrix_twin(name: str, side: Side, made: Drawn, link: str) -> Twin:
    """The whole matrix for a paper; its CSV lists the connections."""
    n = made.raster.n
    picture = made.raster.picture((0, n, 0, n), 1000, "strongest").pixels

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        scaled = made.scaled(picture, "strongest")
        label = "weight (logarithmic)" if made.log else "weight"
        signed_matrix(axes, np.nan_to_num(scaled), made.top("strongest"), label)
        axes.set(title=f"{name}: {side.title}"[:80], xticks=[], yticks=[])

    listed, units = side.wiring.weights.tocoo(), np.array(side.wiring.names, dtype=object)
    numbers = {"pre": units[listed.col], "post": units[listed.row], "weight": listed.data}
    return Twin(f"{name}: {side.title}", draw, numbers, link, 0.85)


def _extent(strengths: np.ndarray, log: bool) -> float:
    if not strengths.size:
        return 1.0
    return float(strengths.max()) if log else float(np.quantile(strengths, SCALE_AT))
