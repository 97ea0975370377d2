"""How far apart units lie, in the measures that published wiring costs used."""

from math import prod
from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Float
from pydantic import Field
from scipy.spatial.distance import cdist

from engine.component import Component, Invalid, Typical
from engine.connectomes.connectome import Connectome
from engine.connectomes.layout import flatness, grid_shape

VOXEL_UM = (0.004, 0.004, 0.040)  # of the MICrONS volume


class Distance(Component):
    """Euclidean distance between units that sit on a grid or where they were measured, to some power.

    `scrambled` repeats a fault of the MICrONS study, which reshaped its table of coordinates instead of transposing it:
    units then fall into three clusters by their index modulo 3, without any anatomy.
    """

    title: ClassVar[str] = "Distance"
    source: ClassVar[str] = "Achterberg et al. (2023) Nat Mach Intell 5: 1369; Shakiba et al. (2026)"

    coordinates: Annotated[
        Literal["grid", "measured_um", "min_max", "scrambled"],
        Field(description="grid: whole steps; measured_um: where units lie, in µm; min_max: the same, each axis scaled "
              "to 0 … 1; scrambled: as published in the MICrONS study, fault included"),
    ] = "grid"  # fmt: skip
    grid: Annotated[
        tuple[Annotated[int, Field(ge=1, le=10_000)], ...],
        Field(max_length=3, description="Sides x, y, z of the grid; units fill z first, then x, then y; empty is the "
              "most compact box"),
    ] = ()  # fmt: skip
    power: Annotated[float, Field(gt=0, description="Exponent of the distance"), Typical(0.5, 3, 0.1)] = 1.0
    of_self: Annotated[
        float, Field(ge=0, description="What stands for the distance of a unit to itself; 0 makes autapses free"),
        Typical(0, 1, 0.1),
    ] = 0.0  # fmt: skip

    def require_places(self, connectome: Connectome, address: str) -> None:
        """Raises Invalid, below `address`, if units have no place or the grid does not fit."""
        if self.coordinates == "grid":
            if self.grid and prod(self.grid) != connectome.n:
                said = f"A grid of {' x '.join(map(str, self.grid))} does not hold exactly {connectome.n} units"
                raise Invalid(f"{said}; leave it empty for one that does.", f"{address}.grid")
        elif (um := connectome.positions_um) is None or not np.isfinite(um).all():
            lost = "This wiring has no coordinates" if um is None else "Some units of this wiring have no coordinates"
            raise Invalid(f"{lost}; choose the grid, or a wiring whose units have a place.", f"{address}.coordinates")

    def remarks(self, connectome: Connectome) -> tuple[str, ...]:
        """What a user should know of the places: where their grid is a line or a plane."""
        flat = flatness(self._sides(connectome.n), 3) if self.coordinates == "grid" else ""
        box = " x ".join(map(str, grid_shape(connectome.n, 3)))
        return (f"{flat} Leave the grid empty for the most compact box, {box}.",) if flat and self.grid else ()

    def between(self, connectome: Connectome) -> Float[np.ndarray, "units units"]:
        """The distance of every pair, to the power."""
        where = self._lattice(connectome.n) if self.coordinates == "grid" else self._placed(connectome.positions_um)
        distance = cdist(where, where) ** self.power
        np.fill_diagonal(distance, self.of_self)
        return distance

    def _lattice(self, n: int) -> Float[np.ndarray, "units 3"]:
        axes = np.meshgrid(*(np.arange(side, dtype=float) for side in self._sides(n)))
        return np.stack([axis.ravel() for axis in axes], axis=1)[:n]

    def _sides(self, n: int) -> tuple[int, ...]:
        return (*(self.grid or grid_shape(n, 3)), 1, 1)[:3]

    def _placed(self, um: Float[np.ndarray, "units 3"]) -> Float[np.ndarray, "units 3"]:
        if self.coordinates == "measured_um":
            return um
        axes = (um / VOXEL_UM).reshape(3, -1) if self.coordinates == "scrambled" else um.T
        low, span = axes.min(1, keepdims=True), np.ptp(axes, axis=1, keepdims=True)
        return ((axes - low) / np.where(span > 0, span, 1)).T
