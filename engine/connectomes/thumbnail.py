"""A small picture of a measured matrix, for a gallery."""

import numpy as np
from jaxtyping import Float

from engine.connectomes.graph import Graph
from engine.connectomes.record import Measurement


def thumbnail(measured: Measurement, pixels: int = 64) -> Float[np.ndarray, "post pre"]:
    """The matrix sorted by area, each pixel the strongest connection under it: 0 none, else 0.15 to 1 on a log scale.

    Matrices smaller than `pixels` are shown entry by entry.
    """
    areas = measured.labels[measured.record.area_by]
    first = {area: i for i, area in enumerate(dict.fromkeys(areas))}
    order = np.argsort([first[area] for area in areas], kind="stable")
    pooled = _max_pooled(measured.strengths[np.ix_(order, order)], min(pixels, measured.n))
    present = pooled > 0
    picture = np.zeros(pooled.shape)
    log = np.log(pooled[present])
    spread = np.ptp(log) if log.size else 0.0
    picture[present] = 0.15 + 0.85 * (log - log.min()) / spread if spread > 0 else 1.0
    return picture


def pooled(graph: Graph, pixels: int = 64) -> Float[np.ndarray, "post pre"]:
    """The strongest connection under each pixel of a graph that is too large for a matrix; signs as in the graph."""
    side = min(pixels, graph.n)
    picture = np.zeros((side, side))
    at = tuple(ends.astype(np.int64) * side // graph.n for ends in (graph.post, graph.pre))
    order = np.argsort(graph.strengths)  # the strongest is written last
    signs = 1 if graph.edge_signs is None else np.where(graph.edge_signs < 0, -1, 1)[order]
    picture[at[0][order], at[1][order]] = graph.strengths[order] * signs
    return picture


def _max_pooled(matrix: Float[np.ndarray, "post pre"], pixels: int) -> Float[np.ndarray, "rows columns"]:
    starts = np.arange(pixels) * len(matrix) // pixels
    return np.maximum.reduceat(np.maximum.reduceat(matrix, starts, 0), starts, 1)
