"""Mackey-Glass prediction: a delayed feedback that makes chaos."""

import math
from functools import lru_cache
from typing import Annotated, ClassVar, Literal, TypeVar, no_type_check

import numpy as np
import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.component import Typical
from engine.randomness import numpy_stream
from engine.tasks.chaotic_prediction import ChaoticPrediction, latest

ORBITS, UNITS, TRANSIENT = 128, 512, 300  # orbits, their length and what is dropped before, in units of time
STEP = 0.1
BETA, GAMMA, POWER = 0.2, 0.1, 10
Values = TypeVar("Values", Tensor, np.ndarray)


class MackeyGlass(ChaoticPrediction):
    """Foretell a chaotic signal from its past.

    dx/dt = 0.2 x(t - d) / (1 + x(t - d)^10) - 0.1 x(t), where d is the delay; at 17 units of time it is mildly chaotic
    and swings with a period of about 50. The input is the signal with mean 0 and standard deviation 1, plus noise; the
    output owes the signal `horizon_ms` later and is scored after a warm-up. A trial is a random window of one of 128
    orbits, computed once from different pasts, so that training and test see the same attractor.
    """

    kind: Literal["mackey_glass"] = "mackey_glass"
    title: ClassVar[str] = "Mackey-Glass prediction"
    source: ClassVar[str] = "Mackey & Glass (1977) Science 197: 287; Jaeger & Haas (2004) Science 304: 78"
    memoryless_is: ClassVar[str] = "Gives the mean of what follows the present value, without noise."

    delay: Annotated[
        float,
        Field(ge=1, le=100, description="Delay of the feedback in units of the equation's time."),
        Typical(13, 30, 1),
    ] = 17.0
    unit_ms: Annotated[
        float, Field(gt=0, le=60_000, description="How long one unit of the equation's time lasts."), Typical(10, 40, 1)
    ] = 20.0

    @property
    def input_names(self) -> tuple[str, ...]:
        return ("signal",)

    @property
    def unit_in_ms(self) -> float:
        return self.unit_ms

    @property
    def step_units(self) -> float:
        return STEP

    def orbits(self, samples: int) -> Float[Tensor, "orbits samples variables"]:
        units = UNITS * math.ceil(2 * samples * STEP / UNITS)
        return _orbits(round(self.delay / STEP), units)[0]

    def lags(self, dt_units: float) -> int:
        return max(2, round(self.delay / dt_units) + 1)

    def foretold(
        self, inputs: Float[Tensor, "trials steps variables"], dt_units: float, horizon_units: float, gain: float
    ) -> Float[Tensor, "trials steps variables"]:
        _, mean, spread = _orbits(round(self.delay / STEP), UNITS)
        past = list(latest(inputs * spread + mean, self.lags(dt_units))[..., 0].unbind(-1))
        for step in range(max(1, round(horizon_units / dt_units))):
            past.append(_next(past[-1], (past[step] + past[step + 1]) / 2, dt_units))
        return ((past[-1] - mean) / spread)[..., None]

    @property
    def memoryless(self) -> float:
        signal = _orbits(round(self.delay / STEP), UNITS)[0][..., 0]
        ahead = round(self.horizon_ms / self.unit_ms / STEP)
        if ahead >= signal.shape[1]:
            return 0.0
        now, later = signal[:, : signal.shape[1] - ahead].flatten(), signal[:, ahead:].flatten()
        groups = later[now.argsort()][: len(later) // 200 * 200].reshape(200, -1)  # of like present values
        return (1 - groups.var(1).mean() / later.var()).clamp(0, 1).item()


@no_type_check  # called for every step of every orbit
def _next(x: Values, delayed: Values, step: float) -> Values:
    """x after a step in which the delayed value is held: exact in the decay."""
    kept = math.exp(-GAMMA * step)
    return kept * x + (1 - kept) / GAMMA * BETA * delayed / (1 + abs(delayed) ** POWER)


@lru_cache(maxsize=4)
def _orbits(delay: int, units: int) -> tuple[Float[Tensor, "orbits samples 1"], float, float]:
    """Standardised orbits, and the mean and standard deviation that they had. `delay` counts samples."""
    steps, dropped = round((units + TRANSIENT) / STEP), round(TRANSIENT / STEP)
    x = np.empty((delay + 1 + steps, ORBITS))
    x[: delay + 1] = 0.5 + numpy_stream(0, "mackey_glass").random(ORBITS)
    for now in range(delay, delay + steps):
        x[now + 1] = _next(x[now], (x[now - delay] + x[now - delay + 1]) / 2, STEP)
    kept = torch.from_numpy(x[delay + 1 + dropped :].T.copy())
    mean, spread = kept.mean().item(), kept.std().item()
    return ((kept - mean) / spread).float()[..., None].contiguous(), mean, spread
