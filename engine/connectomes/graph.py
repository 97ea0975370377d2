"""A graph: the connections of named units as a list, so that it may be far larger than any network that trains."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Float, Int, Int8

from engine.component import Invalid


@dataclass(frozen=True, eq=False)
class Graph:
    """Connections between `n` units, each pair at most once; checked once, here.

    Connection e goes from unit `pre[e]` to unit `post[e]`, both indices into `names`, with the strength
    `strengths[e]` > 0 and, where the data sign connections, the sign `edge_signs[e]` (-1, 0 = unknown, 1).
    `unknown[post, pre]` marks pairs that were never measured (small graphs only). `pairs` are measures of pairs
    `[post, pre]` (length_mm, a correlation), `maps` values per unit, `labels` texts per unit.
    """

    names: tuple[str, ...]
    pre: Int[np.ndarray, " edges"]
    post: Int[np.ndarray, " edges"]
    strengths: Float[np.ndarray, " edges"]
    edge_signs: Int8[np.ndarray, " edges"] | None = None
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    positions_um: Float[np.ndarray, "units 3"] | None = None
    pairs: Mapping[str, Float[np.ndarray, "units units"]] = field(default_factory=dict)
    maps: Mapping[str, Float[np.ndarray, " units"]] = field(default_factory=dict)
    unknown: Bool[np.ndarray, "post pre"] | None = None

    def __post_init__(self) -> None:
        if not self.names:
            raise Invalid("The connectome has no units.")
        for what, ends in (("source", self.pre), ("target", self.post)):
            if ends.shape != self.strengths.shape:
                raise Invalid(f"There are {self.strengths.size} weights but {ends.size} {what} units.")
            if ends.size and not (ends.min() >= 0 and ends.max() < self.n):
                raise Invalid(f"A connection names a {what} unit beyond the {self.n} that there are.")
        if not (np.isfinite(self.strengths).all() and (self.strengths > 0).all()):
            raise Invalid("The strength of every connection must be a finite number above 0.")
        keys = np.sort(self.post.astype(np.int64) * self.n + self.pre)  # of millions faster than np.unique
        if (keys[1:] == keys[:-1]).any():
            raise Invalid("A pair of units is connected twice; add up its weights first.")

    @property
    def n(self) -> int:
        """Number of units."""
        return len(self.names)

    @property
    def edges(self) -> int:
        """Number of connections between different units."""
        return int((self.pre != self.post).sum())

    @property
    def density(self) -> float:
        """Share of the N(N-1) possible connections between different units that exist."""
        return self.edges / max(1, self.n * (self.n - 1))

    def dense(self) -> tuple[Float[np.ndarray, "post pre"], Int8[np.ndarray, "post pre"] | None]:
        """Strengths and signs of connections as matrices. For graphs that fit, see `wiring.require_units`."""
        strengths = np.zeros((self.n, self.n))
        strengths[self.post, self.pre] = self.strengths
        if self.edge_signs is None:
            return strengths, None
        signs = np.zeros((self.n, self.n), np.int8)
        signs[self.post, self.pre] = self.edge_signs
        return strengths, signs
