"""A block is made stronger or weaker."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.component import Typical
from engine.connectomes.connectome import Connectome
from engine.connectomes.steps.block import Block
from engine.connectomes.steps.selection import PostAreas, PostTypes, PreAreas, PreTypes
from engine.connectomes.steps.step import Step


class ScaleBlock(Step):
    """The weights of the block, self-connections included, times a factor."""

    kind: Literal["scale_block"] = "scale_block"
    title: ClassVar[str] = "Scale a block"
    source: ClassVar[str] = "ours: an edit"
    pre_areas: PreAreas = ()
    pre_types: PreTypes = ()
    post_areas: PostAreas = ()
    post_types: PostTypes = ()
    factor: Annotated[
        float, Field(gt=0, le=1e6, description="What weights are multiplied by."), Typical(0.1, 10, 0.1, log=True)
    ] = 2.0
    of: Annotated[
        Literal["all", "excitatory", "inhibitory"], Field(description="Weights of which sign are scaled.")
    ] = "all"

    def change(self, connectome: Connectome, rng: np.random.Generator) -> Connectome:
        """Existing connections stay the only ones. Raises Invalid for an unknown area or type."""
        block = Block(self.post_areas, self.post_types, self.pre_areas, self.pre_types)
        old = connectome.weights
        of = {"all": old != 0, "excitatory": old > 0, "inhibitory": old < 0}[self.of]
        what = "Weights" if self.of == "all" else f"{self.of.capitalize()} weights"
        weights = np.where(block.pairs(connectome) & of, old * self.factor, old)
        return connectome.but(f"{what} {block} times {self.factor:g}.", weights=weights)
