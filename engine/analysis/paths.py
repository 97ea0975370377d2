"""Paths: over how many connections one unit reaches another."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int
from scipy.sparse import csr_array


@dataclass(frozen=True, eq=False)
class Paths:
    """Shortest paths between different units, in connections: `pairs[k]` ordered pairs lie k + 1 connections apart."""

    units: int
    pairs: Int[np.ndarray, " lengths"]

    @property
    def reached(self) -> float | None:
        """Share of the ordered pairs of different units with a path; None for a single unit."""
        return float(self.pairs.sum()) / (self.units * (self.units - 1)) if self.units > 1 else None

    @property
    def mean(self) -> float | None:
        """Mean length over the pairs that have a path; None if none has."""
        lengths = np.arange(1, len(self.pairs) + 1)
        return float((self.pairs * lengths).sum() / self.pairs.sum()) if self.pairs.sum() else None

    @property
    def efficiency(self) -> float | None:
        """Mean of 1 / length over all pairs, 0 where there is no path (Latora & Marchiori 2001); None for one unit."""
        lengths = np.arange(1, len(self.pairs) + 1)
        return float((self.pairs / lengths).sum()) / (self.units * (self.units - 1)) if self.units > 1 else None

    @property
    def longest(self) -> int:
        """The longest of the shortest paths; 0 if there is none."""
        return len(self.pairs)


def paths(graph: csr_array) -> Paths:
    """Lengths of the shortest paths of a graph `[post, pre]`, weights left aside.

    Breadth first from all units at once: every unit holds a bit for each unit that reaches it.
    """
    n = graph.shape[0]
    reached = np.zeros(((n + 63) // 64, n), dtype=np.uint64)
    unit = np.arange(n)
    reached[unit // 64, unit] = np.uint64(1) << (unit % 64).astype(np.uint64)
    found, count = [], n
    rows = np.flatnonzero(np.diff(graph.indptr))
    while count < n * n:
        for word in reached:  # 64 units at a time, and whatever reaches a source of a unit reaches the unit
            word[rows] |= np.bitwise_or.reduceat(word[graph.indices], graph.indptr[rows]) if len(rows) else 0
        more = int(np.bitwise_count(reached).sum(dtype=np.int64)) - count
        if not more:
            break
        found.append(more)
        count += more
    return Paths(n, np.array(found, dtype=np.int64))
