"""Units are put into areas by a list."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.component import Component, Invalid
from engine.connectomes.connectome import Connectome
from engine.connectomes.steps.selection import UnitNames, counted, named, places
from engine.connectomes.steps.step import Step


class UnitsOfArea(Component):
    """One area and the units that belong to it."""

    title: ClassVar[str] = "Units of an area"
    area: Annotated[str, Field(min_length=1, max_length=200, description="Name of the area, old or new.")] = "area"
    units: UnitNames = ()


class AssignAreas(Step):
    """The listed units belong to the areas of the list; all others stay where they are."""

    kind: Literal["assign_areas"] = "assign_areas"
    title: ClassVar[str] = "Assign areas"
    source: ClassVar[str] = "ours: an edit"
    areas: Annotated[tuple[UnitsOfArea, ...], Field(max_length=10_000, description="Areas with their units.")] = ()

    def change(self, connectome: Connectome, rng: np.random.Generator) -> Connectome:
        """Raises Invalid for a name that no unit has, or a unit that is listed twice."""
        listed = [unit for entry in self.areas for unit in entry.units]
        if len(set(listed)) != len(listed):
            twice = next(unit for unit in listed if listed.count(unit) > 1)
            raise Invalid(f"The unit '{twice}' is listed twice; each belongs to one area.")
        areas = list(connectome.areas)
        for entry in self.areas:
            for place in places(connectome, entry.units):
                areas[place] = entry.area
        to = named([entry.area for entry in self.areas], "no area")
        return connectome.but(f"{counted(len(listed), 'unit')} assigned to {to}.", areas=tuple(areas))
