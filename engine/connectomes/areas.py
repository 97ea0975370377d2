"""Several areas of given sizes, connected as a table of densities says."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.component import Component, Invalid, Typical
from engine.connectomes.assembly import assembled
from engine.connectomes.connectome import Connectome
from engine.connectomes.draws import SelfConnections, WeightSpread, drawn
from engine.connectomes.signs import RatioByUnit, Signs, Unsigned
from engine.connectomes.wiring import MOST_UNITS, Wiring, require_units

Probability = Annotated[float, Field(ge=0, le=1)]


class Area(Component):
    """One area: its name and how many units it has."""

    title: ClassVar[str] = "Area"
    name: Annotated[str, Field(min_length=1, description="Name of the area.")] = "area"
    units: Annotated[
        int, Field(ge=1, le=MOST_UNITS, description="Number of units in the area."), Typical(5, 200, 5)
    ] = 40


class AreasWiring(Wiring):
    """The table says how densely each area projects to each area, within areas on its diagonal."""

    kind: Literal["areas"] = "areas"
    title: ClassVar[str] = "Several areas"
    source: ClassVar[str] = "Song HF, Yang GR, Wang XJ (2016) PLoS Comput Biol 12:e1004792"
    areas: Annotated[tuple[Area, ...], Field(min_length=1, description="The areas with their sizes, in order.")] = (
        Area(name="sensory", units=40), Area(name="association", units=40), Area(name="motor", units=40),
    )  # fmt: skip
    densities: Annotated[
        tuple[tuple[Probability, ...], ...],
        Field(description="Chance of a connection to the area of the row from the area of the column."),
    ] = ((0.3, 0.05, 0.0), (0.15, 0.3, 0.05), (0.0, 0.15, 0.3))
    excitatory_only_between: Annotated[bool, Field(description="Inhibition stays within its area.")] = True
    weight_spread: WeightSpread = 0.0
    signs: Signs = RatioByUnit()
    self_connections: SelfConnections = False

    def wired(self, rng: np.random.Generator) -> Connectome:
        """Units area.1 … area.n. Raises Invalid if two areas share a name or the table does not fit the areas."""
        self._require_a_fitting_table()
        sizes = [area.units for area in self.areas]
        require_units(sum(sizes), "wiring.areas")
        area = np.repeat(np.arange(len(sizes)), sizes)
        areas = tuple(self.areas[a].name for a in area)
        names = tuple(f"{a.name}.{k}" for a in self.areas for k in range(1, a.units + 1))
        strengths = drawn(
            np.array(self.densities)[np.ix_(area, area)], len(area), self.weight_spread, self.self_connections, rng
        )
        local = self.excitatory_only_between
        unsigned = Unsigned(strengths, areas, areas)
        return assembled(unsigned, self.signs, rng, names, provenance=self._said(), inhibition_is_local=local)

    def _require_a_fitting_table(self) -> None:
        n, names = len(self.areas), [area.name for area in self.areas]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise Invalid(f"Two areas are called '{twice}'; each needs a name of its own.", "wiring.areas")
        if len(self.densities) != n or any(len(row) != n for row in self.densities):
            shape = " + ".join(str(len(row)) for row in self.densities) or "no"
            said = f"The table of densities must have {n} x {n} entries, a row and a column for each area"
            raise Invalid(f"{said}, but its rows have {shape} entries.", "wiring.densities")

    def _said(self) -> tuple[str, ...]:
        sizes = ", ".join(f"{area.name} ({area.units})" for area in self.areas)
        local = ("Inhibition stays within its area: densities between areas are those of excitatory units.",)
        return (f"Areas: {sizes}, connected by a table of densities.", *(local if self.excitatory_only_between else ()))
