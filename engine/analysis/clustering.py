"""Clustering: how often the partners of a unit are themselves connected."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.sparse import csr_array

from engine.analysis.connections import existing

DENSE = 0.05  # share of existing pairs above which a dense product is faster
ROWS = 512  # rows at once, which bounds the memory of sparse products


@dataclass(frozen=True, eq=False)
class Clustering:
    """Clustering of every unit, 0 where it has fewer than two partners; weights are |w| over the largest |w|."""

    binary: Float[np.ndarray, " units"]
    weighted: Float[np.ndarray, " units"]

    @property
    def mean(self) -> float:
        """Mean over all units."""
        return float(self.binary.mean())

    @property
    def mean_weighted(self) -> float:
        """Mean over all units, by the geometric mean of the three weights of a triangle."""
        return float(self.weighted.mean())


def clustering(graph: csr_array) -> Clustering:
    """Clustering in a directed graph `[post, pre]`: triangles of any direction over those that are possible.

    source: Fagiolo (2007) Phys. Rev. E 76: 026107.
    """
    there, strengths = existing(graph), abs(graph)
    degree = np.diff(graph.indptr) + np.bincount(graph.indices, minlength=graph.shape[0])
    mutual = np.asarray(there.multiply(there.T).sum(1)).ravel()
    possible = degree * (degree - 1) - 2 * mutual
    roots = strengths.copy()
    roots.data = np.cbrt(strengths.data / (strengths.data.max(initial=0.0) or 1.0))
    return Clustering(*(_share(_triangles(part + part.T), possible) for part in (there, roots)))


def _triangles(both: csr_array) -> Float[np.ndarray, " units"]:
    """Half the diagonal of the third power of a symmetric matrix."""
    n = both.shape[0]
    if both.nnz > DENSE * n * n:
        dense = both.toarray()
        return np.einsum("ij,ij->i", dense @ dense, dense) / 2
    rows = [both[start : start + ROWS] for start in range(0, n, ROWS)]
    return np.concatenate([np.asarray((some @ both).multiply(some).sum(1)).ravel() for some in rows]) / 2


def _share(found: Float[np.ndarray, " units"], possible: np.ndarray) -> Float[np.ndarray, " units"]:
    return np.divide(found, possible, out=np.zeros(len(found)), where=possible > 0)
