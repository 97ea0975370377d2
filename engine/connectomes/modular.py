"""Modules: dense within, sparse between."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.component import Invalid, Typical
from engine.connectomes.assembly import assembled
from engine.connectomes.connectome import Connectome
from engine.connectomes.draws import Exact, LeastInputs, SelfConnections, WeightSpread, drawn
from engine.connectomes.routes import Within
from engine.connectomes.signs import RatioByUnit, Signs, Unsigned
from engine.connectomes.wiring import MOST_UNITS, Wiring


class ModularWiring(Wiring):
    """Units form modules of equal size, connected densely within and sparsely between them."""

    kind: Literal["modular"] = "modular"
    title: ClassVar[str] = "Modules"
    source: ClassVar[str] = "Girvan M, Newman MEJ (2002) PNAS 99:7821 (planted partition), directed"
    units: Annotated[int, Field(ge=1, le=MOST_UNITS, description="Number of units."), Typical(20, 500, 10)] = 100
    modules: Annotated[
        int, Field(ge=1, le=1000, description="Number of modules; each is an area."), Typical(2, 10, 1)
    ] = 4
    within: Within = 0.5
    between: Annotated[float, Field(ge=0, le=1, description="Density between modules."), Typical(0.0, 0.2, 0.005)] = (
        0.05
    )
    exact: Exact = False
    least_inputs: LeastInputs = 0
    weight_spread: WeightSpread = 0.0
    signs: Signs = RatioByUnit()
    self_connections: SelfConnections = False

    def wired(self, rng: np.random.Generator) -> Connectome:
        """Units m1.1 … with modules as areas. Raises Invalid if there are more modules than units."""
        if self.modules > self.units:
            raise Invalid(f"{self.units} units cannot form {self.modules} modules; ask for fewer.", "wiring.modules")
        module = np.arange(self.units) * self.modules // self.units
        same = module[:, None] == module[None, :]
        strengths = drawn(np.where(same, self.within, self.between), self.units, self, rng, module)
        areas = tuple(f"module {m + 1}" for m in module)
        first = np.searchsorted(module, module)
        names = tuple(f"m{m + 1}.{k + 1}" for m, k in zip(module, np.arange(self.units) - first, strict=True))
        densities = f"density {self.within:g} within and {self.between:g} between"
        did = f"{self.units} units in {self.modules} modules, {densities}."
        return assembled(
            Unsigned(strengths, areas, areas), self.signs, rng, names,
            provenance=(did,), least_inputs=self.least_inputs,
        )  # fmt: skip
