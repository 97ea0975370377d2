"""A wiring of any size to be looked at: its connections as a sparse matrix, and what is known of its units."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int8
from scipy.sparse import coo_array, csr_array

from engine.connectomes.connectome import Connectome
from engine.connectomes.graph import Graph


@dataclass(frozen=True, eq=False)
class SparseWiring:
    """Connections `[post, pre]` with signed weights, self-connections included; one of weight 0 still exists.

    `signs[pre]` is +1, -1 or 0 (free, unknown, or of both kinds). `unknown` counts pairs that were never measured.
    """

    weights: csr_array
    names: tuple[str, ...]
    areas: tuple[str, ...]
    types: tuple[str, ...]
    signs: Int8[np.ndarray, " units"]
    positions_um: Float[np.ndarray, "units 3"] | None = None
    unknown: int = 0

    @property
    def n(self) -> int:
        """Number of units."""
        return len(self.names)

    @property
    def area_names(self) -> tuple[str, ...]:
        """The areas in order of first appearance."""
        return tuple(dict.fromkeys(self.areas))

    @property
    def self_connections(self) -> int:
        """Connections of a unit with itself."""
        listed = self.weights.tocoo()
        return int((listed.row == listed.col).sum())

    def connectome(self) -> Connectome:
        """The same as matrices; for wirings that fit."""
        mask = np.zeros(self.weights.shape, dtype=bool)
        listed = self.weights.tocoo()
        mask[listed.row, listed.col] = True
        return Connectome(
            self.weights.toarray(), mask, self.signs, self.names, self.areas, self.types, self.positions_um
        )


def sparse(wiring: Connectome | SparseWiring) -> SparseWiring:
    """The wiring as a sparse matrix."""
    if isinstance(wiring, SparseWiring):
        return wiring
    post, pre = np.nonzero(wiring.mask)
    return SparseWiring(
        rows_of(post, pre, wiring.weights[post, pre], wiring.n),
        wiring.names, wiring.areas, wiring.types, wiring.signs, wiring.positions_um,
        0 if wiring.unknown is None else int(wiring.unknown.sum()),
    )  # fmt: skip


def sparse_graph(graph: Graph, area_by: str = "", type_by: str = "") -> SparseWiring:
    """The connections of a graph as they were measured, signed where the data say so.

    Areas and types are the labels named `area_by` and `type_by`. A unit whose connections have one sign has it.
    """
    strengths = graph.strengths if graph.edge_signs is None else np.where(graph.edge_signs < 0, -1, 1) * graph.strengths
    signs = np.zeros(graph.n, np.int8)
    if graph.edge_signs is not None:
        kinds = [np.bincount(graph.pre[graph.edge_signs == kind], minlength=graph.n) > 0 for kind in (-1, 0, 1)]
        signs[kinds[2] & ~kinds[1] & ~kinds[0]], signs[kinds[0] & ~kinds[1] & ~kinds[2]] = 1, -1
    return SparseWiring(
        rows_of(graph.post, graph.pre, strengths, graph.n), graph.names,
        _labelled(graph, area_by, "all"), _labelled(graph, type_by, "unit"), signs, graph.positions_um,
        0 if graph.unknown is None else int(graph.unknown.sum()),
    )  # fmt: skip


def rows_of(post: np.ndarray, pre: np.ndarray, weights: np.ndarray, n: int) -> csr_array:
    """Connections gathered by row. Each pair may be there once, so nothing is summed or sorted: that would be slow."""
    small = np.int32 if n < 2**31 else np.int64
    listed = coo_array((weights, (post.astype(small, copy=False), pre.astype(small, copy=False))), shape=(n, n))
    listed.has_canonical_format = True
    return listed.tocsr()


def _labelled(graph: Graph, by: str, none: str) -> tuple[str, ...]:
    values = graph.labels.get(by)
    return (none,) * graph.n if values is None else tuple(value or "–" for value in values)
