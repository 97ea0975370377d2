"""Connections by chance alone."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.component import Typical
from engine.connectomes.assembly import assembled
from engine.connectomes.connectome import Connectome
from engine.connectomes.draws import Density, Exact, LeastInputs, SelfConnections, WeightSpread, drawn
from engine.connectomes.layout import WHOLE, numbered
from engine.connectomes.signs import RatioByUnit, Signs, Unsigned
from engine.connectomes.wiring import MOST_UNITS, Wiring


class RandomWiring(Wiring):
    """Every pair of units is connected with the same chance, each direction by itself."""

    kind: Literal["random"] = "random"
    title: ClassVar[str] = "Random"
    source: ClassVar[str] = "Erdős P, Rényi A (1959) Publ Math Debrecen 6:290, directed"
    units: Annotated[int, Field(ge=1, le=MOST_UNITS, description="Number of units."), Typical(20, 500, 10)] = 100
    density: Density = 0.2
    exact: Exact = False
    least_inputs: LeastInputs = 0
    weight_spread: WeightSpread = 0.0
    signs: Signs = RatioByUnit()
    self_connections: SelfConnections = False

    def wired(self, rng: np.random.Generator) -> Connectome:
        """Connections between units u1 … uN."""
        names = numbered(self.units)
        strengths = drawn(self.density, self.units, self, rng)
        return assembled(
            Unsigned(strengths, (WHOLE,) * self.units, names), self.signs, rng, names,
            provenance=(f"{self.units} units, each pair connected with chance {self.density:g}.",),
            least_inputs=self.least_inputs,
        )  # fmt: skip
