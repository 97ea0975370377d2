"""Neurons of one imaging field: somata, hardly any synapses, and spikes that share a little."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Float, Int
from pydantic import Field

from engine.component import Typical
from engine.connectomes.assembly import assembled
from engine.connectomes.connectome import Connectome
from engine.connectomes.draws import LeastInputs, with_least_inputs
from engine.connectomes.layout import WHOLE, numbered
from engine.connectomes.signs import RatioByUnit, Signs, Unsigned
from engine.connectomes.wiring import MOST_UNITS, Wiring

FIELD_UM = np.array([998.0, 134.0, 500.0])  # extent of field 6_6_2
ORIGIN_UM = np.array([540.0, 520.0, 600.0])  # of the field in its volume, roughly; see the docstring
REACH_UM = 200.0  # by which the chance of a synapse falls to 1/e


class ImagingFieldWiring(Wiring):
    """A MICrONS-like field, drawn: somata in a box of 998 x 134 x 500 µm, a few synapses, and two measures of pairs.

    Correlation and spike-time tiling coefficient of different units are Gaussian, independent and symmetric, with the
    means and spreads that were measured in field 5_3_4, the default in size; both are 1 of a unit with itself. Nothing
    ties them to the synapses, as hardly anything does in the real fields. Positions count from the corner of the
    volume, as those of MICrONS do; its distance is such that the published, scrambled distances between units of
    different remainders (index modulo 3) have their measured mean, 0.78.
    """

    kind: Literal["imaging_field"] = "imaging_field"
    title: ClassVar[str] = "MICrONS-like field (drawn)"
    source: ClassVar[str] = "Fields of Shakiba M, Rokni R, Mohammadi M, Dehghani N (2026) arXiv:2606.14975"
    units: Annotated[int, Field(ge=1, le=MOST_UNITS, description="Number of units."), Typical(42, 632, 10)] = 70
    density: Annotated[
        float, Field(ge=0, le=0.2, description="Share of the pairs that are connected."), Typical(0, 0.01, 0.0005)
    ] = 0.0027
    least_inputs: LeastInputs = 0
    correlation: Annotated[
        float, Field(gt=-1, lt=1, description="Mean correlation of different units."), Typical(0, 0.2, 0.001)
    ] = 0.023
    correlation_spread: Annotated[
        float, Field(ge=0, le=0.3, description="Standard deviation of the correlation."), Typical(0, 0.1, 0.001)
    ] = 0.023
    tiling: Annotated[
        float, Field(gt=-1, lt=1, description="Mean tiling coefficient of different units."), Typical(-0.05, 0.1, 0.001)
    ] = -0.0075
    tiling_spread: Annotated[
        float, Field(ge=0, le=0.3, description="Standard deviation of the tiling coefficient."), Typical(0, 0.1, 0.001)
    ] = 0.017
    signs: Signs = RatioByUnit()

    def wired(self, rng: np.random.Generator) -> Connectome:
        """Units u1 … uN with positions, numbers of synapses as weights, and the two measures of pairs."""
        by_place, by_synapse, by_function = rng.spawn(3)
        places = ORIGIN_UM + by_place.random((self.units, 3)) * FIELD_UM
        counts = few_synapses(places, self.density, by_synapse).astype(float)
        chance = nearness(places)
        exists = with_least_inputs(counts > 0, by_synapse.random(counts.shape), chance, self.least_inputs)
        counts, names = np.where(exists, counts.clip(1), 0.0), numbered(self.units)
        made = assembled(
            Unsigned(counts, (WHOLE,) * self.units, names), self.signs, rng, names, positions_um=places,
            provenance=(f"{self.units} units in a box of 998 x 134 x 500 µm, {np.count_nonzero(counts)} connections.",),
            least_inputs=self.least_inputs,
        )  # fmt: skip
        pairs = {
            "correlation": self._symmetric(self.correlation, self.correlation_spread, by_function),
            "sttc": self._symmetric(self.tiling, self.tiling_spread, by_function),
        }
        return made.but(pairs=pairs)

    def _symmetric(self, mean: float, spread: float, rng: np.random.Generator) -> Float[np.ndarray, "units units"]:
        below = np.tril(rng.normal(mean, spread, (self.units, self.units)).clip(-1, 1), -1)
        return below + below.T + np.eye(self.units)


def few_synapses(
    places_um: Float[np.ndarray, "units 3"], density: float, rng: np.random.Generator
) -> Int[np.ndarray, "post pre"]:
    """How many synapses each unit has on each other one: a share `density` of the pairs is connected, near ones more
    often; about one connection in fifteen has a second synapse."""
    n = len(places_um)
    chance = nearness(places_um).ravel()
    wanted = min(round(density * n * (n - 1)), np.count_nonzero(chance))
    counts = np.zeros(chance.size, dtype=np.int64)
    chosen = rng.choice(chance.size, wanted, replace=False, p=chance / chance.sum()) if wanted else []
    counts[chosen] = rng.geometric(0.935, wanted)
    return counts.reshape(n, n)


def nearness(places_um: Float[np.ndarray, "units 3"]) -> Float[np.ndarray, "post pre"]:
    """How likely two units are connected, up to a factor: by 1/e less every 200 µm; never a unit with itself."""
    away = np.linalg.norm(places_um[:, None] - places_um, axis=-1)
    return np.where(np.eye(len(places_um), dtype=bool), 0.0, np.exp(-away / REACH_UM))
