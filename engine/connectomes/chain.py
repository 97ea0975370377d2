"""A feed-forward chain: each layer drives the next."""

from dataclasses import replace
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.component import Typical
from engine.connectomes.areas import Area, AreasWiring
from engine.connectomes.connectome import Connectome
from engine.connectomes.draws import Exact, LeastInputs, SelfConnections, WeightSpread
from engine.connectomes.routes import Backward, Forward, Types, Within
from engine.connectomes.signs import RatioByUnit, Signs
from engine.connectomes.wiring import MOST_UNITS, Wiring, require_units


class ChainWiring(Wiring):
    """Layers of equal size, each of which projects to the next one; if wished also to itself and to the one before."""

    kind: Literal["chain"] = "chain"
    title: ClassVar[str] = "Feed-forward chain"
    source: ClassVar[str] = "Abeles M (1991) Corticonics, Cambridge University Press (synfire chain)"
    layers: Annotated[int, Field(ge=1, le=1000, description="Number of layers, each an area."), Typical(2, 20, 1)] = 5
    units_per_layer: Annotated[
        int, Field(ge=1, le=MOST_UNITS, description="Number of units in every layer."), Typical(5, 100, 5)
    ] = 20
    forward: Forward = 0.5
    within: Within = 0.0
    backward: Backward = 0.0
    between: Annotated[
        Types, Field(description="Which connections may exist between layers; inhibition is local by default.")
    ] = Types()
    exact: Exact = False
    least_inputs: LeastInputs = 0
    weight_spread: WeightSpread = 0.0
    signs: Signs = RatioByUnit(excitatory_fraction=1.0)
    self_connections: SelfConnections = False

    def wired(self, rng: np.random.Generator) -> Connectome:
        """Units l1.1 … with layers as areas."""
        require_units(self.layers * self.units_per_layer, "wiring.layers")
        layers = tuple(Area(name=f"l{k}", units=self.units_per_layer) for k in range(1, self.layers + 1))
        shared = AreasWiring.model_fields.keys() & type(self).model_fields.keys() - {"kind", "steps"}
        made = AreasWiring(areas=layers, pattern="neighbours", **{name: getattr(self, name) for name in shared}).wired(
            rng
        )
        did = f"A chain of {self.layers} layers of {self.units_per_layer} units each."
        areas = tuple(f"layer {name.partition('.')[0][1:]}" for name in made.names)
        return replace(made, areas=areas, provenance=(did, *made.provenance[1:]))
