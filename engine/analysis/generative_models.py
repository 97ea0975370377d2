"""Generative models: grown by which rule, one connection at a time, does a network look most like this one?"""

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int

from engine.component import Invalid

FAMILIES = {
    "space": ("spatial",),
    "homophily": ("neighbours", "matching"),
    "clustering": tuple(f"clustering {how}" for how in ("average", "least", "most", "difference", "product")),
    "degree": tuple(f"degree {how}" for how in ("average", "least", "most", "difference", "product")),
}
RULES = tuple(itertools.chain(*FAMILIES.values()))  # thirteen
ETAS = (-4.0, -3.0, -2.0, -1.0, -0.5, 0.0)
GAMMAS = (-0.5, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5)
LEAST = 1e-5  # added to every K, so that the first connections can be drawn
Graphs = Bool[np.ndarray, "models units units"]


@dataclass(frozen=True, eq=False)
class Fits:
    """The energy of every rule at every exponent, and where each rule fits best; lower is better."""

    table: pd.DataFrame  # rule, family, eta, gamma, energy, and the four distances that it is the largest of

    def best(self) -> pd.DataFrame:
        """One row a rule: where it fits best."""
        return self.table.loc[self.table.groupby("rule", sort=False)["energy"].idxmin()].reset_index(drop=True)

    def by_family(self) -> dict[str, float]:
        """The mean over the rules of a family of their best energy."""
        best = self.best()
        return {family: float(best.loc[best["family"] == family, "energy"].mean()) for family in FAMILIES}


def fitted(
    graph: Bool[np.ndarray, "units units"],
    distance: Float[np.ndarray, "units units"],
    grown: "dict[str, Int[np.ndarray, 'models connections 2']] | None" = None,
    etas: tuple[float, ...] = ETAS,
    gammas: tuple[float, ...] = GAMMAS,
    seed: int = 0,
) -> Fits:
    """All thirteen rules at all exponents against one undirected graph; `grown` are networks of `grow_all`, if known.

    source: Betzel et al. (2016) NeuroImage 124: 1054; energy as there: the largest of four Kolmogorov-Smirnov
    distances, of degrees, clustering, betweenness and lengths. Raises Invalid for a graph without connections.
    """
    graph = (graph | graph.T) & ~np.eye(len(graph), dtype=bool)
    count = int(np.triu(graph).sum())
    if not count:
        raise Invalid("A graph without connections cannot be compared with grown ones.")
    grown = grow_all(distance, count, etas, gammas, seed) if grown is None else grown
    wanted = features(graph[None], distance)[0]
    family = {rule: name for name, rules in FAMILIES.items() for rule in rules}
    rows = []
    for rule, edges in grown.items():
        models = as_graphs(edges[:, :count], len(graph))
        for (eta, gamma), found in zip(exponents(rule, etas, gammas), features(models, distance), strict=True):
            apart = {name: ks(found[name], wanted[name]) for name in wanted}
            rows.append({"rule": rule, "family": family[rule], "eta": eta, "gamma": gamma,
                         "energy": max(apart.values()), **apart})  # fmt: skip
    return Fits(pd.DataFrame(rows))


def grow_all(
    distance: Float[np.ndarray, "units units"],
    connections: int,
    etas: tuple[float, ...] = ETAS,
    gammas: tuple[float, ...] = GAMMAS,
    seed: int = 0,
) -> dict[str, Int[np.ndarray, "models connections 2"]]:
    """Networks of every rule; their first m connections are the network that was grown to m."""
    rng = np.random.default_rng(seed)
    return {rule: grow(rule, distance, connections, exponents(rule, etas, gammas), rng) for rule in RULES}


def exponents(rule: str, etas: tuple[float, ...], gammas: tuple[float, ...]) -> tuple[tuple[float, float], ...]:
    """Pairs of exponents, of distance and of the rule; space alone has no second one."""
    return tuple(itertools.product(etas, (0.0,) if rule == "spatial" else gammas))


def grow(
    rule: str,
    distance: Float[np.ndarray, "units units"],
    connections: int,
    pairs: tuple[tuple[float, float], ...],
    rng: np.random.Generator,
) -> Int[np.ndarray, "models connections 2"]:
    """One connection after the other with chance ∝ distance^eta · K^gamma, for all pairs of exponents at once."""
    n, models = len(distance), np.arange(len(pairs))
    if n < 3:
        raise Invalid(f"{n} units can be connected in one way only; rules of growth differ from 3 units on.")
    if connections > n * (n - 1) // 2:
        raise Invalid(f"{n} units have no room for {connections} connections.")
    eta, gamma = (np.array(column)[:, None] for column in zip(*pairs, strict=True))
    apart = np.where(np.eye(n, dtype=bool), 1.0, distance)
    far = apart[None] ** eta[:, :, None]
    graph, common = np.zeros((len(pairs), n, n)), np.zeros((len(pairs), n, n))
    chance = far * LEAST ** gamma[:, :, None] * ~np.eye(n, dtype=bool)
    edges = np.zeros((len(pairs), connections, 2), dtype=int)
    for step in range(connections):
        i = _drawn(chance.sum(2), rng)
        j = _drawn(chance[models, i], rng)
        edges[:, step] = np.stack([i, j], 1)
        common[models, i] += graph[models, j]
        common[models, :, i] += graph[models, j]
        common[models, j] += graph[models, i]
        common[models, :, j] += graph[models, i]
        changed = graph[models, i] * graph[models, j] if rule.startswith("clustering") else np.zeros((len(pairs), n))
        graph[models, i, j] = graph[models, j, i] = 1.0
        changed[models, i] = changed[models, j] = 1.0
        of, units = np.nonzero(changed)
        rows = far[of, units] * (_rule(rule, graph, common, of, units) + LEAST) ** gamma[of]
        rows = rows * (1 - graph[of, units])
        rows[np.arange(len(of)), units] = 0.0
        chance[of, units] = rows
        chance[of, :, units] = rows
    return edges


def _drawn(chances: Float[np.ndarray, "models choices"], rng: np.random.Generator) -> Int[np.ndarray, " models"]:
    """One choice a model, by its chances."""
    up_to = chances.cumsum(1)
    at = (up_to > rng.random(len(chances))[:, None] * up_to[:, -1:]).argmax(1)
    return at


def _rule(rule: str, graph, common, of, units) -> Float[np.ndarray, "rows units"]:
    """K between some units and all others, as the networks are now."""
    kind, _, how = rule.partition(" ")
    if rule == "spatial":
        return np.ones((len(of), graph.shape[1]))
    if rule == "neighbours":
        return common[of, units]
    degrees = graph.sum(2)
    if rule == "matching":  # shared partners over all partners, the pair itself left out
        rest = degrees[of] + degrees[of, units][:, None] - 2 * graph[of, units]
        return np.divide(2 * common[of, units], rest, out=np.zeros_like(rest), where=rest > 0)
    told = degrees if kind == "degree" else _clustering(graph, common, degrees)
    one, other = told[of, units][:, None], told[of]
    return {
        "average": lambda: (one + other) / 2, "least": lambda: np.minimum(one, other),
        "most": lambda: np.maximum(one, other), "difference": lambda: np.abs(one - other),
        "product": lambda: one * other,
    }[how]()  # fmt: skip


def _clustering(graph, common, degrees) -> Float[np.ndarray, "models units"]:
    """Share of the pairs of neighbours that are connected."""
    pairs = degrees * (degrees - 1)
    return np.divide((graph * common).sum(2), pairs, out=np.zeros_like(pairs), where=pairs > 0)


def features(graphs: Graphs, distance: Float[np.ndarray, "units units"]) -> list[dict[str, Float[np.ndarray, " _"]]]:
    """By graph: degree, clustering and betweenness of every unit, length of every connection."""
    dense = graphs.astype(float)
    degrees = dense.sum(2)
    clustered, between = _clustering(dense, dense @ dense, degrees), betweenness(graphs)
    above = np.triu(np.ones_like(distance, dtype=bool), 1)
    return [
        {"degree": degrees[k], "clustering": clustered[k], "betweenness": between[k], "length": distance[one & above]}
        for k, one in enumerate(graphs)
    ]


def betweenness(graphs: Graphs) -> Float[np.ndarray, "models units"]:
    """How many shortest ways between other units lead over a unit; every way is counted in both directions.

    source: Brandes (2001) J Math Sociol 25: 163, all sources at once, level by level.
    """
    A = graphs.astype(float)
    n = A.shape[1]
    ways = np.broadcast_to(np.eye(n), A.shape).copy()
    seen, front, levels = ways > 0, ways.copy(), [ways > 0]
    while True:
        ahead = np.where(seen, 0.0, front @ A)
        if not ahead.any():
            break
        ways, front, seen = ways + ahead, ahead, seen | (ahead > 0)
        levels.append(ahead > 0)
    leaned = np.zeros_like(A)
    for near, far in zip(levels[-2::-1], levels[:0:-1], strict=True):
        share = np.where(far, (1 + leaned) / np.where(ways > 0, ways, 1.0), 0.0)
        leaned += np.where(near, ways * (share @ A), 0.0)
    leaned[:, np.arange(n), np.arange(n)] = 0.0
    return leaned.sum(1)


def as_graphs(edges: Int[np.ndarray, "models connections 2"], units: int) -> Graphs:
    """Undirected graphs of lists of connections."""
    graphs = np.zeros((len(edges), units, units), dtype=bool)
    of = np.arange(len(edges))[:, None]
    graphs[of, edges[:, :, 0], edges[:, :, 1]] = graphs[of, edges[:, :, 1], edges[:, :, 0]] = True
    return graphs


def ks(first: Float[np.ndarray, " n"], second: Float[np.ndarray, " m"]) -> float:
    """The Kolmogorov-Smirnov distance: the largest one between the cumulative distributions of two samples."""
    first, second = np.sort(first), np.sort(second)
    every = np.concatenate([first, second])
    below = (np.searchsorted(sample, every, side="right") / len(sample) for sample in (first, second))
    return float(np.abs(next(below) - next(below)).max())
