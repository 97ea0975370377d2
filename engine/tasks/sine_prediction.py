"""Sine prediction: say the next sample of a sine wave."""

import math
from typing import Annotated, ClassVar, Literal

import torch
from pydantic import Field

from engine.component import Typical
from engine.tasks.conditions import angles, degrees
from engine.tasks.task import Epochs, Trials, white_noise
from engine.tasks.wave_ahead import WaveAhead
from engine.variable import Variable


class SinePrediction(WaveAhead):
    """See a sine wave and say at every step what it will be a little later.

    The published example has 101 samples of sin on 0..10, 0.1 apart, and one sequence: at dt = 20 ms our defaults
    have the same 100 steps of input and one step ahead, and `start` = zero makes every trial that sequence. Otherwise
    every trial begins at a phase of its own.
    """

    kind: Literal["sine_prediction"] = "sine_prediction"
    title: ClassVar[str] = "Sine wave, next step"
    source: ClassVar[str] = "NN4Neurosim (nn4n) documentation: sine next-step prediction"
    chance_is: ClassVar[str] = "Who always says 0, the mean of a sine, explains none of its variance."
    memoryless_is: ClassVar[str] = (
        "Says the present sample times the cosine of the phase by which it is ahead, as it cannot tell rise from fall."
    )

    start: Annotated[
        Literal["any_phase", "zero"], Field(description="Phase of the first sample: one per trial, or 0 in all.")
    ] = "any_phase"
    noise: Annotated[
        float, Field(ge=0, le=100, description="Noise of the input: spectral density in s^1/2."), Typical(0, 0.1, 0.001)
    ] = 0.0
    period_ms: Annotated[
        float, Field(gt=0, le=1e6, description="Period of the wave; 1256.6 ms is 62.8 samples."), Typical(200, 4000, 10)
    ] = 1256.6370614
    ahead_ms: Annotated[
        float, Field(gt=0, le=60_000, description="How far ahead the wave is owed."), Typical(10, 200, 10)
    ] = 20.0
    wave_ms: Annotated[
        float, Field(gt=0, le=600_000, description="How long the wave is shown."), Typical(500, 5000, 50)
    ] = 2000.0

    @property
    def input_names(self) -> tuple[str, ...]:
        return ("sine",)

    @property
    def output_names(self) -> tuple[str, ...]:
        return ("later sine",)

    @property
    def variables(self) -> tuple[Variable, ...]:
        return Variable("first_phase", "circular", "°", 360.0), Variable("phase", "circular", "°", 360.0)

    @property
    def memoryless(self) -> float:
        return math.cos(2 * math.pi * self.ahead_ms / self.period_ms) ** 2

    @property
    def accuracy_is(self) -> str:
        return "Variance of the wave that is explained: 1 - squared error / squared wave, and no less than 0."

    def trials(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        epochs = Epochs.of(dt_ms, wave=self.wave_ms)
        first = angles(n, rng) if self.start == "any_phase" else torch.zeros(n)
        per_ms = 2 * math.pi / self.period_ms
        phase = first[:, None] + torch.arange(epochs.steps) * (dt_ms * per_ms)
        inputs = phase.sin() + white_noise((n, epochs.steps), self.noise, dt_ms, rng)
        owed = (phase + self.ahead_ms * per_ms).sin()
        scored = torch.ones(n, epochs.steps, dtype=torch.bool)
        conditions, traces = {"first_phase": degrees(first)}, {"phase": degrees(phase)}
        return Trials(inputs[..., None], owed[..., None], scored, epochs, conditions, traces)
