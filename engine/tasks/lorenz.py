"""Lorenz prediction: three coupled equations whose orbit never repeats."""

import math
from functools import lru_cache
from typing import Annotated, ClassVar, Literal, no_type_check

import numpy as np
import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.component import Typical
from engine.randomness import numpy_stream
from engine.tasks.chaotic_prediction import ChaoticPrediction

ORBITS, UNITS, TRANSIENT = 128, 40, 20  # orbits, their length and what is dropped before, in units of time
STEP, FORETELLING_STEP = 0.01, 0.02
SIGMA, RHO, BETA = 10.0, 28.0, 8 / 3
MEMORY = 0.4  # units of time that the ideal observer weighs


class Lorenz(ChaoticPrediction):
    """Foretell the three variables of the Lorenz system from what they were.

    dx/dt = 10 (y - x), dy/dt = x (28 - z) - y, dz/dt = x y - 8/3 z. The inputs are x, y and z, each with mean 0 and
    standard deviation 1, plus noise; the outputs owe them `horizon_ms` later and are scored after a warm-up. The
    present state determines the future, so that without noise no memory is needed. A trial is a random window of one of
    128 orbits, computed once, so that training and test see the same attractor.
    """

    kind: Literal["lorenz"] = "lorenz"
    at_once: ClassVar[int] = 4
    title: ClassVar[str] = "Lorenz prediction"
    source: ClassVar[str] = "Lorenz (1963) J. Atmos. Sci. 20: 130"
    gains: ClassVar[tuple[float, ...]] = (math.inf, 60.0, 20.0, 8.0)

    unit_ms: Annotated[
        float,
        Field(gt=0, le=60_000, description="How long one unit of the equation's time lasts."),
        Typical(200, 2000, 10),
    ] = 500.0

    @property
    def input_names(self) -> tuple[str, ...]:
        return "x", "y", "z"

    @property
    def unit_in_ms(self) -> float:
        return self.unit_ms

    @property
    def step_units(self) -> float:
        return STEP

    def orbits(self, samples: int) -> Float[Tensor, "orbits samples variables"]:
        return _orbits(UNITS * math.ceil(2 * samples * STEP / UNITS))[0]

    def lags(self, dt_units: float) -> int:
        return max(2, round(MEMORY / dt_units) + 1)

    def foretold(
        self, inputs: Float[Tensor, "trials steps variables"], dt_units: float, horizon_units: float, gain: float
    ) -> Float[Tensor, "trials steps variables"]:
        _, mean, spread = _orbits(UNITS)
        now = _tracked(inputs.clamp(-4, 4) * spread + mean, dt_units, gain)
        return ((_after(now, horizon_units) - mean) / spread).clamp(-4, 4)


def _tracked(seen: Float[Tensor, "trials steps 3"], dt_units: float, gain: float) -> Float[Tensor, "trials steps 3"]:
    """The state that follows the equations and is drawn to the noisy one at a rate of `gain` per unit of time."""
    if math.isinf(gain):
        return seen
    share = -math.expm1(-gain * dt_units)
    states = [seen[:, 0]]
    for now in seen[:, 1:].unbind(1):
        expected = _after(states[-1], dt_units)
        states.append((expected + share * (now - expected)).clamp(-100, 100))
    return torch.stack(states, 1)


def _after(state: Float[Tensor, "*shape 3"], units: float) -> Float[Tensor, "*shape 3"]:
    """The state some time later."""
    steps, parts = max(1, math.ceil(units / FORETELLING_STEP)), state.unbind(-1)
    for _ in range(steps):
        parts = _next(parts, units / steps)
    return torch.stack(parts, -1)


State = tuple[Tensor | np.ndarray, ...]


@no_type_check  # called for every step of every orbit
def _flow(state: State) -> State:
    x, y, z = state
    return SIGMA * (y - x), x * (RHO - z) - y, x * y - BETA * z


@no_type_check
def _next(state: State, step: float) -> State:
    """The state after a step, by the Runge-Kutta method of fourth order."""

    k1 = _flow(state)
    k2 = _flow([s + step / 2 * k for s, k in zip(state, k1, strict=True)])
    k3 = _flow([s + step / 2 * k for s, k in zip(state, k2, strict=True)])
    k4 = _flow([s + step * k for s, k in zip(state, k3, strict=True)])
    return tuple(s + step / 6 * (a + 2 * b + 2 * c + d) for s, a, b, c, d in zip(state, k1, k2, k3, k4, strict=True))


@lru_cache(maxsize=4)
def _orbits(units: int) -> tuple[Float[Tensor, "orbits samples 3"], Float[Tensor, "3"], Float[Tensor, "3"]]:
    """Standardised orbits, and the means and standard deviations that their variables had."""
    steps, dropped = round((units + TRANSIENT) / STEP), round(TRANSIENT / STEP)
    state: State = tuple(5 * numpy_stream(0, "lorenz").standard_normal((3, ORBITS)) + [[0], [0], [25]])
    seen = []
    for step in range(steps):
        state = _next(state, STEP)
        if step >= dropped:
            seen.append(np.stack(state, -1))
    kept = torch.from_numpy(np.stack(seen, 1))
    mean, spread = kept.mean((0, 1)), kept.flatten(0, 1).std(0)
    return ((kept - mean) / spread).float(), mean, spread
