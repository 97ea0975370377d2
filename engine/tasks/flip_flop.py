"""Flip-flop: several memories of one bit, each set by the sign of the last pulse on its own input."""

import math
from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.component import Typical
from engine.tasks.conditions import balanced
from engine.tasks.pulses import Pulses
from engine.tasks.task import Epochs, Task, Trials, Variable, noise_spread, white_noise


class FlipFlop(Task):
    """Hold the sign of the last pulse on each of several inputs.

    The pulse epoch sets every bit by a pulse of +1 or -1; in the run epoch further pulses of either sign begin at
    random times (a Poisson process for each bit); in the hold epoch none begins. Each output owes the sign of the
    last pulse on its input. A step is scored when no bit is receiving a pulse, so the answer is due once a pulse has
    ended. The accuracy of a trial is the share of its scored steps and bits whose output has the right sign and
    exceeds the tolerance; an output within the tolerance of 0 is undecided and scores one half. Sussillo & Barak's
    pulses last one step; ours last `pulse_ms`, so that they do not hang on dt. The flip-flop of Balwani et al. (2025)
    has one bit and 50 steps, at each of which a pulse of one step comes with probability 0.05; until the first it owes
    0, and all steps are scored: at dt = 20 ms pulses of 20 ms at 2.5647 Hz, run 980, hold 0, neither first pulse nor
    noise.
    """

    kind: Literal["flip_flop"] = "flip_flop"
    at_once: ClassVar[int] = 4
    title: ClassVar[str] = "Flip-flop memory"
    source: ClassVar[str] = "Sussillo & Barak (2013) Neural Comput. 25: 626"
    loss: ClassVar[Literal["cross_entropy", "mse"]] = "mse"
    chance_is: ClassVar[str] = (
        "Both signs are equally probable at every step, so a guessed sign is right half of the time; an undecided "
        "output, such as 0, scores exactly one half."
    )
    ideal_is: ClassVar[str] = (
        "Knows how pulses come about and follows, step by step, how probable each sign of each bit is given the noisy "
        "inputs so far (a hidden Markov model); it gives the more probable sign."
    )
    memoryless_is: ClassVar[str] = (
        "Steps are scored when no pulse is shown, and a silent input says nothing of the last pulse."
    )

    bits: Annotated[
        int,
        Field(ge=1, le=8, description="Number of independent bits, each with an input and an output."),
        Typical(1, 5),
    ] = 3
    pulse_rate_hz: Annotated[
        float, Field(ge=0, le=1000, description="Mean number of further pulses per second and bit."), Typical(0, 5, 0.1)
    ] = 1.0
    set_first: Annotated[
        bool, Field(description="Whether a first pulse sets every bit; else bits owe 0 until their first pulse.")
    ] = True
    score_pulses: Annotated[bool, Field(description="Whether steps with a pulse are scored, too.")] = False
    noise: Annotated[
        float,
        Field(ge=0, le=100, description="Noise of every input during the whole trial: spectral density in s^1/2."),
        Typical(0, 0.2, 0.005),
    ] = 0.02
    tolerance: Annotated[
        float,
        Field(ge=0, lt=1, description="An output this close to 0 is undecided and scores one half."),
        Typical(0, 0.9, 0.05),
    ] = 0.3
    pulse_ms: Annotated[
        float,
        Field(gt=0, le=60_000, description="Length of a pulse, and of the first epoch, which sets all bits."),
        Typical(10, 500, 10),
    ] = 100.0
    run_ms: Annotated[
        float,
        Field(ge=0, le=60_000, description="Time in which further pulses come at random."),
        Typical(500, 5000, 50),
    ] = 1200.0
    hold_ms: Annotated[
        float, Field(ge=0, le=60_000, description="Last time, without pulses."), Typical(50, 1000, 10)
    ] = 200.0

    @property
    def input_names(self) -> tuple[str, ...]:
        return tuple(f"pulses {i + 1}" for i in range(self.bits))

    @property
    def output_names(self) -> tuple[str, ...]:
        return tuple(f"bit {i + 1}" for i in range(self.bits))

    @property
    def variables(self) -> tuple[Variable, ...]:
        labels = ("-1", "+1") if self.set_first else ("-1", "0", "+1")
        each = (Variable(f"bit_{i + 1}", "categorical", labels=labels) for i in range(self.bits))
        first = Variable("first_state", "categorical", labels=self._states())
        return (*each, first if self.set_first else Variable("first_pulse", "linear", "ms"))

    def _states(self) -> tuple[str, ...]:
        return tuple(
            "".join("+" if state >> bit & 1 else "-" for bit in range(self.bits)) for state in range(2**self.bits)
        )

    @property
    def chance(self) -> float:
        return 0.5

    @property
    def memoryless(self) -> float:
        return self.chance

    @property
    def accuracy_is(self) -> str:
        return (
            "Share of scored steps at which an output has the right sign and a size above "
            f"{self.tolerance:g}; smaller outputs score one half."
        )

    def trials(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        epochs = Epochs.of(dt_ms, pulse=self.pulse_ms, run=self.run_ms, hold=self.hold_ms)
        first_state = balanced(n, 2**self.bits, rng)
        pulses = self._pulses(epochs)
        shown, owed = pulses.draw(first_state[:, None] >> torch.arange(self.bits) & 1, rng)
        inputs = shown + white_noise(tuple(shown.shape), self.noise, dt_ms, rng)
        scored = (shown == 0).all(-1) | self.score_pulses
        level = (owed > 0).long() if self.set_first else (owed + 1).long()
        conditions = {"first_state": first_state}
        if not self.set_first:
            waiting = (owed == 0).all(-1).sum(1)
            conditions = {"first_pulse": waiting * dt_ms}
        return Trials(
            inputs, owed, scored, epochs, conditions, {f"bit_{i + 1}": level[..., i] for i in range(self.bits)}
        )

    def _pulses(self, epochs: Epochs) -> Pulses:
        per_step = -math.expm1(-self.pulse_rate_hz * epochs.dt_ms / 1000)
        return Pulses(epochs.steps, epochs["pulse"].stop, epochs["hold"].start, per_step, self.set_first)

    def correct(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        agreement = outputs * trials.targets
        right = (agreement > self.tolerance).to(outputs.dtype) + (agreement >= -self.tolerance).to(outputs.dtype)
        owed = trials.scored[..., None] & (trials.targets != 0)
        return torch.where(owed.any((1, 2)), (right * owed).sum((-2, -1)) / 2 / owed.sum((1, 2)), 0.5)

    def ideal(self, trials: Trials) -> Float[Tensor, "trials steps outputs"]:
        spread = noise_spread(max(self.noise, 1e-3), trials.epochs.dt_ms)
        return torch.sign(self._pulses(trials.epochs).expected_sign(trials.inputs, spread))
