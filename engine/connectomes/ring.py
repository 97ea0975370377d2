"""Units on a ring, connected by the angle between them."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Float, Int, Int8
from pydantic import Field

from engine.component import Typical
from engine.connectomes.assembly import assembled
from engine.connectomes.connectome import Connectome
from engine.connectomes.draws import (
    Density,
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
from engine.connectomes.spatial import density_factor, scaled
from engine.connectomes.wiring import MOST_UNITS, Wiring

Width = Annotated[float, Field(ge=0.01, le=360), Typical(10, 180, 5)]


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
        dice, steps = thrown(n, self.weight_spread, rng), steps_apart(n)
        apart = 360.0 / n * np.arange(n // 2 + 1)  # all angles that occur; matrices are looked up by steps
        is_hat = self.profile == "mexican_hat"
        hat = self._hat(apart) if is_hat else np.ones(len(apart))
        chances = [self._chance(apart, width) * (hat != 0) for width in (self.width_deg, self.inhibitory_width_deg)]

        def strengths(signs: Int8[np.ndarray, " pre"]) -> Float[np.ndarray, "post pre"]:
            inhibits = (signs < 0).astype(int)
            chance = possible(np.array(chances)[inhibits[None, :], steps], n, self)
            exists = connected(dice.chances, chance, self, inhibits)
            return np.where(exists, dice.strengths * np.abs(hat)[steps], 0.0)

        unsigned = Unsigned(
            dice.strengths, (WHOLE,) * n, names, edge_signs=np.sign(hat).astype(np.int8)[steps] if is_hat else None
        )
        free = ("In a Mexican hat units have no sign of their own, so the rule for signs is not used.",)
        return assembled(
            unsigned, UnsignedUnits() if is_hat else self.signs, rng, names,
            positions_um=on_circle(n, self.radius_um),
            labels={"angle_deg": tuple(f"{360 * k / n:.2f}" for k in range(n))},
            provenance=(f"{n} units on a ring, {self.profile.replace('_', ' ')} profile, density {self.density:g}.",),
            remarks=self._short(chances) + (free if is_hat else ()),
            strengths=strengths, least_inputs=self.least_inputs,
        )  # fmt: skip

    def _chance(self, apart_deg: Float[np.ndarray, " angles"], width_deg: float) -> Float[np.ndarray, " angles"]:
        if self.profile == "mexican_hat" or self.density == 0 or self.units == 1:
            return np.full_like(apart_deg, self.density)
        if self.profile == "window":
            falling = (apart_deg <= width_deg).astype(float)
        elif self.profile == "cosine":
            falling = (1 + np.cos(np.deg2rad(apart_deg))) / 2
        else:
            falling = von_mises(apart_deg, width_deg)
        return scaled(falling, density_factor(self._of_others(falling), self.density))

    def _of_others(self, values: Float[np.ndarray, " angles"]) -> Float[np.ndarray, " others"]:
        """One value for each other unit, as any unit sees them."""
        others = np.arange(1, self.units)
        return values[np.minimum(others, self.units - others)]

    def _hat(self, apart_deg: Float[np.ndarray, " angles"]) -> Float[np.ndarray, " angles"]:
        return von_mises(apart_deg, self.width_deg) - self.surround * von_mises(apart_deg, self.inhibitory_width_deg)

    def _short(self, chances: list[Float[np.ndarray, " angles"]]) -> tuple[str, ...]:
        reached = min(self._of_others(chance).mean() for chance in chances) if self.units > 1 else self.density
        said = f"The width of the profile permits a density of only {reached:.2g}, not {self.density:g}."
        return (said,) if reached < 0.99 * self.density else ()


def steps_apart(n: int) -> Int[np.ndarray, "post pre"]:
    """How many steps along the shorter way lie between n units on a ring."""
    units = np.arange(n, dtype=np.int16)  # holds MOST_UNITS, and a large matrix of it is small
    steps = np.abs(np.subtract.outer(units, units))
    return np.minimum(steps, np.int16(n) - steps)


def von_mises(apart_deg: Float[np.ndarray, " angles"], width_deg: float) -> Float[np.ndarray, " angles"]:
    """1 at angle 0, like a Gaussian of that standard deviation but periodic."""
    return np.exp((np.cos(np.deg2rad(apart_deg)) - 1) / np.deg2rad(width_deg) ** 2)
