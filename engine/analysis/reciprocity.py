"""Reciprocity: how often a connection is answered by one the other way round."""

from dataclasses import dataclass

from scipy.sparse import csr_array

from engine.analysis.connections import existing


@dataclass(frozen=True)
class Reciprocity:
    """Shares are of connections between different units, and None where there is none.

    `binary` is the share whose reverse exists; by chance it would be the density, `chance`. `weighted` is the share of
    the total |w| that is answered by at least as much the other way round.
    """

    mutual_pairs: int
    one_way_pairs: int
    binary: float | None
    chance: float
    weighted: float | None


def reciprocity(graph: csr_array) -> Reciprocity:
    """Reciprocity of a graph `[post, pre]` without self-connections.

    source: Garlaschelli & Loffredo (2004) Phys. Rev. Lett. 93: 268701 (binary); Squartini et al. (2013) Sci. Rep. 3:
    2729 (weighted: sum of min(w[i, j], w[j, i]) over sum of w, here of |w|).
    """
    n, edges, there, strengths = graph.shape[0], graph.nnz, existing(graph), abs(graph)
    answered, total = int(there.multiply(there.T).sum()), float(strengths.sum())
    return Reciprocity(
        mutual_pairs=answered // 2,
        one_way_pairs=edges - answered,
        binary=answered / edges if edges else None,
        chance=edges / max(1, n * (n - 1)),
        weighted=float(strengths.minimum(strengths.T).sum()) / total if total > 0 else None,
    )
