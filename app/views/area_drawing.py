"""The picture of an area graph: where its nodes lie, how its edges bend, and HoloViews drawing them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from bokeh.document import Document
from bokeh.io.doc import patch_curdoc
from jaxtyping import Float

from app import look
from engine.analysis.area_graph import AreaGraph

MOST_EDGES = 150  # the strongest of each sign; the CSV has all
WIDTH, HEIGHT = 480, 389  # px
REACH_X, REACH_Y = 1.95, 1.58  # of the frame; nodes lie on a circle of radius 1
PER_PX = 2 * REACH_X / WIDTH
LARGEST, SMALLEST = 0.17, 0.035  # radius of a node
THICKEST, THINNEST = 9.0, 0.7  # px
BEND = 0.17  # of the distance; to the right of the way, so that the two directions of a pair lie apart
GAP = 0.022
LINE = 13  # letters in a line of a label


@dataclass(frozen=True, eq=False)
class Edge:
    """One block as a curve; `head` is the arrow, empty for the ring of a node that connects to itself."""

    pre: int
    post: int
    path: Float[np.ndarray, "points 2"]
    head: Float[np.ndarray, "corners 2"]
    width_px: float
    colour: str


@dataclass(frozen=True, eq=False)
class Drawing:
    """Everything that is drawn, in units of the circle's radius; edges from weak to strong."""

    graph: AreaGraph
    places: Float[np.ndarray, "nodes 2"]
    radii: Float[np.ndarray, " nodes"]
    edges: tuple[Edge, ...]
    colours: tuple[str, ...]
    outlines: tuple[str, ...]
    labels: tuple[str, ...]
    label_places: Float[np.ndarray, "labels 2"]


def drawing(found: AreaGraph, values: Float[np.ndarray, "post pre"], top: float, places: np.ndarray) -> Drawing:
    """The picture with edges as wide as `values`, full width at `top`."""
    sizes = np.array([len(inside) for inside in found.units], float)
    apart = np.linalg.norm(places[:, None] - places[None], axis=-1)[~np.eye(len(places), dtype=bool)]
    largest = float(np.clip(0.36 * apart.min(initial=1.0), SMALLEST, LARGEST))
    radii = np.maximum(largest * np.sqrt(sizes / sizes.max()), min(SMALLEST, largest))
    thickest = THICKEST if len(places) <= 8 else THICKEST * 0.6
    # how far from its middle a node's arrows begin and end: beyond its ring
    rings = np.where(np.diag(found.synapses) > 0, THINNEST + (thickest - THINNEST) * np.diag(values) / (top or 1.0), 0)
    room = radii + 2 * GAP + rings * PER_PX
    edges, net = [], found.blocks.excitatory_share - found.blocks.inhibitory_share
    for post, pre in strongest(values, found.synapses > 0, net):
        width = THINNEST + (thickest - THINNEST) * float(values[post, pre]) / (top or 1.0)
        path, head = _ring(places, radii, pre, width) if pre == post else _arc(places, room, pre, post, width)
        edges.append(Edge(pre, post, path, head, width, net_colour(float(net[post, pre]))))
    areas = look.area_colours(tuple(dict.fromkeys(found.areas)))
    several = len(set(found.signs)) > 1 and len(set(found.areas)) < len(found.areas)
    outlines = [look.sign_colour({"E": 1, "I": -1}.get(s, 0)) if several else areas[a]
                for s, a in zip(found.signs, found.areas, strict=True)]  # fmt: skip
    names = tuple(_wrapped(name) for name in areas)
    colours = tuple(areas[a] for a in found.areas)
    return Drawing(
        found, places, radii, tuple(edges), colours, tuple(outlines), names, _beside(places, room, found.areas, names)
    )


def strongest(
    values: Float[np.ndarray, "post pre"], exists: np.ndarray, net: Float[np.ndarray, "post pre"]
) -> list[tuple[int, int]]:
    """The pairs (post, pre) that are drawn, weakest first: half of them net positive, half not, if there are enough."""
    post, pre = np.nonzero(exists)
    ranked, positive = np.argsort(values[post, pre], kind="stable"), net[post, pre] > 0
    up, down = ranked[positive[ranked]], ranked[~positive[ranked]]
    most = max(MOST_EDGES // 2, MOST_EDGES - len(down))
    kept = set(up[-most:].tolist()) if len(up) else set()
    kept |= set(down[-(MOST_EDGES - len(kept)) :].tolist())
    return [(int(post[k]), int(pre[k])) for k in ranked if k in kept]


def on_circle(n: int) -> Float[np.ndarray, "nodes 2"]:
    """Nodes clockwise from the top; one alone in the middle."""
    turn = np.pi / 2 - 2 * np.pi * np.arange(n) / max(n, 1)
    return np.stack([np.cos(turn), np.sin(turn)], 1) * (n > 1)


def in_space(positions_um: Float[np.ndarray, "units 3"], units: tuple[tuple[int, ...], ...]) -> tuple[np.ndarray, str]:
    """The mean place of every node in the plane in which the nodes spread most, and the name of that plane."""
    middles = np.array([positions_um[list(inside)].mean(0) for inside in units])
    across, up = sorted(np.argsort(np.ptp(middles, axis=0), kind="stable")[-2:])
    flat = middles[:, [across, up]]
    span = np.ptp(flat, axis=0)
    scale = min(2.5 / (span[0] or np.inf) if span[0] else np.inf, 2.0 / span[1] if span[1] else np.inf)
    centred = flat - (flat.max(0) + flat.min(0)) / 2
    return centred * (scale if np.isfinite(scale) else 0.0), f"{'xyz'[across]}–{'xyz'[up]}"


def net_colour(net: float) -> str:
    """The diverging map over grey: an edge whose E and I cancel is grey, not invisible."""
    mapped = look.diverging()[round((net + 1) / 2 * 255)]
    alpha = int(mapped[7:9], 16) / 255
    parts = [
        round(int(mapped[k : k + 2], 16) * alpha + int(look.QUIET[k : k + 2], 16) * (1 - alpha)) for k in (1, 3, 5)
    ]
    return "#" + "".join(f"{part:02x}" for part in parts)


def plotted(made: Drawing) -> Any:
    """The picture as a Bokeh figure, by HoloViews. Its first use imports HoloViews; no document is touched."""
    import holoviews as hv
    import holoviews.plotting.bokeh

    hv.Store.set_current_backend("bokeh")
    renderer = hv.renderer("bokeh")
    renderer.webgl = False  # without a GPU it costs seconds in the browser (ecosystem 0.5)
    shown = {"xlim": (-REACH_X, REACH_X), "ylim": (-REACH_Y, REACH_Y), "xaxis": None, "yaxis": None}
    shown |= {"frame_width": WIDTH, "frame_height": HEIGHT, "show_legend": False, "toolbar": "above"}
    shown |= {"default_tools": ["pan", "reset"], "active_tools": ["pan"], "shared_axes": False}
    overlay = _edges(hv, made) * _heads(hv, made) * _nodes(hv, made) * _labels(hv, made)
    own = Document()  # HoloViews would set its theme on the visitor's
    with patch_curdoc(own):
        plot = renderer.get_plot(overlay.opts(**shown))
    plot.cleanup()  # nothing global holds it any more
    return plot.state


def _edges(hv: Any, made: Drawing) -> Any:
    names, table = made.graph.blocks.names, made.graph.blocks
    pre, post = ([getattr(edge, end) for edge in made.edges] for end in ("pre", "post"))
    at = (post, pre)
    numbers = [table.mean_strength[at], table.density[at] * 100, table.excitatory_share[at] * 100,
               table.inhibitory_share[at] * 100, made.graph.synapses[at]]  # fmt: skip
    said = [[f"{names[a]} → {names[b]}" for a, b in zip(pre, post, strict=True)], *numbers]
    style = [[edge.width_px for edge in made.edges], [edge.colour for edge in made.edges]]
    vdims = ["block", "strength", "density", "excitatory", "inhibitory", "synapses", "width", "hue"]
    nodes = hv.Nodes((made.places[:, 0], made.places[:, 1], np.arange(len(names))))
    paths = hv.EdgePaths([edge.path for edge in made.edges])
    tips = [("from → to", "@block"), ("mean |w|", "@strength{0.[0000]}"), ("density", "@density{0.[0]} %"),
            ("E : I share of |w|", "@excitatory{0} % : @inhibitory{0} %"), ("synapses", "@synapses{0,0}")]  # fmt: skip
    return hv.Graph(((pre, post, *said, *style), nodes, paths), vdims=vdims).opts(
        directed=True, inspection_policy="edges", selection_policy=None, tools=["hover"], hover_tooltips=tips,
        edge_color="hue", edge_line_width="width", edge_alpha=0.85, edge_hover_line_color=look.QUIET,
        edge_hover_alpha=1.0, node_size=0, node_alpha=0, node_hover_alpha=0,
    )  # fmt: skip


def _heads(hv: Any, made: Drawing) -> Any:
    heads = [{("x", "y"): edge.head, "hue": edge.colour} for edge in made.edges if len(edge.head)]
    return hv.Polygons(heads, vdims=["hue"]).opts(color="hue", line_color=None, alpha=0.95)


def _nodes(hv: Any, made: Drawing) -> Any:
    graph = made.graph
    yes = [[("yes" if it else "no") for it in which] for which in (graph.receives, graph.is_read)]
    said = (list(graph.blocks.names), [len(inside) for inside in graph.units], *yes)
    style = made.radii, list(made.colours), list(made.outlines)
    vdims = ["area", "units", "receives", "read", "radius", "hue", "outline"]
    tips = [("area", "@area"), ("units", "@units{0,0}"), ("receives input", "@receives"), ("is read out", "@read")]
    points = hv.Points((made.places[:, 0], made.places[:, 1], *said, *style), vdims=vdims)
    return points.opts(
        radius=hv.dim("radius"), fill_color="hue", line_color="outline", line_width=2.5, fill_alpha=0.9,
        tools=["hover"], hover_tooltips=tips, hover_alpha=1.0,
    )  # fmt: skip


def _labels(hv: Any, made: Drawing) -> Any:
    style = {"text_color": look.QUIET, "text_font": look.FONT, "text_font_size": "11px"}
    return hv.Labels((made.label_places[:, 0], made.label_places[:, 1], list(made.labels))).opts(**style)


def _arc(places: np.ndarray, room: np.ndarray, pre: int, post: int, width: float) -> tuple[np.ndarray, np.ndarray]:
    a, b = places[pre], places[post]
    way = b - a
    middle = (a + b) / 2 + BEND * np.array([way[1], -way[0]])
    t = np.linspace(0, 1, 60)[:, None]
    path = (1 - t) ** 2 * a + 2 * t * (1 - t) * middle + t**2 * b
    half = (width / 2 + 2.6) * PER_PX
    start = np.linalg.norm(path - a, axis=1) > room[pre]
    near = np.linalg.norm(path - b, axis=1)
    kept = path[start & (near > room[post] + 1.7 * half)]
    tips = path[start & (near > room[post])]
    if len(kept) < 2:  # nodes that lie on each other
        return np.array([a, b]), np.zeros((0, 2))
    tip, foot = tips[-1], kept[-1]
    along = (tip - foot) / (np.linalg.norm(tip - foot) or 1.0)
    side = half * np.array([-along[1], along[0]])
    return kept, np.array([tip, foot + side, foot - side])


def _ring(places: np.ndarray, radii: np.ndarray, node: int, width: float) -> tuple[np.ndarray, np.ndarray]:
    turn = np.linspace(0, 2 * np.pi, 61)
    radius = radii[node] + GAP + width / 2 * PER_PX
    return places[node] + radius * np.stack([np.cos(turn), np.sin(turn)], 1), np.zeros((0, 2))


def _beside(places: np.ndarray, room: np.ndarray, areas: tuple[str, ...], names: tuple[str, ...]) -> np.ndarray:
    """One label per area outside its nodes, where no edge runs: further where it is broad."""
    members = [[k for k, area in enumerate(areas) if area == one] for one in dict.fromkeys(areas)]
    far = np.array([np.linalg.norm(places[inside], axis=1).max() for inside in members])[:, None]
    middles = np.array([places[inside].mean(0) for inside in members])
    outward = np.where(np.linalg.norm(middles, axis=1, keepdims=True) > 1e-9, middles, [0.0, -1.0])
    outward = outward / np.linalg.norm(outward, axis=1, keepdims=True)
    broad = np.array([max(map(len, name.split("\n"))) for name in names]) * 3.1 * PER_PX
    tall = np.array([name.count("\n") + 1 for name in names]) * 7 * PER_PX
    extra = (np.abs(outward) * np.stack([broad, tall], 1)).sum(1) + [room[inside].max() + 0.05 for inside in members]
    return outward * (far + extra[:, None])


def _wrapped(name: str) -> str:
    """The name in at most two lines."""
    if len(name) <= LINE or " " not in name:
        return name if len(name) <= 2 * LINE else f"{name[: 2 * LINE - 1]}…"
    cuts = [k for k, letter in enumerate(name) if letter == " "]
    cut = min(cuts, key=lambda k: abs(k - len(name) / 2))
    return f"{name[:cut]}\n{name[cut + 1 :]}"
