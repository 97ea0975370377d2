"""Degrees and strengths: how many inputs and outputs a unit has, and how strong they are in sum."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float, Int
from scipy.sparse import csr_array

from engine.component import Invalid


@dataclass(frozen=True, eq=False)
class Degrees:
    """Of every unit the number of inputs and outputs, and the sums of their |w|; self-connections do not count."""

    in_degree: Int[np.ndarray, " units"]
    out_degree: Int[np.ndarray, " units"]
    in_strength: Float[np.ndarray, " units"]
    out_strength: Float[np.ndarray, " units"]

    def table(self) -> pd.DataFrame:
        """One row per unit."""
        names = "in_degree", "out_degree", "in_strength", "out_strength"
        return pd.DataFrame({name: getattr(self, name) for name in names})


@dataclass(frozen=True, eq=False)
class Distribution:
    """How many units lie in each bin; the last bin includes its upper edge."""

    edges: Float[np.ndarray, " edges"]
    units: Int[np.ndarray, " bins"]

    def table(self) -> pd.DataFrame:
        """One row per bin."""
        return pd.DataFrame({"from": self.edges[:-1], "to": self.edges[1:], "units": self.units})


def degrees(graph: csr_array) -> Degrees:
    """Degrees and strengths of all units of a graph `[post, pre]` without self-connections."""
    strengths = abs(graph)
    return Degrees(
        np.diff(graph.indptr).astype(np.int64),
        np.bincount(graph.indices, minlength=graph.shape[1]),
        np.asarray(strengths.sum(1)).ravel(),
        np.asarray(strengths.sum(0)).ravel(),
    )


def distributions(*values: Float[np.ndarray, "_"] | Int[np.ndarray, "_"], bins: int = 30) -> tuple[Distribution, ...]:
    """The distribution of each set of values on common bins, so that they can be laid over each other.

    Bins of whole numbers (degrees) have a whole width and are centred on their numbers.
    """
    if bins < 1:
        raise Invalid(f"A histogram needs at least one bin, not {bins}.", "bins")
    found = np.concatenate(values)
    low, high = (float(found.min()), float(found.max())) if len(found) else (0.0, 0.0)
    if all(np.issubdtype(v.dtype, np.integer) for v in values):
        width = max(1, int(np.ceil((high - low + 1) / bins)))
        edges = np.arange(low, high + width + 0.5, width) - 0.5
    else:
        edges = np.linspace(low, high if high > low else low + 1.0, bins + 1)
    return tuple(Distribution(edges, np.histogram(v, edges)[0]) for v in values)
