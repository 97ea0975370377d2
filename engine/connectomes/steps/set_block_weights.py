"""A block gets new weights."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.component import Typical
from engine.connectomes.connectome import Connectome
from engine.connectomes.draws import WeightSpread
from engine.connectomes.steps.block import Block
from engine.connectomes.steps.selection import PostAreas, PostTypes, PreAreas, PreTypes
from engine.connectomes.steps.step import Step


class SetBlockWeights(Step):
    """The connections of the block get strengths of this mean, all equal or lognormal, each with the sign it had."""

    kind: Literal["set_block_weights"] = "set_block_weights"
    title: ClassVar[str] = "Set the weights of a block"
    source: ClassVar[str] = "Song S et al. (2005) PLoS Biol 3:e68 (lognormal)"
    pre_areas: PreAreas = ()
    pre_types: PreTypes = ()
    post_areas: PostAreas = ()
    post_types: PostTypes = ()
    strength: Annotated[
        float, Field(gt=0, le=1e6, description="Mean strength of a connection."), Typical(0.01, 10, 0.01, log=True)
    ] = 1.0
    weight_spread: WeightSpread = 0.0

    def change(self, connectome: Connectome, rng: np.random.Generator) -> Connectome:
        """Existing connections stay the only ones. Raises Invalid for an unknown area or type."""
        block = Block(self.post_areas, self.post_types, self.pre_areas, self.pre_types)
        where, spread = block.pairs(connectome) & connectome.mask, self.weight_spread
        new = self.strength * np.exp(spread * rng.standard_normal(connectome.mask.shape) - spread**2 / 2)
        own = np.where(connectome.weights < 0, -1, 1)
        signs = np.where(connectome.signs[None, :] != 0, connectome.signs[None, :], own)
        did = f"{int(where.sum())} weights {block} set to a mean strength of {self.strength:g}."
        return connectome.but(did, weights=np.where(where, new * signs, connectome.weights))
