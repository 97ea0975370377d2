"""A block is made as dense as asked."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.component import Typical
from engine.connectomes.connectome import Connectome
from engine.connectomes.steps.block import Block
from engine.connectomes.steps.filling import exact_counts, with_counts
from engine.connectomes.steps.selection import PostAreas, PostTypes, PreAreas, PreTypes
from engine.connectomes.steps.shuffling import block_of_pair
from engine.connectomes.steps.step import Step


class SetDensity(Step):
    """Connections are added or removed by chance until every chosen pair of areas has this density exactly.

    The count is the density times the possible pairs of different units, rounded; what rounding leaves over is shared
    out, so that it is also exact in the sum. An added connection takes the weight of one that is there, of the same
    sign and block if there is any.
    """

    kind: Literal["set_density"] = "set_density"
    title: ClassVar[str] = "Set the density of blocks"
    source: ClassVar[str] = "ours: an edit"
    pre_areas: PreAreas = ()
    pre_types: PreTypes = ()
    post_areas: PostAreas = ()
    post_types: PostTypes = ()
    density: Annotated[
        float, Field(ge=0, le=1, description="Share of the pairs that are connected."), Typical(0, 1, 0.01)
    ] = 0.2

    def change(self, connectome: Connectome, rng: np.random.Generator) -> Connectome:
        """Blocks of areas thinned or filled. Raises Invalid for an unknown area or type."""
        block = Block(self.post_areas, self.post_types, self.pre_areas, self.pre_types)
        pairs = np.flatnonzero(block.pairs(connectome) & ~np.eye(connectome.n, dtype=bool))
        areas = block_of_pair(connectome.areas).ravel()[pairs]
        counts = exact_counts(self.density, np.bincount(areas), rng)
        result, added, removed = with_counts(connectome, pairs, areas, counts, rng)
        return result.but(f"Density {block} set to {self.density:g}: {added} connections added, {removed} removed.")
