"""Homophily: whether units that share partners are connected with each other."""

import numpy as np
from jaxtyping import Bool, Float
from scipy.stats import rankdata


def matching_index(graph: Bool[np.ndarray, "post pre"]) -> Float[np.ndarray, "units units"]:
    """Share of the partners of two units that both have, each other left aside; 0 without any partner.

    Partners that a unit hears and those that it speaks to count each for themselves.
    source: Hilgetag et al. (2000) Phil. Trans. R. Soc. B 355: 91; Betzel et al. (2016) NeuroImage 124: 1054.
    """
    links = graph.astype(float)
    np.fill_diagonal(links, 0.0)
    degree = links.sum(1) + links.sum(0)
    together = degree[:, None] + degree - 2 * (links + links.T)
    both = 2 * (links @ links.T + links.T @ links)
    found = np.divide(both, together, out=np.zeros_like(links), where=together > 0)
    np.fill_diagonal(found, 0.0)
    return found


def homophily(graph: Bool[np.ndarray, "post pre"]) -> float:
    """The chance that of a connected and an unconnected pair the connected one has the higher matching index.

    0.5 is none, as on average in random graphs; nan if all pairs are connected or none is. Where direction counts, both
    directions of a pair are pairs. A measure of the finished graph: it fits no growth rule, as the generative models of
    the publication do.
    """
    pairs = np.tril_indices(len(graph), -1)
    if (graph != graph.T).any():
        pairs = np.nonzero(~np.eye(len(graph), dtype=bool))
    connected, index = graph[pairs], matching_index(graph)[pairs]
    n = int(connected.sum())
    if not 0 < n < len(connected):
        return float("nan")
    ranks = rankdata(index)[connected].sum() - n * (n + 1) / 2
    return float(ranks / (n * (len(connected) - n)))
