"""Other partners for everyone, and as many as before."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.component import Typical
from engine.connectomes.connectome import Connectome
from engine.connectomes.steps.rewiring import rewired
from engine.connectomes.steps.selection import counted
from engine.connectomes.steps.shuffling import block_of_pair, movable, sign_of_source
from engine.connectomes.steps.step import Step

KEPT = {
    "all": "in- and out-degree of every unit",
    "sign": "out-degree of every unit and its in-degree from E and from I",
    "area": "in- and out-degree of every unit from and to every area, and with it all block counts",
}
Swaps = Annotated[
    int,
    Field(ge=1, le=1000, description="How often each connection tries to swap its target; 10 forgets the source."),
    Typical(1, 50, 1),
]


class DegreePreserving(Step):
    """Pairs of connections swap targets: every unit keeps its number of inputs and of outputs exactly.

    A connection keeps its source and its weight, so every unit also keeps its output weights, its out-strength and
    Dale's law; in-strength follows from the new partners.
    """

    kind: Literal["degree_preserving"] = "degree_preserving"
    title: ClassVar[str] = "Rewire, degrees kept"
    source: ClassVar[str] = "Maslov S, Sneppen K (2002) Science 296:910, directed and weighted"
    swaps_per_connection: Swaps = 10
    within: Annotated[
        Literal["all", "sign", "area"],
        Field(description="Who swaps: any two connections, two of one sign, or two of the same block of areas."),
    ] = "sign"

    def change(self, connectome: Connectome, rng: np.random.Generator) -> Connectome:
        """Targets swapped; self-connections and pairs never measured stay."""
        groups = np.zeros((connectome.n, connectome.n), dtype=np.int64)
        groups = groups if self.within == "all" else groups + sign_of_source(connectome)
        groups = groups + 3 * block_of_pair(connectome.areas) if self.within == "area" else groups
        result, done = rewired(
            connectome, movable(connectome), lambda post, pre: groups[post, pre], None, self.swaps_per_connection, rng
        )
        kept = f"kept are the {KEPT[self.within]}, and the weights of every source"
        return result.but(f"Rewired by {counted(done, 'swap')} of targets: {kept}.")
