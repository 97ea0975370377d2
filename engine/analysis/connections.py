"""The connections of a network as a sparse matrix, on which the questions about its graph are put."""

import numpy as np
from jaxtyping import Bool, Float
from scipy.sparse import csr_array

from engine.connectomes.connectome import Connectome
from engine.connectomes.sparse_wiring import SparseWiring


def connections(wiring: Connectome | SparseWiring) -> csr_array:
    """The connections between different units, `[post, pre]`, with signed weights; one of weight 0 still exists."""
    if isinstance(wiring, Connectome):
        return between_units(wiring.weights, wiring.mask)
    listed = wiring.weights.tocoo()
    different = listed.row != listed.col
    post, pre = listed.row[different], listed.col[different]
    return csr_array((listed.data[different], (post, pre)), shape=listed.shape)


def between_units(
    weights: Float[np.ndarray, "post pre"], mask: Bool[np.ndarray, "post pre"] | None = None
) -> csr_array:
    """The same for any square weights: what exists is given by the mask, else by weights other than 0."""
    post, pre = np.nonzero(weights if mask is None else mask)
    different = post != pre
    post, pre = post[different], pre[different]
    return csr_array((weights[post, pre], (post, pre)), shape=weights.shape)


def existing(graph: csr_array) -> csr_array:
    """1 for every connection."""
    return csr_array((np.ones(graph.nnz), graph.indices, graph.indptr), shape=graph.shape)
