"""Units on a ring, connected by the angle between them."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Float, Int8
from pydantic import Field

from engine.component import Typical
from engine.connectomes.assembly import assembled
from engine.connectomes.connectome import Connectome
from engine.connectomes.draws import (
    Density,
    Dice,
    Exact,
    LeastInputs,
    SelfConnections,
    WeightSpread,
    connected,
    possible,
    thrown,
)  # fmt: skip
from engine.connectomes.layout import WHOLE, numbered, on_circle
from engine.connectomes.signs import RatioByUnit, Signs, Unsigned, UnsignedUnits
from engine.connectomes.spatial import mean_between, scaled_to_density
from engine.connectomes.wiring import MOST_UNITS, Wiring

Width = Annotated[float, Field(gt=0, le=360), Typical(10, 180, 5)]


class RingWiring(Wiring):
    """Units prefer angles around a circle; those that prefer similar angles are connected more often, or excite.

    By a window, a cosine or a von Mises profile the chance falls off with the angle, and units excite or inhibit.
    In a Mexican hat all pairs are equally likely, near units excite and far ones inhibit: units have no sign of their
    own, and Dale's law has to be off.
    """

    kind: Literal["ring"] = "ring"
    title: ClassVar[str] = "Ring"
    source: ClassVar[str] = "Ben-Yishai R et al. (1995) PNAS 92:3844; Compte A et al. (2000) Cereb Cortex 10:910"
    units: Annotated[int, Field(ge=1, le=MOST_UNITS, description="Number of units."), Typical(20, 500, 10)] = 100
    profile: Annotated[
        Literal["window", "cosine", "von_mises", "mexican_hat"],
        Field(description="How connections depend on the angle between two units."),
    ] = "von_mises"
    width_deg: Annotated[
        Width, Field(description="Half width of the window, or standard deviation of the profile; not of the cosine.")
    ] = 40.0
    inhibitory_width_deg: Annotated[
        Width, Field(description="The same for inhibitory units, or for the surround of a Mexican hat.")
    ] = 90.0
    surround: Annotated[
        float,
        Field(ge=0, le=100, description="Depth of the surround of a Mexican hat; its peak is 1."),
        Typical(0, 2, 0.05),
    ] = 0.5
    radius_um: Annotated[float, Field(gt=0, description="Radius of the circle."), Typical(50, 1000, 10)] = 500.0
    density: Density = 0.2
    exact: Exact = False
    least_inputs: LeastInputs = 0
    weight_spread: WeightSpread = 0.0
    signs: Signs = RatioByUnit()
    self_connections: SelfConnections = False

    def wired(self, rng: np.random.Generator) -> Connectome:
        """Units u1 … uN at equal angles; if a width does not permit the density, a remark says so."""
        n, names = self.units, numbered(self.units)
        dice, apart = thrown(n, self.weight_spread, rng), angles_apart(n)
        is_hat = self.profile == "mexican_hat"
        hat = self._hat(apart) if is_hat else np.ones((n, n))
        widths = (self.width_deg, self.inhibitory_width_deg)
        excitatory, inhibitory = (self._chance(apart, width) * (hat != 0) for width in widths)

        def strengths(signs: Int8[np.ndarray, " pre"]) -> Float[np.ndarray, "post pre"]:
            chance = np.where(signs[None, :] < 0, inhibitory, excitatory)
            return self._drawn(dice, chance, signs) * np.abs(hat)

        unsigned = Unsigned(
            np.abs(hat), (WHOLE,) * n, names, edge_signs=np.sign(hat).astype(np.int8) if is_hat else None
        )
        free = ("In a Mexican hat units have no sign of their own, so the rule for signs is not used.",)
        return assembled(
            unsigned, UnsignedUnits() if is_hat else self.signs, rng, names,
            positions_um=on_circle(n, self.radius_um),
            labels={"angle_deg": tuple(f"{360 * k / n:.2f}" for k in range(n))},
            provenance=(f"{n} units on a ring, {self.profile.replace('_', ' ')} profile, density {self.density:g}.",),
            remarks=self._short(excitatory, inhibitory) + (free if is_hat else ()),
            strengths=strengths, least_inputs=self.least_inputs,
        )  # fmt: skip

    def _drawn(
        self, dice: Dice, chance: Float[np.ndarray, "post pre"], signs: Int8[np.ndarray, " pre"]
    ) -> Float[np.ndarray, "post pre"]:
        exists = connected(dice.chances, possible(chance, self.units, self), self, (signs < 0).astype(int))
        return np.where(exists, dice.strengths, 0.0)

    def _chance(self, apart_deg: Float[np.ndarray, "post pre"], width_deg: float) -> Float[np.ndarray, "post pre"]:
        if self.profile == "mexican_hat":
            return np.full_like(apart_deg, self.density)
        if self.profile == "window":
            falling = (apart_deg <= width_deg).astype(float)
        elif self.profile == "cosine":
            falling = (1 + np.cos(np.deg2rad(apart_deg))) / 2
        else:
            falling = _von_mises(apart_deg, width_deg)
        return scaled_to_density(falling, self.density)

    def _hat(self, apart_deg: Float[np.ndarray, "post pre"]) -> Float[np.ndarray, "post pre"]:
        return _von_mises(apart_deg, self.width_deg) - self.surround * _von_mises(apart_deg, self.inhibitory_width_deg)

    def _short(self, *chances: Float[np.ndarray, "post pre"]) -> tuple[str, ...]:
        reached = min(map(mean_between, chances))
        said = f"The width of the profile permits a density of only {reached:.2g}, not {self.density:g}."
        return (said,) if reached < 0.99 * self.density else ()


def angles_apart(n: int) -> Float[np.ndarray, "post pre"]:
    """Angles in degrees, 0 to 180, between n units at equal distances on a circle."""
    steps = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    return 360.0 / n * np.minimum(steps, n - steps)


def _von_mises(apart_deg: Float[np.ndarray, "post pre"], width_deg: float) -> Float[np.ndarray, "post pre"]:
    """1 at angle 0, like a Gaussian of that standard deviation but periodic."""
    return np.exp((np.cos(np.deg2rad(apart_deg)) - 1) / np.deg2rad(width_deg) ** 2)
