"""Where units lie in a node-link picture, and the ways of their connections."""

from typing import Literal

import networkx
import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import csr_array

from engine.component import Invalid
from engine.connectomes.sparse_wiring import SparseWiring

Layout = Literal["xy", "xz", "yz", "areas", "spring", "circular"]
PLANES = {"xy": (0, 1), "xz": (0, 2), "yz": (1, 2)}
MOST_SPRING = 1000  # units; a spring layout of more takes minutes
GOLDEN = np.pi * (3 - np.sqrt(5))
STEPS = 14  # points of a bundled connection


def unit_layout(wiring: SparseWiring, layout: Layout, seed: int = 0) -> Float[np.ndarray, "units 2"]:
    """The place of every unit within -1 to 1. Raises Invalid where the layout is out of reach.

    Three planes of measured positions, true to scale; each area a disc on a circle; springs and the circle of networkx.
    """
    if layout in PLANES:
        if wiring.positions_um is None:
            raise Invalid("The units of this wiring have no positions; choose another layout.")
        return _framed(wiring.positions_um[:, PLANES[layout]])
    if layout == "areas":
        return _by_area(wiring.areas)
    if layout == "circular":
        order = np.lexsort((np.arange(wiring.n), np.unique(wiring.areas, return_inverse=True)[1]))
        found = networkx.circular_layout(order.tolist())
        return np.array([found[k] for k in range(wiring.n)])
    if wiring.n > MOST_SPRING:
        raise Invalid(f"A spring layout of more than {MOST_SPRING:,} units takes minutes; choose another layout.")
    graph = networkx.from_scipy_sparse_array(abs(wiring.weights))
    found = networkx.spring_layout(graph, seed=seed, iterations=50, method="force")
    return _framed(np.array([found[k] for k in range(wiring.n)]))


def bundled(
    places: Float[np.ndarray, "units 2"],
    groups: tuple[str, ...],
    graph: csr_array,
    tightness: float = 0.8,
) -> tuple[Float[np.ndarray, "edges points"], Float[np.ndarray, "edges points"]]:
    """Connections as curves that are drawn together where they join the same groups: x and y of their points.

    source: Holten (2006) IEEE Trans. Vis. Comput. Graph. 12: 741, with the middles of groups as the hierarchy, the
    middle of all above them, and cubic Bézier curves. `tightness` 0 gives straight lines.
    """
    group = np.unique(groups, return_inverse=True)[1]
    sizes = np.bincount(group)[:, None]
    middles = np.stack([np.bincount(group, places[:, k]) for k in (0, 1)], 1) / sizes
    listed = graph.tocoo()
    start, end = places[listed.col], places[listed.row]
    centre = places.mean(0)
    inner = [0.6 * middles[group[ends]] + 0.4 * centre for ends in (listed.col, listed.row)]
    straight = [start + (end - start) * part for part in (1 / 3, 2 / 3)]
    within = (group[listed.col] == group[listed.row])[:, None]
    control = [
        np.where(within, line, tightness * pull + (1 - tightness) * line)
        for line, pull in zip(straight, inner, strict=True)
    ]
    t = np.linspace(0, 1, STEPS)
    weights = np.stack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])
    x, y = (np.stack([p[:, k] for p in (start, *control, end)], 1) @ weights for k in (0, 1))
    return x, y


def straight(
    places: Float[np.ndarray, "units 2"], graph: csr_array
) -> tuple[Float[np.ndarray, "edges points"], Float[np.ndarray, "edges points"]]:
    """Connections as straight lines: x and y of their two ends."""
    listed = graph.tocoo()
    ends: Int[np.ndarray, "edges 2"] = np.stack([listed.col, listed.row], 1)
    return places[ends, 0], places[ends, 1]


def _by_area(areas: tuple[str, ...]) -> Float[np.ndarray, "units 2"]:
    """Each area a sunflower as large as its share of the units, the areas clockwise from the top."""
    names = tuple(dict.fromkeys(areas))
    place = {name: k for k, name in enumerate(names)}
    group = np.array([place[area] for area in areas])
    sizes = np.bincount(group)
    radii = np.sqrt(sizes / sizes.max())
    # room along the circle in proportion to the discs
    ends = np.cumsum(2.3 * radii)
    turn = np.pi / 2 - 2 * np.pi * (ends - 1.15 * radii) / ends[-1]
    far = ends[-1] / (2 * np.pi) if len(names) > 1 else 0.0
    middles = max(far, 1.2 * (len(names) > 1)) * np.stack([np.cos(turn), np.sin(turn)], 1)
    rank = np.zeros(len(areas), int)
    for k in range(len(names)):
        rank[group == k] = np.arange(sizes[k])
    out = radii[group] * np.sqrt((rank + 0.5) / sizes[group])
    return _framed(middles[group] + out[:, None] * np.stack([np.cos(rank * GOLDEN), np.sin(rank * GOLDEN)], 1))


def _framed(places: Float[np.ndarray, "units 2"]) -> Float[np.ndarray, "units 2"]:
    """Centred, the larger side from -1 to 1."""
    low, high = places.min(0), places.max(0)
    half = float((high - low).max()) / 2 or 1.0
    return (places - (low + high) / 2) / half
