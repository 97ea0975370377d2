"""An animal that runs at random in a square arena, turns at walls and never leaves."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Complex, Float
from torch import Tensor

MOVE_MS = 20.0  # speed and turn are drawn anew at this interval, whatever the time step of the network


@dataclass(frozen=True)
class Arena:
    """A square of side `side` m around 0. At every move a Rayleigh speed and a Gaussian turn are drawn.

    Walls reflect the path like mirrors, or, as published, the animal turns: with a wall less than `margin` m ahead by
    `wall_turn` rad more, and a move that would leave the arena is refused. Places are complex numbers, x + i y.
    """

    side: float
    speed: float  # scale of the Rayleigh distribution, m/s
    turn: float  # standard deviation of the angular velocity, rad/s
    margin: float
    wall_turn: float
    mirrors: bool = False

    def run(
        self,
        place: Complex[np.ndarray, " trials"],
        heading: Float[np.ndarray, " trials"],
        moves: int,
        rng: torch.Generator,
    ) -> Complex[np.ndarray, "trials places"]:
        """The place at the start and after each move."""
        n, dt_s = len(place), MOVE_MS / 1000
        draws = torch.randn(3, moves, n, generator=rng).numpy()  # single precision draws five times as fast
        steps = np.hypot(draws[0], draws[1]) * (self.speed * dt_s)
        angle = heading.astype(np.float32) + np.cumsum(draws[2] * (self.turn * dt_s), 0)
        turned = np.cos(angle) + 1j * np.sin(angle)  # ten times as fast as exp(i angle)
        if self.mirrors:
            return self._reflected(np.cumsum(np.concatenate([place[None], steps * turned]), 0)).T
        return self._turning_at_walls(place, steps, turned).T

    def _reflected(self, places: Complex[np.ndarray, "places trials"]) -> Complex[np.ndarray, "places trials"]:
        """Where a path that knows no walls lies after its reflections."""
        apart = places.view(float) + self.side / 2
        apart -= 2 * self.side * np.floor(apart / (2 * self.side))
        return (np.minimum(apart, 2 * self.side - apart) - self.side / 2).view(complex)

    def _turning_at_walls(
        self,
        place: Complex[np.ndarray, " trials"],
        steps: Float[np.ndarray, "moves trials"],
        turned: Complex[np.ndarray, "moves trials"],
    ) -> Complex[np.ndarray, "places trials"]:
        n = len(place)
        places, bounced, bounce = (
            np.empty((len(steps) + 1, n), complex),
            np.ones(n, complex),
            np.exp(1j * self.wall_turn),
        )
        places[0] = place
        for move in range(len(steps)):
            ahead = turned[move] * bounced
            near = self._outside(place + self.margin * ahead)
            if near.any():
                bounced = np.where(near, bounced * bounce, bounced)
                ahead = turned[move] * bounced
            there = place + steps[move] * ahead
            place = np.where(self._outside(there), place, there)
            places[move + 1] = place
        return places

    def _outside(self, place: Complex[np.ndarray, " trials"]) -> np.ndarray:
        return np.maximum(np.abs(place.real), np.abs(place.imag)) > self.side / 2


def sampled(places: Complex[np.ndarray, "trials places"], steps: int, dt_ms: float) -> Float[Tensor, "trials time 2"]:
    """x and y before the first and after each of `steps` time steps; between moves the animal runs straight on."""
    at = np.arange(steps + 1) * (dt_ms / MOVE_MS)
    move = np.minimum(at.astype(int), places.shape[1] - 2)
    path = places[:, move] + (places[:, move + 1] - places[:, move]) * (at - move)
    return torch.from_numpy(np.stack([path.real, path.imag], -1)).float()


def moves_for(steps: int, dt_ms: float) -> int:
    """How many moves cover so many time steps."""
    return max(1, math.ceil(steps * dt_ms / MOVE_MS - 1e-9))
