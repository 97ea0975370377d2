"""Units are silenced: they are taken out, or what they send or receive is cut."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.component import Typical
from engine.connectomes.connectome import Connectome
from engine.connectomes.steps.filling import with_connections
from engine.connectomes.steps.selection import AreaNames, TypeNames, chosen, counted
from engine.connectomes.steps.step import Step
from engine.connectomes.steps.units import with_units

SAID = {"units": "removed", "outputs": "lost their outputs", "inputs": "lost their inputs",
        "connections": "lost all their connections"}  # fmt: skip


class Lesion(Step):
    """A share of the units of some areas and types, drawn by chance, is removed or cut off."""

    kind: Literal["lesion"] = "lesion"
    title: ClassVar[str] = "Lesion"
    source: ClassVar[str] = "ours: an edit"
    areas: AreaNames = ()
    types: TypeNames = ()
    share: Annotated[
        float, Field(ge=0, le=1, description="Share of these units (all units, if nothing is chosen)."),
        Typical(0.05, 1, 0.05),
    ] = 0.1  # fmt: skip
    cuts: Annotated[
        Literal["connections", "outputs", "inputs", "units"], Field(description="What is lost; units keep their place.")
    ] = "connections"

    def change(self, connectome: Connectome, rng: np.random.Generator) -> Connectome:
        """Exactly the rounded share is hit. Raises Invalid for an unknown area or type, or if no unit is left."""
        candidates = np.flatnonzero(chosen(connectome, self.areas, self.types))
        hit = np.zeros(connectome.n, bool)
        hit[rng.permutation(candidates)[: round(self.share * len(candidates))]] = True
        did = f"{int(hit.sum())} of {counted(len(candidates), 'unit')} {SAID[self.cuts]}."
        return (with_units(connectome, ~hit) if self.cuts == "units" else self._cut(connectome, hit)).but(did)

    def _cut(self, connectome: Connectome, hit: np.ndarray) -> Connectome:
        lost = np.zeros(connectome.mask.shape, bool)
        if self.cuts != "inputs":
            lost |= hit[None, :]
        if self.cuts != "outputs":
            lost |= hit[:, None]
        return with_connections(connectome, np.where(lost, 0.0, connectome.weights), connectome.mask & ~lost)
