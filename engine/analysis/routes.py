"""Routes: the pathways of predictive coding between cortical areas, and diagrams of what flows along all of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float


@dataclass(frozen=True)
class Route:
    """A pathway between layers of areas, and what predictive coding has it carry."""

    pre: str
    post: str
    carries: str

    def __str__(self) -> str:
        return f"{self.pre} to {self.post}"


PREDICTIVE_CODING = (
    Route("V1 L2/3", "LM L4", "prediction errors, forward"),
    Route("LM L5", "V1 L2/3", "predictions, backward"),
    Route("LM L5", "V1 L5", "predictions, backward"),
)


def route_table(
    names: Sequence[str], routes: Sequence[Route] = PREDICTIVE_CODING, **measures: Float[np.ndarray, "post pre"]
) -> pd.DataFrame:
    """One row per route of which both ends are there: what it carries, and each measure of its block."""
    rows = [
        {"pre": r.pre, "post": r.post, "carries": r.carries}
        | {name: float(values[names.index(r.post), names.index(r.pre)]) for name, values in measures.items()}
        for r in routes
        if r.pre in names and r.post in names
    ]
    return pd.DataFrame(rows, columns=["pre", "post", "carries", *measures])


def diagram(
    names: Sequence[str], density: Float[np.ndarray, "post pre"], difference: Float[np.ndarray, "post pre"]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Nodes with their places (areas side by side, superficial layers on top), and edges: width and colour.

    The width of an edge is its density, its colour the difference between two conditions; edges without synapses are
    left out, and an edge from a node to itself is a loop.
    """
    areas, depths = _axis([name.rpartition(" ")[0] for name in names]), sorted({_depth(name) for name in names})
    places = [(areas.index(name.rpartition(" ")[0]), -depths.index(_depth(name))) for name in names]
    nodes = pd.DataFrame({"name": list(names), "x": [x for x, _ in places], "y": [y for _, y in places]})
    post, pre = np.nonzero(density)
    named = np.array(list(names), dtype=object)
    edges = pd.DataFrame({
        "pre": named[pre], "post": named[post], "width": density[post, pre], "difference": difference[post, pre],
        "is_loop": post == pre,
    })  # fmt: skip
    return nodes, edges


def flows(names: Sequence[str], difference: Float[np.ndarray, "post pre"]) -> pd.DataFrame:
    """What a Sankey diagram draws: ribbons from sources to targets, wide as the difference is large.

    A width cannot be negative, so that what grew and what shrank are two diagrams, told by `change`.
    """
    post, pre = np.nonzero(difference)
    named, size = np.array(list(names), dtype=object), difference[post, pre]
    grew = np.where(size > 0, "grew", "shrank")
    found = pd.DataFrame({"source": named[pre], "target": named[post], "width": np.abs(size), "change": grew})
    return found.sort_values("width", ascending=False, ignore_index=True)


def _axis(areas: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(areas))


def _depth(name: str) -> str:
    """Layers sort by their first number: L2/3 above L4 above L5."""
    return name.rpartition(" ")[2]
