"""A walk in a square arena, as an animal's in search of food."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

TURN_AWAY = np.pi / 5  # rad, from a wall that is near ahead


@dataclass(frozen=True, eq=False)
class Walk:
    """Velocities, and places and headings after each step; m, m/s and rad."""

    velocity: Float[np.ndarray, "trials steps 2"]
    place: Float[np.ndarray, "trials steps 2"]
    heading: Float[np.ndarray, "trials steps"]


def walk(
    trials: int, steps: int, dt_s: float, side: float, speed: float, turn: float, wall: float, rng: np.random.Generator
) -> Walk:
    """Speeds drawn from a Rayleigh distribution of this scale, turns (rad/s) from a Gaussian of this spread.

    All trials begin in the middle, heading along x. Who has a wall nearer than `wall` ahead turns away by pi/5; a step
    out of the arena is not made, and its speed counts 0.
    """
    place, heading = np.full((trials, 2), side / 2), np.zeros(trials)
    velocities, places, headings = [], [], []
    for _ in range(steps):
        fast, turned = rng.rayleigh(speed, trials), rng.standard_normal(trials) * turn * dt_s
        heading = heading + turned + TURN_AWAY * (_ahead(place, heading, side) < wall)
        velocity = fast[:, None] * np.stack([np.cos(heading), np.sin(heading)], -1)
        wanted = place + velocity * dt_s
        velocity = velocity * ((wanted >= 0) & (wanted <= side)).all(1)[:, None]
        place = place + velocity * dt_s
        velocities.append(velocity)
        places.append(place)
        headings.append(heading % (2 * np.pi))
    return Walk(np.stack(velocities, 1), np.stack(places, 1), np.stack(headings, 1))


def _ahead(
    place: Float[np.ndarray, "trials 2"], heading: Float[np.ndarray, " trials"], side: float
) -> Float[np.ndarray, " trials"]:
    """How far it is to the wall, straight on."""
    towards = np.stack([np.cos(heading), np.sin(heading)], -1)
    free = np.where(towards > 0, side - place, place)
    return np.divide(free, np.abs(towards), out=np.full(free.shape, np.inf), where=np.abs(towards) > 1e-9).min(1)
