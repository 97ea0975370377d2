"""A few hubs: those who have connections get more."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Bool, Float
from pydantic import Field

from engine.component import Typical
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
from engine.connectomes.signs import RatioByUnit, Signs, Unsigned
from engine.connectomes.wiring import MOST_UNITS, Wiring


class ScaleFreeWiring(Wiring):
    """Units come one by one and connect to those who have many connections already, so that a few become hubs.

    Each newcomer sends to units in proportion to their in-degree, and hears units in proportion to their out-degree.
    """

    kind: Literal["scale_free"] = "scale_free"
    title: ClassVar[str] = "Scale-free (hubs)"
    source: ClassVar[str] = "Barabási AL, Albert R (1999) Science 286:509, directed as in Bollobás B et al. (2003) SODA"
    units: Annotated[int, Field(ge=1, le=MOST_UNITS, description="Number of units."), Typical(20, 500, 10)] = 100
    connections: Annotated[
        int, Field(ge=0, le=MOST_UNITS, description="Connections that a new unit makes."), Typical(2, 20, 1)
    ] = 10
    newcomers_send: Annotated[
        float,
        Field(ge=0, le=1, description="Chance that such a connection leads away from the new unit."),
        Typical(0.0, 1.0, 0.05),
    ] = 0.5
    fairness: Annotated[
        float,
        Field(ge=0.001, le=1000, description="Added to every degree when lots are drawn; the larger, the fewer hubs."),
        Typical(0.1, 10, 0.1),
    ] = 1.0
    least_inputs: LeastInputs = 0
    weight_spread: WeightSpread = 0.0
    signs: Signs = RatioByUnit()
    self_connections: SelfConnections = False

    def wired(self, rng: np.random.Generator) -> Connectome:
        """Units u1 … uN, oldest first."""
        n, dice = self.units, thrown(self.units, self.weight_spread, rng)
        exists = with_self_connections(self._grown(rng), dice.chances, self.self_connections)
        popular = exists.sum(0) + self.fairness
        more = np.broadcast_to(popular / popular.sum() / 2, (n, n))
        exists = with_least_inputs(exists, dice.chances, more, self.least_inputs)
        names = numbered(n)
        did = f"{n} units, each new one with {self.connections} connections to those who have many already."
        return assembled(
            Unsigned(np.where(exists, dice.strengths, 0.0), (WHOLE,) * n, names), self.signs, rng, names,
            provenance=(did,), least_inputs=self.least_inputs,
        )  # fmt: skip

    def _grown(self, rng: np.random.Generator) -> Bool[np.ndarray, "post pre"]:
        """Whether post hears pre."""
        exists = np.zeros((self.units, self.units), bool)
        heard, reached = np.zeros((2, self.units))  # in-degrees and out-degrees
        for new in range(1, self.units):
            made = min(self.connections, new)
            sent = int(rng.binomial(made, self.newcomers_send))
            targets = _lots(heard[:new] + self.fairness, sent, rng)
            sources = _lots(reached[:new] + self.fairness, made - sent, rng)
            exists[targets, new] = exists[new, sources] = True
            heard[targets] += 1
            reached[sources] += 1
            heard[new], reached[new] = len(sources), len(targets)
        return exists


def _lots(weights: Float[np.ndarray, " units"], count: int, rng: np.random.Generator) -> np.ndarray:
    """`count` different units, drawn in proportion to their weights (a race of exponential clocks)."""
    return np.argsort(rng.exponential(size=len(weights)) / weights)[:count]
