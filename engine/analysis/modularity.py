"""Modularity: how far connections keep within groups of units, groups found or given."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int
from scipy.sparse import csr_array, csr_matrix
from sknetwork.clustering import Louvain

RUNS = 10  # the best of so many: Louvain's method depends on the order of the units
CONNECTIONS = 1_500_000  # looked at in all runs together, so that large graphs take fewer


@dataclass(frozen=True, eq=False)
class Modularity:
    """The best division of the units into communities that was found, and its modularity Q; None without weights.

    `community` is the number of the community of every unit, the largest being 0.
    """

    q: float | None
    community: Int[np.ndarray, " units"]

    @property
    def communities(self) -> int:
        """Number of communities."""
        return len(np.unique(self.community))


def modularity_of(graph: csr_array, groups: Sequence[str] | Int[np.ndarray, " units"]) -> float | None:
    """Modularity Q of given groups: the share of |w| within groups less that expected from in- and out-strengths.

    source: Leicht & Newman (2008) Phys. Rev. Lett. 100: 118703, directed and weighted. None if there is no weight.
    """
    group = np.unique(np.asarray(groups), return_inverse=True)[1]
    strengths, post = abs(graph).tocoo(), abs(graph).tocoo().row
    total = float(strengths.data.sum())
    if total == 0:
        return None
    received = np.bincount(group[post], strengths.data, group.max() + 1)
    sent = np.bincount(group[strengths.col], strengths.data, group.max() + 1)
    within = strengths.data[group[post] == group[strengths.col]].sum()
    return float(within / total - (received * sent).sum() / total**2)


def modularity(graph: csr_array, seed: int = 0, runs: int | None = None) -> Modularity:
    """The communities of highest modularity in several runs of Louvain's method on |w|, with direction.

    Without `runs` there are ten, fewer for large graphs.

    source: Blondel et al. (2008) J. Stat. Mech. P10008; Dugué & Perez (2015) HAL hal-01231784 (directed).
    """
    strengths = csr_matrix(abs(graph).T)  # the library takes no sparse arrays, and wants [pre, post]
    strengths.eliminate_zeros()
    if not strengths.nnz:
        return Modularity(None, np.arange(graph.shape[0]))
    runs = max(2, min(RUNS, CONNECTIONS // strengths.nnz)) if runs is None else runs
    found = [
        Louvain(modularity="dugue", random_state=seed + run, shuffle_nodes=True).fit_predict(strengths)
        for run in range(runs)
    ]
    scores = [modularity_of(graph, labels) or 0.0 for labels in found]
    best = int(np.argmax(scores))
    return Modularity(scores[best], found[best].astype(np.int64))
