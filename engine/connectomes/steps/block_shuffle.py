"""Connections anywhere within their block of areas."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.connectomes.connectome import Connectome
from engine.connectomes.steps.selection import groups_by
from engine.connectomes.steps.shuffling import block_of_pair, scattered, sign_of_source
from engine.connectomes.steps.step import Step


class BlockShuffle(Step):
    """Every block of areas keeps its number of connections and its weights, and thus its sum; nothing finer is kept.

    Within a block, entries trade places among sources of the same sign, so that Dale's law holds.
    """

    kind: Literal["block_shuffle"] = "block_shuffle"
    title: ClassVar[str] = "Shuffle within blocks"
    source: ClassVar[str] = "Holland PW, Laskey KB, Leinhardt S (1983) Soc Networks 5:109 (blockmodel, counts exact)"
    by: Annotated[Literal["area", "type", "area_and_type"], Field(description="What the blocks are made of.")] = "area"

    def change(self, connectome: Connectome, rng: np.random.Generator) -> Connectome:
        """Entries permuted within every block; self-connections and pairs never measured stay."""
        groups = block_of_pair(_groups(connectome, self.by)) * np.int32(3) + sign_of_source(connectome)
        of = {"area": "areas", "type": "types", "area_and_type": "areas and types"}[self.by]
        kept = "the number and the sum of the connections of every block are kept"
        return scattered(connectome, groups, rng).but(f"Entries shuffled within blocks of {of}: {kept}.")


def _groups(connectome: Connectome, by: str) -> tuple[str, ...]:
    if by != "area_and_type":
        return groups_by(connectome, by)
    return tuple(f"{area}\n{kind}" for area, kind in zip(connectome.areas, connectome.types, strict=True))
