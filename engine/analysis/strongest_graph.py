"""The strongest connections of a network as a graph, and what published studies measured on it."""

from dataclasses import dataclass
from functools import lru_cache

import networkx
import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.sparse import csr_array

from engine.analysis.connections import between_units
from engine.analysis.paths import paths
from engine.component import Invalid

SHARE = 0.1  # of all entries of the matrix, those on the diagonal included


def strongest(
    weights: Float[np.ndarray, "post pre"], share: float = SHARE, symmetric: bool = True
) -> Bool[np.ndarray, "post pre"]:
    """Where |w| lies above the quantile 1 - share of all N² entries, the diagonal included.

    Symmetric, as in the MICrONS study: either direction makes a connection, and loops are dropped after they took their
    part of the share, so that the density is up to twice the share. Otherwise, as in the seRNN demo, direction and
    loops stay. source: Shakiba et al. (2026) arXiv:2606.14975; Achterberg et al. (2023) Nat Mach Intell 5: 1369.
    """
    if not 0 < share < 1:
        raise Invalid(f"The share of the strongest weights must lie between 0 and 1, not at {share:g}.", "share")
    size = np.abs(weights)
    found = size > np.quantile(size, 1 - share)
    if not symmetric:
        return found
    return (found | found.T) & ~np.eye(len(found), dtype=bool)


def own_share(weights: Float[np.ndarray, "post pre"], share: float = SHARE) -> float:
    """The share of all units whose weight onto themselves is among the strongest."""
    return float(strongest(weights, share, symmetric=False).diagonal().mean())


def greedy_modularity(graph: Bool[np.ndarray, "units units"]) -> float:
    """Q of the communities that greedy merging finds; nan without connections. Direction counts if the graph has any.

    A random graph of density 0.19 has .20 with 70 units and .089 with 312.
    source: Clauset, Newman & Moore (2004) Phys. Rev. E 70: 066111; Leicht & Newman (2008) (directed); by networkx.
    """
    return greedy_communities(graph)[0]


def greedy_communities(graph: Bool[np.ndarray, "units units"]) -> tuple[float, Int[np.ndarray, " units"]]:
    """That Q, and the number of the community of every unit, the largest being 0."""
    made = networkx.from_numpy_array(graph, create_using=networkx.Graph if is_symmetric(graph) else networkx.DiGraph)
    community = np.arange(len(graph))
    if not made.number_of_edges():
        return float("nan"), community
    found = networkx.community.greedy_modularity_communities(made)
    for number, members in enumerate(found):
        community[list(members)] = number
    return float(networkx.community.modularity(made, found)), community


def assortativity(graph: Bool[np.ndarray, "units units"]) -> float:
    """Correlation of the degrees at both ends of a connection, nan if all are equal: of the number that post receives
    with the number that pre sends, which is the same thing in a graph without direction.

    source: Newman (2003) Phys. Rev. E 67: 026126.
    """
    received, sent = graph.sum(1), graph.sum(0)
    post, pre = np.nonzero(graph)
    if not len(post) or not np.ptp(received[post]) or not np.ptp(sent[pre]):
        return float("nan")
    return float(np.corrcoef(received[post], sent[pre])[0, 1])


def is_symmetric(graph: Bool[np.ndarray, "post pre"]) -> bool:
    """Whether every connection has one the other way round."""
    return bool((graph == graph.T).all())


@dataclass(frozen=True)
class Shape:
    """Mean clustering, and global efficiency, which stands for 1 / path length."""

    clustering: float
    efficiency: float


def shape(graph: Bool[np.ndarray, "units units"]) -> Shape:
    """Linked ordered pairs of neighbours, loops counted, over k² - k; and the mean of 1 / shortest path.

    Directed graphs are taken as they are, a unit's neighbours being those in its row, as the published codes did.
    source: Rubinov & Sporns (2010) NeuroImage 52: 1059 (clustering_coef_bu, efficiency_bin).
    """
    links = graph.astype(np.float64)
    degree = links.sum(1)
    linked = np.einsum("ij,ij->i", links @ links, links)
    possible = degree * (degree - 1)
    clustering = np.divide(linked, possible, out=np.zeros(len(links)), where=possible > 0)
    return Shape(float(clustering.mean()), paths(between_units(links)).efficiency or 0.0)


def small_world(graph: Bool[np.ndarray, "units units"], null: Shape) -> float:
    """σ = (C / C₀) / (E₀ / E) against the means of a null model; nan without connections."""
    found = shape(graph)
    if not (found.efficiency > 0 and null.clustering > 0):
        return float("nan")
    return (found.clustering / null.clustering) / (null.efficiency / found.efficiency)


@lru_cache(maxsize=64)
def published_null(units: int, nulls: int = 1000) -> Shape:
    """Means over symmetric uniform matrices cut at 0.7: density .18, loops at .3 of the units, whatever the network is.

    It depends on the number of units alone, so that it is computed once for each.
    source: Achterberg et al. (2023) and Shakiba et al. (2026), code.
    """
    rng = np.random.default_rng(0)
    drawn = (rng.random((units, units)) for _ in range(nulls))
    return _mean([shape((uniform + uniform.T) / 2 > 0.7) for uniform in drawn])


@lru_cache(maxsize=4096)
def matched_null(units: int, connections: int, loops: int = 0, symmetric: bool = True, nulls: int = 50) -> Shape:
    """Means over random graphs of the same number of units, connections (each pair once if symmetric) and loops."""
    rng = np.random.default_rng(0)
    return _mean([shape(_drawn(units, connections, loops, symmetric, rng)) for _ in range(nulls)])


def matched(graph: Bool[np.ndarray, "units units"], nulls: int = 50) -> Shape:
    """The null of the density of this very graph."""
    symmetric, loops = is_symmetric(graph), int(graph.trace())
    connections = (int(graph.sum()) - loops) // (2 if symmetric else 1)
    return matched_null(len(graph), connections, loops, symmetric, nulls)


def directed(weights: Float[np.ndarray, "post pre"], loops: bool) -> csr_array:
    """|w| as a graph with or without weights of units onto themselves, for modularity with direction."""
    size = np.abs(weights)
    return csr_array(size) if loops else between_units(size)


def _drawn(units: int, connections: int, loops: int, symmetric: bool, rng: np.random.Generator) -> np.ndarray:
    places = np.tril_indices(units, -1) if symmetric else np.nonzero(~np.eye(units, dtype=bool))
    chosen = rng.choice(len(places[0]), connections, replace=False)
    made = np.zeros((units, units), dtype=bool)
    made[places[0][chosen], places[1][chosen]] = True
    made = made | made.T if symmetric else made
    own = rng.choice(units, loops, replace=False)
    made[own, own] = True
    return made


def _mean(found: list[Shape]) -> Shape:
    return Shape(*(float(np.mean(part)) for part in zip(*((s.clustering, s.efficiency) for s in found), strict=True)))
