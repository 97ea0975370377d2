"""Structure: what published studies measure of trained weights, with threshold, symmetry and null in the open."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from engine.analysis.homophily import homophily
from engine.analysis.length_correlation import length_correlation
from engine.analysis.modularity import modularity
from engine.analysis.strongest_graph import (
    assortativity,
    directed,
    greedy_modularity,
    matched,
    own_share,
    published_null,
    small_world,
    strongest,
)
from engine.analysis.weight_entropy import weight_entropy

Null = Literal["matched", "published"]
Square = Float[np.ndarray, "post pre"]


@dataclass(frozen=True, eq=False)
class Structure:
    """One number a measure and moment, "after" training and "before" it; where there is none, it is left out."""

    rows: tuple[tuple[str, str, float], ...]  # measure, moment, value
    remarks: tuple[str, ...]

    def table(self) -> pd.DataFrame:
        """One row a measure and moment."""
        return pd.DataFrame(list(self.rows), columns=["measure", "moment", "value"])


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

    The graph is that of the strongest `share` of all weights; symmetric if either direction makes a connection.
    """
    moments = {"after": weights} | ({} if before is None else {"before": before})
    found = [
        (measure, moment, value)
        for moment, of in moments.items()
        for measure, value in _measured(of, distance, share, symmetric, null, nulls)
    ]
    lost = sorted({f"{measure} ({moment})" for measure, moment, value in found if not np.isfinite(value)})
    remarks = [f"No number for {', '.join(lost)}: too few connections, or all alike."] if lost else []
    if distance is None:
        remarks.append("Units have no place, so that nothing is said of distances.")
    if null == "published":
        remarks.append("The published null has a density of 0.18, whatever that of the network is.")
    return Structure(tuple(row for row in found if np.isfinite(row[2])), tuple(remarks))


def _measured(
    weights: Square, distance: Square | None, share: float, symmetric: bool, null: Null, nulls: int
) -> Iterator[tuple[str, float]]:
    size, graph = np.abs(weights), strongest(weights, share, symmetric)
    either = strongest(weights, share)
    total = float(size.sum())
    yield "sum of |w|", total
    yield "share of self-weights in it", float(size.trace() / total) if total else float("nan")
    yield "units whose self-weight is among the strongest", own_share(weights, share)
    yield "density of the graph", float(graph.mean())
    yield "Q, greedy, of the graph", greedy_modularity(either)
    yield "Q, directed, weighted, with self-weights", _q(weights, loops=True)
    yield "Q, directed, weighted, without self-weights", _q(weights, loops=False)
    yield f"small-worldness, {null} null", _sigma(graph, null, nulls)
    yield "assortativity of degrees", assortativity(either)
    yield "homophily", homophily(either)
    yield "entropy of the weights (bits)", weight_entropy(weights)
    if distance is not None:
        yield "correlation of |w| and distance", length_correlation(weights, distance)


def _q(weights: Square, loops: bool) -> float:
    found = modularity(directed(weights, loops), runs=3).q
    return float("nan") if found is None else found


def _sigma(graph: Bool[np.ndarray, "units units"], null: Null, nulls: int) -> float:
    if not graph.any():
        return float("nan")
    return small_world(graph, published_null(len(graph), 20 * nulls) if null == "published" else matched(graph, nulls))
