"""Connections that grow rarer with distance."""

from math import prod
from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Float
from pydantic import Field

from engine.component import Invalid, Typical
from engine.connectomes.assembly import assembled
from engine.connectomes.connectome import Connectome
from engine.connectomes.draws import Density, Exact, LeastInputs, SelfConnections, WeightSpread, drawn
from engine.connectomes.layout import WHOLE, flatness, grid_shape, numbered, on_grid
from engine.connectomes.signs import RatioByUnit, Signs, Unsigned
from engine.connectomes.wiring import MOST_UNITS, Wiring


class SpatialWiring(Wiring):
    """Units lie in a square or a cube, at random or on a grid; the chance of a connection falls off with distance.

    The chance is c · f(distance), at most 1, with c such that its mean over all pairs is the density.
    """

    kind: Literal["spatial"] = "spatial"
    title: ClassVar[str] = "Spatial (distance-dependent)"
    source: ClassVar[str] = "Ercsey-Ravasz M et al. (2013) Neuron 80:184 (exponential distance rule)"
    units: Annotated[int, Field(ge=1, le=MOST_UNITS, description="Number of units."), Typical(20, 500, 10)] = 100
    dimensions: Annotated[Literal[2, 3], Field(description="A square (2) or a cube (3).")] = 2
    placement: Annotated[Literal["random", "grid"], Field(description="Where units lie: anywhere or on a grid.")] = (
        "random"
    )
    grid: Annotated[
        tuple[Annotated[int, Field(ge=1, le=MOST_UNITS)], ...],
        Field(max_length=3, description="Sides of the grid in units; empty for the most compact one."),
    ] = ()
    wraps: Annotated[bool, Field(description="Opposite sides touch, so that no unit lies at an edge.")] = False
    extent_um: Annotated[float, Field(gt=0, description="Longest side of the space."), Typical(100, 2000, 50)] = 1000.0
    fall_off: Annotated[
        Literal["exponential", "gaussian", "power_law"],
        Field(description="How the chance falls off: exp(-d/l), exp(-d²/2l²) or (1+d/l) to the power -exponent."),
    ] = "exponential"
    length_um: Annotated[float, Field(gt=0, description="Length l of the fall-off."), Typical(50, 1000, 10)] = 200.0
    exponent: Annotated[
        float, Field(gt=0, le=100, description="Exponent of the power law."), Typical(0.5, 6.0, 0.1)
    ] = 2.0
    density: Density = 0.15
    exact: Exact = False
    least_inputs: LeastInputs = 0
    weight_spread: WeightSpread = 0.0
    signs: Signs = RatioByUnit()
    self_connections: SelfConnections = False

    def wired(self, rng: np.random.Generator) -> Connectome:
        """Units u1 … uN with positions; if the length constant does not permit the density, a remark says so."""
        positions, sides = self._placed(rng)
        between = distances(positions, sides if self.wraps else None)
        chance = scaled_to_density(self._falling(between), self.density)
        strengths = drawn(chance, self.units, self, rng)
        reached, names = mean_between(chance), numbered(self.units)
        short = f"A length of {self.length_um:g} µm permits a density of only {reached:.2g}, not {self.density:g}."
        where = "at random" if self.placement == "random" else "on a grid"
        edges = "; opposite sides touch" if self.wraps else ""
        space = f"{self.units} units {where} in {self.dimensions} dimensions of {self.extent_um:g} µm{edges}"
        did = f"{space}, {self.fall_off.replace('_', ' ')} fall-off over {self.length_um:g} µm."
        return assembled(
            Unsigned(strengths, (WHOLE,) * self.units, names), self.signs, rng, names, positions_um=positions,
            provenance=(did,), remarks=(*((short,) if reached < self.density * 0.99 else ()), *self._flat()),
            least_inputs=self.least_inputs,
        )  # fmt: skip

    def _placed(self, rng: np.random.Generator) -> tuple[Float[np.ndarray, "units 3"], Float[np.ndarray, "3"]]:
        """Positions, and the sides of the space."""
        sides = np.ones(3) * self.extent_um
        if self.placement == "grid":
            shape = self._shape()
            spacing = self.extent_um / max(shape)
            sides[: len(shape)] = np.array(shape) * spacing
            return on_grid(self.units, shape, spacing), sides
        positions = np.zeros((self.units, 3))
        positions[:, : self.dimensions] = rng.random((self.units, self.dimensions)) * self.extent_um
        return positions, sides

    def _shape(self) -> tuple[int, ...]:
        shape = self.grid or grid_shape(self.units, self.dimensions)
        if len(shape) != self.dimensions or (self.grid and prod(shape) != self.units):
            sides = " x ".join(map(str, shape))
            wanted = f"{self.units} units in {self.dimensions} dimensions"
            raise Invalid(f"A grid of {sides} does not hold exactly {wanted}; leave it empty for one.", "wiring.grid")
        return shape

    def _flat(self) -> tuple[str, ...]:
        said = flatness(self._shape(), self.dimensions) if self.placement == "grid" else ""
        return (said,) if said else ()

    def _falling(self, distance_um: Float[np.ndarray, "post pre"]) -> Float[np.ndarray, "post pre"]:
        with np.errstate(over="ignore"):  # a tiny length makes all distances infinite, and chances 0
            ratio = distance_um / self.length_um
        if self.fall_off == "power_law":
            return (1 + ratio) ** -self.exponent
        return np.exp(-ratio) if self.fall_off == "exponential" else np.exp(-(ratio**2) / 2)


def distances(
    positions_um: Float[np.ndarray, "units 3"], sides_um: Float[np.ndarray, "3"] | None = None
) -> Float[np.ndarray, "units units"]:
    """Euclidean distances in µm; with sides, the shortest ones in a space whose opposite sides touch."""
    squared = np.zeros((len(positions_um), len(positions_um)))
    for axis, x in enumerate(positions_um.T):
        if not x.any():
            continue  # fewer dimensions
        apart = np.abs(np.subtract.outer(x, x))
        if sides_um is not None:
            np.minimum(apart, sides_um[axis] - apart, out=apart)
        squared += np.square(apart, out=apart)
    return np.sqrt(squared, out=squared)


def mean_between(values: Float[np.ndarray, "post pre"]) -> float:
    """Mean over pairs of different units; of one unit alone, its own value."""
    n = len(values)
    return float((values.sum() - np.trace(values)) / (n * (n - 1))) if n > 1 else float(values[0, 0])


def scaled_to_density(falling: Float[np.ndarray, "post pre"], density: float) -> Float[np.ndarray, "post pre"]:
    """min(1, c · falling) with c such that the mean over pairs is `density`, as nearly as doubles permit."""
    n = len(falling)
    if n == 1 or density == 0:
        return np.full_like(falling, density)
    others = falling.ravel()[1:].reshape(n - 1, n + 1)[:, :-1]  # a view of all but the diagonal
    return scaled(falling, density_factor(others, density))


def scaled(falling: Float[np.ndarray, "*pairs"], factor: float) -> Float[np.ndarray, "*pairs"]:
    """min(1, factor · falling); with an infinite factor, whatever is possible is certain."""
    return np.minimum(1.0, falling * factor) if np.isfinite(factor) else (falling > 0).astype(float)


def density_factor(falling: Float[np.ndarray, "*pairs"], density: float) -> float:
    """The c for which min(1, c · falling) has the mean `density`; infinite if none is large enough.

    Solved exactly: pairs are sorted, the k nearest are certain, and the others share what is left of the density.
    Where even the nearest is not certain, nothing has to be sorted.
    """
    total = float(falling.sum())
    even = density * falling.size / total if total > 0 else np.inf
    if np.isfinite(even) and even * float(falling.max()) <= 1:
        return even
    values = np.sort(falling, axis=None)[::-1]
    rest = np.cumsum(values[::-1])[::-1]  # sum of this and all weaker ones
    wanted = density * len(values)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        factor = (wanted - np.arange(len(values))) / rest
        fits = (factor > 0) & (factor * values <= 1) & np.isfinite(factor)
    return float(factor[np.argmax(fits)]) if fits.any() else np.inf
