"""Structure: what published studies measure of trained weights, with threshold, symmetry and null in the open."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int

from engine.analysis.homophily import homophily
from engine.analysis.length_correlation import length_correlation
from engine.analysis.modularity import modularity
from engine.analysis.rich_club import rich_club
from engine.analysis.strongest_graph import (
    Shape,
    assortativity,
    directed,
    greedy_communities,
    matched,
    own_share,
    published_null,
    shape,
    small_world,
    strongest,
)
from engine.analysis.weight_entropy import weight_entropy

Null = Literal["matched", "published"]
Square = Float[np.ndarray, "post pre"]
MOST_REWIRED = 20  # rewired graphs for the rich club, which take longer than other nulls
NO_SHAPE = Shape(float("nan"), float("nan"))


@dataclass(frozen=True, eq=False)
class Structure:
    """One number a measure and moment, "after" training and "before" it; where there is none, it is left out.

    Of every unit, after training: its community (the largest is 0), its degree, and the mean degree of its partners.
    """

    rows: tuple[tuple[str, str, float], ...]  # measure, moment, value
    remarks: tuple[str, ...]
    community: Int[np.ndarray, " units"]
    degree: Float[np.ndarray, " units"]
    degree_of_partners: Float[np.ndarray, " units"]

    def table(self) -> pd.DataFrame:
        """One row a measure and moment."""
        return pd.DataFrame(list(self.rows), columns=["measure", "moment", "value"])

    def by_moment(self) -> pd.DataFrame:
        """One row a measure, one column a moment, `before` first if there is one; nan where there is no number."""
        wide = self.table().pivot(index="measure", columns="moment", values="value")
        columns = [moment for moment in ("before", "after") if moment in wide]
        return wide.loc[list(dict.fromkeys(measure for measure, _, _ in self.rows)), columns]


def structure(
    weights: Square,
    before: Square | None = None,
    distance: Square | None = None,
    share: float = 0.1,
    symmetric: bool = True,
    null: Null = "matched",
    nulls: int = 50,
) -> Structure:
    """The measures of Achterberg et al. (2023) and Shakiba et al. (2026), of one network.

    The graph is that of the strongest `share` of all weights; symmetric if either direction makes a connection, else
    direction counts in all that is measured of the graph. Self-connections count in its density and small-worldness
    alone. The sums of weights, their entropy and the weighted Q know no graph and are the same either way.
    """
    moments = {"after": weights} | ({} if before is None else {"before": before})
    graphs = {moment: strongest(of, share, symmetric) for moment, of in moments.items()}
    grouped = {moment: greedy_communities(_between(graph)) for moment, graph in graphs.items()}
    found = [
        (measure, moment, value)
        for moment, of in moments.items()
        for measure, value in {
            **_of_weights(of, distance, share), **_of_graph(graphs[moment], grouped[moment][0], null, nulls),
            **_of_the_rich(graphs[moment], of, nulls),
        }.items()
    ]  # fmt: skip
    lost = sorted({f"{measure} ({moment})" for measure, moment, value in found if not np.isfinite(value)})
    remarks = [f"No number for {', '.join(lost)}: too few connections, or all alike."] if lost else []
    if distance is None:
        remarks.append("Units have no place, so that nothing is said of distances.")
    if null == "published":
        remarks.append("The published null has a density of 0.18, whatever that of the network is.")
    rows = tuple(row for row in found if np.isfinite(row[2]))
    return Structure(rows, tuple(remarks), grouped["after"][1], *_degrees(_between(graphs["after"])))


def _of_weights(weights: Square, distance: Square | None, share: float) -> dict[str, float]:
    size = np.abs(weights)
    total = float(size.sum())
    found = {
        "sum of |w|": total,
        "share of self-weights in it": float(size.trace() / total) if total else float("nan"),
        "units whose self-weight is among the strongest": own_share(weights, share),
        "Q, directed, weighted, with self-weights": _q(weights, loops=True),
        "Q, directed, weighted, without self-weights": _q(weights, loops=False),
        "entropy of the weights (bits)": weight_entropy(weights),
    }
    far = {} if distance is None else {"correlation of |w| and distance": length_correlation(weights, distance)}
    return found | far


def _of_the_rich(graph: Bool[np.ndarray, "post pre"], weights: Square, nulls: int) -> dict[str, float]:
    """At the degree that at least a tenth of the units exceed; all degrees are a question of their own."""
    top = rich_club(graph, weights, min(nulls, MOST_REWIRED)).top
    said = {
        "coefficient": "rich club of the graph, top tenth",
        "normalised": "rich club of the graph, top tenth, over nulls",
        "weighted": "rich club of the graph, top tenth, weighted",
        "weighted_normalised": "rich club of the graph, top tenth, weighted, over nulls",
    }
    return {measure: top[name] for name, measure in said.items()}


def _of_graph(graph: Bool[np.ndarray, "post pre"], q: float, null: Null, nulls: int) -> dict[str, float]:
    between, here, random = _between(graph), NO_SHAPE, NO_SHAPE
    if graph.any():
        here = shape(graph)
        random = published_null(len(graph), 20 * nulls) if null == "published" else matched(graph, nulls)
    return {
        "density of the graph": float(graph.mean()),
        "Q, greedy, of the graph": q,
        "clustering of the graph": here.clustering,
        f"clustering, {null} null": random.clustering,
        "efficiency of the graph": here.efficiency,
        f"efficiency, {null} null": random.efficiency,
        f"small-worldness, {null} null": small_world(graph, random) if graph.any() else float("nan"),
        "assortativity of degrees": assortativity(between),
        "homophily": homophily(between),
    }


def _between(graph: Bool[np.ndarray, "post pre"]) -> Bool[np.ndarray, "post pre"]:
    return graph & ~np.eye(len(graph), dtype=bool)


def _degrees(graph: Bool[np.ndarray, "post pre"]) -> tuple[Float[np.ndarray, " units"], Float[np.ndarray, " units"]]:
    """Partners of every unit, each once, and their mean number of partners; 0 without any."""
    either = (graph | graph.T).astype(float)
    degree = either.sum(1)
    return degree, np.divide(either @ degree, degree, out=np.zeros_like(degree), where=degree > 0)


def _q(weights: Square, loops: bool) -> float:
    found = modularity(directed(weights, loops), runs=3).q
    return float("nan") if found is None else found
