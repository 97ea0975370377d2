"""A small world: neighbours on a ring, and a few shortcuts."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Bool, Float
from pydantic import Field

from engine.component import Invalid, Typical
from engine.connectomes.assembly import assembled
from engine.connectomes.connectome import Connectome
from engine.connectomes.draws import (
    LeastInputs,
    SelfConnections,
    WeightSpread,
    thrown,
    with_least_inputs,
    with_self_connections,
)
from engine.connectomes.layout import WHOLE, numbered
from engine.connectomes.ring import steps_apart
from engine.connectomes.signs import RatioByUnit, Signs, Unsigned
from engine.connectomes.wiring import MOST_UNITS, Wiring


class SmallWorldWiring(Wiring):
    """Every unit hears its nearest neighbours on a ring; a share of these connections comes from anywhere instead.

    Watts and Strogatz rewire connections (here: their sources, so that all units hear equally many others);
    Newman and Watts leave them in place and add shortcuts, as many on average.
    """

    kind: Literal["small_world"] = "small_world"
    title: ClassVar[str] = "Small world"
    source: ClassVar[str] = (
        "Watts DJ, Strogatz SH (1998) Nature 393:440; Newman MEJ, Watts DJ (1999) Phys Lett A 263:341"
    )
    units: Annotated[int, Field(ge=1, le=MOST_UNITS, description="Number of units."), Typical(20, 500, 10)] = 100
    neighbours: Annotated[
        int, Field(ge=0, le=MOST_UNITS, description="Neighbours on either side that a unit hears."), Typical(1, 20, 1)
    ] = 5
    shortcuts: Annotated[
        float,
        Field(ge=0, le=1, description="Chance that a connection becomes, or brings, a shortcut."),
        Typical(0.0, 1.0, 0.01),
    ] = 0.1
    variant: Annotated[
        Literal["rewired", "added"], Field(description="Watts–Strogatz rewires connections, Newman–Watts adds some.")
    ] = "rewired"
    least_inputs: LeastInputs = 0
    weight_spread: WeightSpread = 0.0
    signs: Signs = RatioByUnit()
    self_connections: SelfConnections = False

    def wired(self, rng: np.random.Generator) -> Connectome:
        """Units u1 … uN around the ring. Raises Invalid if there are too few units for the neighbours."""
        n, heard = self.units, 2 * self.neighbours
        if heard >= n:
            said = f"With {n} units, a unit cannot hear {self.neighbours} neighbours on either side"
            raise Invalid(f"{said}; ask for {(n - 1) // 2} or fewer.", "wiring.neighbours")
        exists, strengths = self._connected(rng)
        names, done = numbered(n), "become shortcuts" if self.variant == "rewired" else "bring a shortcut each"
        did = f"{n} units on a ring hear {heard} neighbours; {self.shortcuts:.0%} of these connections {done}."
        return assembled(
            Unsigned(np.where(exists, strengths, 0.0), (WHOLE,) * n, names), self.signs, rng, names,
            provenance=(did,), least_inputs=self.least_inputs,
        )  # fmt: skip

    def _connected(
        self, rng: np.random.Generator
    ) -> tuple[Bool[np.ndarray, "post pre"], Float[np.ndarray, "post pre"]]:
        """Who hears whom, and how strongly those are heard that are."""
        n, heard = self.units, 2 * self.neighbours
        steps = steps_apart(n)
        others, near = steps > 0, (steps > 0) & (steps <= self.neighbours)
        dice = thrown(n, self.weight_spread, rng)
        # far units are equally likely; who was cut off returns only if none is left
        likely = np.where(near, np.float32(1e-9), np.float32(0.5))
        if self.variant == "rewired":
            kept = near & (dice.chances >= self.shortcuts)
            exists = with_least_inputs(kept, dice.chances, likely, heard)
        else:
            exists = near | (dice.chances < self.shortcuts * heard / max(1, n - 1 - heard)) & others
        exists = with_least_inputs(exists, dice.chances, likely, self.least_inputs)
        return with_self_connections(exists, dice.chances, self.self_connections), dice.strengths
