"""Small-worldness: more clustered than matched nulls, at paths hardly longer."""

from dataclasses import dataclass

import numpy as np

from engine.analysis.clustering import clustering
from engine.analysis.connections import connections
from engine.analysis.paths import paths
from engine.component import Invalid
from engine.connectomes.connectome import Connectome
from engine.connectomes.steps import RandomMatched, Step


@dataclass(frozen=True)
class SmallWorldness:
    """σ = (C / C_null) / (L / L_null); None where a null has no triangle or a graph no path.

    The nulls have the very number of units and connections of the graph; `null_*` are means over them.
    """

    sigma: float | None
    clustering: float
    path_length: float | None
    null_clustering: float
    null_path_length: float | None
    null_title: str
    nulls: int


def small_worldness(
    connectome: Connectome, rng: np.random.Generator, null: Step | None = None, nulls: int = 20
) -> SmallWorldness:
    """Small-worldness against `nulls` draws of a null model, by default the random graph of equal density.

    source: Humphries & Gurney (2008) PLoS ONE 3: e2051, with directed clustering and paths.
    """
    if nulls < 1:
        raise Invalid(f"Small-worldness needs at least one null, not {nulls}.", "nulls")
    null = RandomMatched() if null is None else null
    mine, drawn = _measured(connectome), [_measured(null.change(connectome, rng)) for _ in range(nulls)]
    clustered, lengths = float(np.mean([c for c, _ in drawn])), [length for _, length in drawn if length is not None]
    length = float(np.mean(lengths)) if lengths else None
    defined = mine[1] is not None and length is not None and clustered > 0
    sigma = (mine[0] / clustered) / (mine[1] / length) if defined else None
    return SmallWorldness(sigma, *mine, clustered, length, null.title, nulls)


def _measured(connectome: Connectome) -> tuple[float, float | None]:
    graph = connections(connectome)
    return clustering(graph).mean, paths(graph).mean
