"""Units are taken out."""

from typing import ClassVar, Literal

import numpy as np

from engine.connectomes.connectome import Connectome
from engine.connectomes.steps.selection import AreaNames, TypeNames, UnitNames, counted, listed
from engine.connectomes.steps.step import Step
from engine.connectomes.steps.units import with_units


class RemoveUnits(Step):
    """Units that are named, or in one of the areas, or of one of the types, are gone with all their connections."""

    kind: Literal["remove_units"] = "remove_units"
    title: ClassVar[str] = "Remove units"
    source: ClassVar[str] = "ours: an edit"
    units: UnitNames = ()
    areas: AreaNames = ()
    types: TypeNames = ()

    def change(self, connectome: Connectome, rng: np.random.Generator) -> Connectome:
        """The other units. Raises Invalid for an unknown name, or if no unit is left."""
        gone = listed(connectome, self.units, self.areas, self.types)
        return with_units(connectome, ~gone).but(f"{counted(int(gone.sum()), 'unit')} removed.")
