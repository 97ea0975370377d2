"""The same connections with their strengths dealt out anew."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.connectomes.connectome import Connectome
from engine.connectomes.steps.shuffling import block_of_pair, movable, permuted, put, sign_of_source
from engine.connectomes.steps.step import Step

KEPT = {"sign": "", "source": ", each among those of its source", "target": ", each among those of its target",
        "area": ", each within its block of areas"}  # fmt: skip


class WeightShuffle(Step):
    """Who connects to whom stays, how strongly is permuted, among sources of one sign so that Dale's law holds.

    Keeps topology, all degrees and the weights of E and of I as a whole. Within sources, out-strength is kept too;
    within targets, in-strength; within blocks, the sum of every block of areas.
    """

    kind: Literal["weight_shuffle"] = "weight_shuffle"
    title: ClassVar[str] = "Shuffle weights"
    source: ClassVar[str] = "Opsahl T et al. (2008) Phys Rev Lett 101:168702 (weights reshuffled on a fixed topology)"
    within: Annotated[
        Literal["sign", "source", "target", "area"],
        Field(
            description="Weights trade places: all of one sign, those of one source, of one target, or of one block."
        ),
    ] = "sign"

    def change(self, connectome: Connectome, rng: np.random.Generator) -> Connectome:
        """Weights permuted among the connections between different units."""
        where = movable(connectome) & connectome.mask
        groups = (self._groups(connectome) * 3 + sign_of_source(connectome))[where]
        weights = put(connectome.weights, where, permuted(connectome.weights[where], groups, rng))
        kept = "connections, degrees and the weights of each sign are kept"
        return connectome.but(f"Weights shuffled{KEPT[self.within]}: {kept}.", weights=weights)

    def _groups(self, connectome: Connectome) -> np.ndarray:
        unit, whole = np.arange(connectome.n, dtype=np.int32), np.zeros((connectome.n, connectome.n), dtype=np.int32)
        if self.within == "area":
            return block_of_pair(connectome.areas)
        return whole + {"sign": 0, "source": unit[None, :], "target": unit[:, None]}[self.within]
