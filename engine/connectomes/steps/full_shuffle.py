"""Connections anywhere: the matrix with its entries, zeros included, in random order."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Int
from pydantic import Field

from engine.connectomes.connectome import Connectome
from engine.connectomes.steps.shuffling import movable, parts, scattered, sign_of_source
from engine.connectomes.steps.step import Step


class FullShuffle(Step):
    """All entries between different units are permuted, absent connections included.

    Entries trade places only among sources of the same sign, so that the number and the weights of excitatory and of
    inhibitory connections are kept and Dale's law holds. Whole pairs: both directions move together, so a symmetric
    connectome stays symmetric and reciprocity is kept; a pair between units of unlike sign goes to another such pair.
    """

    kind: Literal["full_shuffle"] = "full_shuffle"
    title: ClassVar[str] = "Shuffle everything"
    source: ClassVar[str] = "Goulas A, Damicelli F, Hilgetag CC (2021) Neural Netw 142:608, with signs by unit"
    moves: Annotated[
        Literal["connections", "pairs"],
        Field(description="What moves: each direction by itself, or both directions of a pair together."),
    ] = "connections"

    def change(self, connectome: Connectome, rng: np.random.Generator) -> Connectome:
        """Entries permuted within each sign; self-connections and pairs never measured stay."""
        kept = "density, self-connections and the weights of each sign are kept"
        if self.moves == "connections":
            return scattered(connectome, sign_of_source(connectome), rng).but(f"All entries shuffled: {kept}.")
        return _pairs_moved(connectome, rng).but(f"All pairs of units shuffled: {kept}, reciprocity too.")


def _pairs_moved(connectome: Connectome, rng: np.random.Generator) -> Connectome:
    free = movable(connectome)
    first, second = np.nonzero(np.triu(free & free.T, 1))
    signs = connectome.signs
    turned = np.where(signs[first] == signs[second], rng.random(len(first)) < 0.5, signs[first] > signs[second])
    low, high = np.where(turned, second, first), np.where(turned, first, second)
    order = _partner((signs[low] + 1) * 3 + signs[high] + 1, rng)
    weights, mask = connectome.weights.copy(), connectome.mask.copy()
    for new, old in ((weights, connectome.weights), (mask, connectome.mask)):
        new[low, high] = old[low[order], high[order]]
        new[high, low] = old[high[order], low[order]]
    return connectome.but(weights=weights, mask=mask)


def _partner(groups: Int[np.ndarray, " pairs"], rng: np.random.Generator) -> Int[np.ndarray, " pairs"]:
    """For every pair the one whose entries it takes, of the same group."""
    order = np.arange(len(groups))
    for part in parts(groups):
        order[part] = rng.permutation(part)
    return order
