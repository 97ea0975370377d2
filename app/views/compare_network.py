"""Two wirings as nodes and links, and what changed between them, in the same places."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import panel as pn
from bokeh.models import Range1d
from matplotlib.figure import Figure

from app import look
from app.compared import Pair, Side
from app.figures import Twin
from app.views.analysis_view import AnalysisView, bar, choice, note, offer, switch
from app.views.compare_panel import beside, under, wide
from app.views.line_raster import line_counts, on_paper, shaded
from app.views.network_figure import AS_LINES, WHOLE, Lines, Net, NetworkFigure, pictured
from engine.analysis.unit_layout import PLANES, bundled, straight, unit_layout
from engine.component import Invalid
from engine.connectomes.sparse_wiring import SparseWiring, rows_of

LAYOUTS = {"By area": "areas", "Circle": "circular", "Springs": "spring"}
IN_SPACE = {"Brain, x–y": "xy", "Brain, x–z": "xz", "Brain, y–z": "yz"}
MOST_LINES = 400_000  # the strongest are drawn
MOST_AREAS = 16  # are named under a picture
ADDED, REMOVED, OTHER = look.EXCITATORY, look.FAULT, look.QUIET
TITLES = ("A", "B", "B − A")
LEGEND = (
    f"Connections: <b style='color:{look.POSITIVE}'>positive</b>, <b style='color:{look.NEGATIVE}'>negative</b>; "
    f"in the difference <b style='color:{ADDED}'>added</b>, <b style='color:{REMOVED}'>removed</b>, "
    f"<b style='color:{OTHER}'>of another strength or sign</b>. Units have the colours of their areas."
)


@dataclass(frozen=True)
class Question:
    layout: str
    bundle: bool


@dataclass(frozen=True, eq=False)
class Answer:
    nets: tuple[Net, ...]
    why_not: str


class NetworkPanel(AnalysisView):
    """Thousands of links are drawn by Datashader, anew for every window."""

    title: ClassVar[str] = "Network"

    def build(self) -> list[Any]:
        ask = self.desk.ask
        self.layout_choice = choice("Layout", LAYOUTS, ask)
        self.bundle = switch("Bundle by area", ask, value=True)
        self.x, self.y = Range1d(-1.1, 1.1), Range1d(-1.1, 1.1)
        self.pictures = tuple(NetworkFigure(f"compare_network_{k}", self.x, self.y, self.desk.later) for k in range(3))
        self.keys = [note() for _ in TITLES]
        self.parts = [
            under(
                self.headed(f"<b>{title}</b>", f"network_{k}", self._twin_of(k)),
                wide(self.pictures[k].figure),
                self.keys[k],
            )
            for k, title in enumerate(TITLES)
        ]
        self.row: pn.Row = beside(*self.parts)
        return [bar(self.layout_choice, self.bundle), self.row, note(LEGEND)]

    def prepare(self, subject: Pair) -> None:
        placed = any(side.wiring.positions_um is not None for side in subject.sides)
        offer(self.layout_choice, {**(IN_SPACE if placed else {}), **LAYOUTS})

    def question(self) -> Question:
        return Question(self.layout_choice.value, self.bundle.value)

    def answer(self, subject: Pair, question: Question) -> Answer:
        first, second = subject.sides
        same = first.wiring.names == second.wiring.names
        places = [_places(first, question.layout)]
        places.append(places[0] if same else _places(second, question.layout))
        nets = [_net(side.wiring, at, question.bundle) for side, at in zip(subject.sides, places, strict=True)]
        if not same:
            return Answer(tuple(nets), "The difference is drawn where A and B have the same units.")
        return Answer((*nets, _changes(subject, places[0], question.bundle)), "")

    def draw(self, subject: Pair, answer: Answer) -> str:
        for picture, key, net in zip(self.pictures, self.keys, answer.nets, strict=False):
            picture.show(net)
            key.object = _key(net)
        self.row.objects = self.parts[: len(answer.nets)]
        said = [f"{name}: {look.counted(net.drawn, 'link')}" for name, net in zip(TITLES, answer.nets, strict=False)]
        most = any(net.drawn < net.links for net in answer.nets)
        words = f" Only the {MOST_LINES:,} strongest are drawn." if most else ""
        unplaced = [k for k, side in zip("AB", subject.sides, strict=True) if side.wiring.positions_um is None]
        if self.layout_choice.value in PLANES and unplaced:
            words += f" {' and '.join(unplaced)}: no measured positions, so by area."
        return "; ".join(said) + f".{words} {answer.why_not}"

    def mark(self, units: tuple[int, ...]) -> None:
        """Nothing is marked."""

    def _twin_of(self, k: int) -> Callable[[Pair, Answer], Twin]:
        def made(subject: Pair, answer: Answer) -> Twin:
            if k >= len(answer.nets):
                raise Invalid(answer.why_not)
            return network_twin(TITLES[k], answer.nets[k], subject.link)

        return made


def _key(net: Net) -> str:
    """The areas and their colours."""
    areas = dict(zip(net.areas, net.colours, strict=True))
    if len(areas) < 2:
        return ""
    square = '<span style="white-space:nowrap"><span class="key" style="background:{}"></span>{}</span>'
    told = [square.format(colour, look.escaped(area)) for area, colour in areas.items()]
    more = [f"and {len(told) - MOST_AREAS} more"] if len(told) > MOST_AREAS else []
    return "&ensp; ".join([*told[:MOST_AREAS], *more])


def network_twin(title: str, net: Net, link: str) -> Twin:
    """The whole network for a paper; its CSV has the places of the units."""

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        counts = [line_counts(part.x, part.y, WHOLE, 1200) for part in net.lines]
        picture = on_paper(shaded(counts, [part.colour for part in net.lines]))
        axes.imshow(picture, extent=WHOLE, origin="lower", interpolation="none", rasterized=True)
        axes.scatter(
            net.places[:, 0], net.places[:, 1], s=4 if len(net.places) < 500 else 1, c=net.colours, linewidths=0
        )
        axes.set(xlim=WHOLE[:2], ylim=WHOLE[2:], aspect="equal", title=title)
        axes.set_axis_off()

    numbers = {"unit": list(net.names), "area": list(net.areas), "x": net.places[:, 0], "y": net.places[:, 1]}
    return Twin(f"Network {title}", draw, numbers, link, 1.0)


def _places(side: Side, layout: Any) -> np.ndarray:
    """Measured places, or by area where there are none."""
    if layout in PLANES and side.wiring.positions_um is None:
        layout = "areas"
    return side.kept(("layout", layout), lambda: unit_layout(side.wiring, layout))


def _net(wiring: SparseWiring, places: np.ndarray, bundle: bool) -> Net:
    listed = wiring.weights.tocoo()
    between = (listed.row != listed.col) & (listed.data != 0)
    post, pre, weights = listed.row[between], listed.col[between], listed.data[between]
    kinds = [(weights > 0, look.POSITIVE), (weights < 0, look.NEGATIVE)]
    return _drawn(wiring, places, post, pre, np.abs(weights), kinds, bundle)


def _changes(subject: Pair, places: np.ndarray, bundle: bool) -> Net:
    found = subject.difference()
    parts = [found.added, found.removed, found.reweighted, found.flipped]
    post, pre = (np.concatenate([getattr(part, end) for part in parts]) for end in ("post", "pre"))
    size = np.concatenate([np.abs(part.after - part.before) for part in parts])
    kind = np.repeat([0, 1, 2, 2], [len(part) for part in parts])
    between = post != pre
    kinds = [(kind[between] == k, colour) for k, colour in enumerate((ADDED, REMOVED, OTHER))]
    return _drawn(subject.first.wiring, places, post[between], pre[between], size[between], kinds, bundle)


def _drawn(
    wiring: SparseWiring, places: np.ndarray, post: np.ndarray, pre: np.ndarray, size: np.ndarray,
    kinds: list[tuple[np.ndarray, str]], bundle: bool,
) -> Net:  # fmt: skip
    kept = np.ones(len(size), bool)
    if len(size) > MOST_LINES:
        kept[np.argpartition(-size, MOST_LINES)[MOST_LINES:]] = False
    lines = []
    for inside, colour in kinds:
        chosen = inside & kept
        graph = rows_of(post[chosen], pre[chosen], size[chosen].astype(float), wiring.n)
        way = bundled(places, wiring.areas, graph) if bundle else straight(places, graph)
        lines.append(Lines(*way, colour))
    areas = look.area_colours(wiring.area_names)
    colours = tuple(areas[area] for area in wiring.areas)
    net = Net(places, wiring.names, wiring.areas, colours, tuple(lines), len(size))
    return replace(net, picture=pictured(net, WHOLE)) if net.drawn > AS_LINES else net
