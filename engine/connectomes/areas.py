"""Several areas of given sizes, connected as a table of densities says."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Float
from pydantic import Field

from engine.component import Component, Typical
from engine.connectomes.assembly import assembled
from engine.connectomes.connectome import Connectome
from engine.connectomes.draws import Exact, LeastInputs, SelfConnections, WeightSpread, connected, possible, thrown
from engine.connectomes.routes import (
    AreaPairs,
    Backward,
    Forward,
    Pattern,
    Table,
    Types,
    Within,
    density_table,
    permitted,
    require_names,
)  # fmt: skip
from engine.connectomes.signs import RatioByUnit, Signs, Unsigned
from engine.connectomes.wiring import MOST_UNITS, Wiring, require_units


class Area(Component):
    """One area: its name and how many units it has."""

    title: ClassVar[str] = "Area"
    name: Annotated[str, Field(min_length=1, description="Name of the area.")] = "area"
    units: Annotated[
        int, Field(ge=1, le=MOST_UNITS, description="Number of units in the area."), Typical(5, 200, 5)
    ] = 40


class AreasWiring(Wiring):
    """The table says how densely each area projects to each area, within areas on its diagonal.

    In exact numbers, connections are counted for every pair of areas and of signs.
    """

    kind: Literal["areas"] = "areas"
    title: ClassVar[str] = "Several areas"
    source: ClassVar[str] = "Song HF, Yang GR, Wang XJ (2016) PLoS Comput Biol 12:e1004792"
    areas: Annotated[tuple[Area, ...], Field(min_length=1, description="The areas with their sizes, in order.")] = (
        Area(name="sensory", units=40), Area(name="association", units=40), Area(name="motor", units=40),
    )  # fmt: skip
    densities: Annotated[
        Table, Field(description="Chance of a connection to the area of the row from the area of the column.")
    ] = ((0.3, 0.05, 0.0), (0.15, 0.3, 0.05), (0.0, 0.15, 0.3))
    pattern: Pattern = "table"
    forward: Forward = 0.15
    backward: Backward = 0.05
    within: Within = 0.3
    between: Annotated[
        Types, Field(description="Which connections may exist between areas; inhibition is local by default.")
    ] = Types()
    exceptions: AreaPairs = ()
    exact: Exact = False
    least_inputs: LeastInputs = 0
    weight_spread: WeightSpread = 0.0
    signs: Signs = RatioByUnit()
    self_connections: SelfConnections = False

    def wired(self, rng: np.random.Generator) -> Connectome:
        """Units area.1 … area.n. Raises Invalid if two areas share a name or the table does not fit the areas."""
        sizes, called = [area.units for area in self.areas], [area.name for area in self.areas]
        require_names(called, self.exceptions, "wiring.areas")
        require_units(sum(sizes), "wiring.areas")
        area = np.repeat(np.arange(len(sizes)), sizes)
        chance = possible(self.table()[np.ix_(area, area)], len(area), self)
        dice = thrown(len(area), self.weight_spread, rng)

        def strengths(signs: np.ndarray) -> np.ndarray:
            allowed = permitted(area, called, self.between, self.exceptions, signs)
            exists = connected(dice.chances, np.where(allowed, chance, 0.0), self, 2 * area + (signs < 0))
            return np.where(exists, dice.strengths, 0.0)

        areas = tuple(called[a] for a in area)
        names = tuple(f"{a.name}.{k}" for a in self.areas for k in range(1, a.units + 1))
        return assembled(
            Unsigned(chance, areas, areas), self.signs, rng, names,
            provenance=self._said(), strengths=strengths, least_inputs=self.least_inputs,
        )  # fmt: skip

    def table(self) -> Float[np.ndarray, "areas areas"]:
        """The density from the area of the column to the area of the row, however it was given."""
        return density_table(
            self.pattern, len(self.areas), self.densities, self.forward, self.backward, self.within
        )  # fmt: skip

    def _said(self) -> tuple[str, ...]:
        sizes = ", ".join(f"{area.name} ({area.units})" for area in self.areas)
        share = f"{self.forward:g} forward, {self.backward:g} backward and {self.within:g} within"
        to = "the next areas" if self.pattern == "neighbours" else "all areas"
        how = "a table of densities" if self.pattern == "table" else f"densities to {to} of {share}"
        kept = [name.replace("_", " ") for name, value in self.between if value]
        between = "all" if len(kept) == 4 else ", ".join(kept) or "none"
        return (f"Areas: {sizes}, connected by {how}.", f"Connections between areas that may exist: {between}.")
