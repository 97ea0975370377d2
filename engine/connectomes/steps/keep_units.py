"""All other units are taken out."""

from typing import ClassVar, Literal

import numpy as np

from engine.connectomes.connectome import Connectome
from engine.connectomes.steps.selection import AreaNames, TypeNames, UnitNames, chosen, counted, listed
from engine.connectomes.steps.step import Step
from engine.connectomes.steps.units import with_units


class KeepUnits(Step):
    """Only units that are named (all, if none is), in one of the areas (all) and of one of the types (all) stay."""

    kind: Literal["keep_units"] = "keep_units"
    title: ClassVar[str] = "Keep only some units"
    source: ClassVar[str] = "ours: an edit"
    units: UnitNames = ()
    areas: AreaNames = ()
    types: TypeNames = ()

    def change(self, connectome: Connectome, rng: np.random.Generator) -> Connectome:
        """The kept units. Raises Invalid for an unknown name, or if no unit is left."""
        kept = chosen(connectome, self.areas, self.types)
        kept = kept & listed(connectome, self.units, (), ()) if self.units else kept
        of = f"{int(kept.sum())} of {counted(connectome.n, 'unit')}"
        return with_units(connectome, kept).but(f"{of} kept, the others removed.")
