"""Components: which units hang together, and which can all reach each other."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components


@dataclass(frozen=True, eq=False)
class Components:
    """The number of the component of every unit, the largest component being 0.

    `weak` components hang together whatever the direction; within a `strong` one every unit reaches every other.
    """

    weak: Int[np.ndarray, " units"]
    strong: Int[np.ndarray, " units"]

    @property
    def weak_sizes(self) -> tuple[int, ...]:
        """Number of units of every weak component, largest first."""
        return tuple(np.bincount(self.weak).tolist())

    @property
    def strong_sizes(self) -> tuple[int, ...]:
        """Number of units of every strong component, largest first."""
        return tuple(np.bincount(self.strong).tolist())


def components(graph: csr_array) -> Components:
    """Weak and strong components of a graph `[post, pre]`. source: Tarjan (1972) SIAM J. Comput. 1: 146."""
    from_pre = csr_array((np.ones(graph.nnz), graph.indices, graph.indptr), shape=graph.shape).T.tocsr()
    found = (connected_components(from_pre, directed=True, connection=kind)[1] for kind in ("weak", "strong"))
    return Components(*(_largest_first(labels) for labels in found))


def _largest_first(labels: Int[np.ndarray, " units"]) -> Int[np.ndarray, " units"]:
    """Components renumbered by size; of equal ones the one of the first unit comes first."""
    _, first, label, sizes = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    rank = np.empty(len(sizes), dtype=np.int64)
    rank[np.lexsort((first, -sizes))] = np.arange(len(sizes))
    return rank[label]
