"""Connections that grow rarer with distance."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Float
from pydantic import Field

from engine.component import Typical
from engine.connectomes.assembly import assembled
from engine.connectomes.connectome import Connectome
from engine.connectomes.draws import Density, SelfConnections, WeightSpread, drawn
from engine.connectomes.layout import WHOLE
from engine.connectomes.signs import RatioByUnit, Signs, Unsigned
from engine.connectomes.wiring import MOST_UNITS, Wiring


class SpatialWiring(Wiring):
    """Units lie at random in a square or a cube; the chance of a connection falls off with the distance between them.

    The chance is c · f(distance), at most 1, with c such that its mean over all pairs is the density.
    """

    kind: Literal["spatial"] = "spatial"
    title: ClassVar[str] = "Spatial (distance-dependent)"
    source: ClassVar[str] = "Ercsey-Ravasz M et al. (2013) Neuron 80:184 (exponential distance rule)"
    units: Annotated[int, Field(ge=2, le=MOST_UNITS, description="Number of units."), Typical(20, 500, 10)] = 100
    dimensions: Annotated[Literal[2, 3], Field(description="A square (2) or a cube (3).")] = 2
    extent_um: Annotated[float, Field(gt=0, description="Side of the square or cube."), Typical(100, 2000, 50)] = 1000.0
    fall_off: Annotated[
        Literal["exponential", "gaussian"], Field(description="How the chance falls off: exp(-d/l) or exp(-d²/2l²).")
    ] = "exponential"
    length_um: Annotated[float, Field(gt=0, description="Length constant of the fall-off."), Typical(50, 1000, 10)] = (
        200.0
    )
    density: Density = 0.15
    weight_spread: WeightSpread = 0.0
    signs: Signs = RatioByUnit()
    self_connections: SelfConnections = False

    def wired(self, rng: np.random.Generator) -> Connectome:
        """Units u1 … uN with positions; if the length constant does not permit the density, a remark says so."""
        positions = np.zeros((self.units, 3))
        positions[:, : self.dimensions] = rng.random((self.units, self.dimensions)) * self.extent_um
        chance = scaled_to_density(self._falling(distances(positions)), self.density)
        strengths = drawn(chance, self.units, self.weight_spread, self.self_connections, rng)
        names = tuple(f"u{k}" for k in range(1, self.units + 1))
        reached = mean_between(chance)
        short = (
            f"A length constant of {self.length_um:g} µm permits a density of only {reached:.2g}, not {self.density:g}."
        )
        space = f"{self.units} units in {self.dimensions} dimensions of {self.extent_um:g} µm"
        did = f"{space}, {self.fall_off} fall-off over {self.length_um:g} µm."
        return assembled(
            Unsigned(strengths, (WHOLE,) * self.units, names), self.signs, rng, names, positions_um=positions,
            provenance=(did,), remarks=(short,) if reached < self.density * 0.99 else (),
        )  # fmt: skip

    def _falling(self, distance_um: Float[np.ndarray, "post pre"]) -> Float[np.ndarray, "post pre"]:
        ratio = distance_um / self.length_um
        return np.exp(-ratio) if self.fall_off == "exponential" else np.exp(-(ratio**2) / 2)


def distances(positions_um: Float[np.ndarray, "units 3"]) -> Float[np.ndarray, "units units"]:
    """Euclidean distances in µm."""
    squared = sum((x[:, None] - x[None, :]) ** 2 for x in positions_um.T)
    return np.sqrt(squared)


def mean_between(values: Float[np.ndarray, "post pre"]) -> float:
    """Mean over pairs of different units."""
    n = len(values)
    return float((values.sum() - np.trace(values)) / (n * (n - 1)))


def scaled_to_density(falling: Float[np.ndarray, "post pre"], density: float) -> Float[np.ndarray, "post pre"]:
    """min(1, c · falling) with c such that the mean over pairs is `density`, as nearly as doubles permit.

    Solved exactly: pairs are sorted, the k nearest are certain, and the others share what is left of the density.
    """
    n = len(falling)
    values = np.sort(falling[~np.eye(n, dtype=bool)])[::-1]
    rest = np.cumsum(values[::-1])[::-1]  # sum of this and all weaker ones
    wanted = density * len(values)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        factor = (wanted - np.arange(len(values))) / rest
        fits = (factor > 0) & (factor * values <= 1) & np.isfinite(factor)
    if density == 0:
        return np.zeros_like(falling)
    if fits.any():
        return np.minimum(1.0, falling * factor[np.argmax(fits)])
    return (falling > 0).astype(float)
