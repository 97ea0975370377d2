"""Other partners at the same distance."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Float, Int
from pydantic import Field

from engine.component import Invalid, Typical
from engine.connectomes.connectome import Connectome
from engine.connectomes.steps.degree_preserving import Swaps
from engine.connectomes.steps.rewiring import Grouping, rewired
from engine.connectomes.steps.selection import counted
from engine.connectomes.steps.shuffling import movable, scattered, sign_of_source
from engine.connectomes.steps.step import Step

NEIGHBOURS = 8  # units in a neighbourhood within which swaps are tried


class DistancePreserving(Step):
    """Connections move only to pairs of units about as far apart: the distribution of their lengths is kept.

    Distances are cut into bins that hold equally many pairs; the number of connections of each sign in every bin stays
    exactly. Without degrees, weights stay in their bin too. With degrees, targets are swapped and sources keep weights.
    """

    kind: Literal["distance_preserving"] = "distance_preserving"
    title: ClassVar[str] = "Rewire, lengths kept"
    source: ClassVar[str] = (
        "Betzel RF, Bassett DS (2018) PNAS 115:E4880; Samu D et al. (2014) PLoS Comput Biol 10:e1003557"
    )
    bins: Annotated[
        int, Field(ge=1, le=1000, description="Number of bins of distance; more keep lengths more closely."),
        Typical(5, 50, 1),
    ] = 20  # fmt: skip
    keep_degrees: Annotated[bool, Field(description="Also keep the in- and out-degree of every unit.")] = False
    swaps_per_connection: Swaps = 10

    def change(self, connectome: Connectome, rng: np.random.Generator) -> Connectome:
        """Connections moved within bins of distance. Raises Invalid for units without positions."""
        if not self.keep_degrees:
            groups = distance_bins(distances_um(connectome), self.bins) * 3 + sign_of_source(connectome)
            did = f"Connections moved within {counted(self.bins, 'bin')} of distance: lengths and weights per bin kept."
            return scattered(connectome, groups, rng).but(did)
        distances = distances_um(connectome)
        lengths = distance_bins(distances, self.bins)
        near = _neighbours(distances, connectome.signs, rng)
        result, done = rewired(connectome, movable(connectome), near, lengths, self.swaps_per_connection, rng)
        kept = f"kept are degrees and the distribution of lengths in {counted(self.bins, 'bin')}"
        return result.but(f"Rewired by {counted(done, 'swap')} of targets: {kept}.")


def _neighbours(distances: np.ndarray, signs: np.ndarray, rng: np.random.Generator) -> Grouping:
    """Groups of connections, other ones each time, whose sources or whose targets are close to each other.

    Swaps among these seldom change lengths, so that far more of them are possible than of any two connections.
    """

    def groups(post: Int[np.ndarray, " edges"], pre: Int[np.ndarray, " edges"]) -> Int[np.ndarray, " edges"]:
        centres = rng.choice(len(distances), max(1, len(distances) // NEIGHBOURS), replace=False)
        cell = distances[:, centres].argmin(1)
        return cell[post if rng.random() < 0.5 else pre] * 3 + signs[pre] + 1

    return groups


def distances_um(connectome: Connectome) -> Float[np.ndarray, "post pre"]:
    """Distance between every two units, or the length of their tract where that was measured and positions were not.

    Where a length is unknown it is infinite. Raises Invalid for units with neither.
    """
    if connectome.positions_um is None:
        if "length_mm" in connectome.pairs:
            return np.nan_to_num(connectome.pairs["length_mm"] * 1000.0, nan=np.inf)
        raise Invalid("The units have no positions, so there is no distance to keep; choose a wiring that has them.")
    squares = (connectome.positions_um**2).sum(1)
    found = squares[:, None] + squares[None, :]
    found -= 2 * connectome.positions_um @ connectome.positions_um.T
    return np.sqrt(np.maximum(found, 0.0, out=found), out=found)  # in place: 10,000 units are 0.8 GB


def distance_bins(distances: Float[np.ndarray, "post pre"], bins: int) -> Int[np.ndarray, "post pre"]:
    """The bin of every pair; bins hold equally many pairs of different units."""
    between = distances[~np.eye(len(distances), dtype=bool) & np.isfinite(distances)]
    edges = np.quantile(between, np.arange(1, bins) / bins, overwrite_input=True) if len(between) else np.zeros(0)
    return np.searchsorted(edges, distances, side="right").astype(np.int16)  # there are at most 1,000
