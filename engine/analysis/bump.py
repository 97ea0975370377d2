"""The bump: the direction that the units of a ring hold together, how it moves, and how far it strays."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from engine.analysis.shifters import directions, wrapped


@dataclass(frozen=True, eq=False)
class Bump:
    """Of every trial and step: the `angle` of the population vector (rad, unwrapped over time) and its mean resultant
    `length` (0 no direction, 1 all in one unit)."""

    angle: Float[np.ndarray, "*trials steps"]
    length: Float[np.ndarray, "*trials steps"]

    @property
    def moves(self) -> Float[np.ndarray, "*trials later"]:
        """From each step to the next (rad)."""
        return np.diff(self.angle, axis=-1)


def bump(rates: Float[np.ndarray, "*trials steps units"]) -> Bump:
    """Of units in order around a ring, by the population vector of Georgopoulos et al. (1986) Science 233: 1416."""
    rates = np.asarray(rates, float)
    vector = rates @ np.exp(1j * directions(rates.shape[-1]))
    size = rates.sum(-1)
    length = np.divide(np.abs(vector), size, out=np.zeros_like(size), where=size > 1e-12)
    return Bump(np.unwrap(np.angle(vector), axis=-1), length)


def gain(of: Bump, turned: Float[np.ndarray, "*trials steps"]) -> float:
    """Angle that the bump moves per angle that was turned (rad per rad), by least squares over all steps; its sign is
    that of the units' order. `turned` is velocity times the time step, at every step."""
    moved, asked = of.moves.ravel(), turned[..., 1:].ravel()
    power = float(asked @ asked)
    return float(moved @ asked) / power if power > 0 else float("nan")


def integration_error(of: Bump, truth: Float[np.ndarray, "trials steps"]) -> Float[np.ndarray, " steps"]:
    """Root mean square over trials of the angle between the bump and a true bump since the first step (rad)."""
    lost = wrapped((of.angle - of.angle[:, :1]) - (truth - truth[:, :1]))
    return np.sqrt((lost**2).mean(0))
