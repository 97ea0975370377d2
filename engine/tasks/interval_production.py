"""Interval production: act after the interval that a cue stands for."""

from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.component import Typical
from engine.tasks.conditions import balanced
from engine.tasks.fields import lasting
from engine.tasks.task import Epochs, Trials, white_noise
from engine.tasks.timing import Timing

PULSE_MS = 40.0
Intervals = tuple[Annotated[float, Field(gt=0, le=60_000), Typical(200, 2000)], ...]


class IntervalProduction(Timing):
    """Act when the interval that a cue stands for has passed since a "set" pulse.

    The cue is an input that is on during the whole trial, as high as the interval's share of the longest one; set is 1
    for 40 ms on another. The output is 0 and must become 1 when the interval is over, counted from set; the trial is
    correct if it first rises above 0.5 at that time within the tolerance. It is scored from set on. Intervals are
    equally frequent; the default ones are those of the paper.
    """

    kind: Literal["interval_production"] = "interval_production"
    title: ClassVar[str] = "Interval production (cue-set-go)"
    source: ClassVar[str] = "Wang, Narain, Hosseini & Jazayeri (2018) Nat. Neurosci. 21: 102"
    ideal_is: ClassVar[str] = (
        "Weighs how probable each interval is given the noisy cue of the whole trial, and acts at the time that is "
        "within the tolerance most probably."
    )

    intervals: Annotated[Intervals, Field(min_length=1, max_length=32, description="Intervals to produce, in ms.")] = (
        800.0,
        1500.0,
    )
    cue_ms: Annotated[float, *lasting("Time from the beginning of the cue to set.", 50, 2000)] = 200.0
    produce_ms: Annotated[float, *lasting("Time after set in which the action is due.", 1760, 4000)] = 1780.0

    @property
    def input_names(self) -> tuple[str, ...]:
        return "cue", "set"

    def intervals_owed(self) -> Float[Tensor, " intervals"]:
        return torch.tensor(self.intervals)

    def _levels(self) -> Float[Tensor, " intervals"]:
        owed = self.intervals_owed()
        return owed / owed.max()

    def trials(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        self._require_room(self.produce_ms)
        epochs = Epochs.of(dt_ms, cue=self.cue_ms, produce=self.produce_ms)
        interval = balanced(n, len(self.intervals), rng)
        inputs = white_noise((n, epochs.steps, 2), self.noise, dt_ms, rng)
        inputs[..., 0] += self._levels()[interval][:, None]
        set_at = epochs["produce"].start
        inputs[:, set_at : set_at + max(1, round(PULSE_MS / dt_ms)), 1] += 1
        owed = self.intervals_owed()[interval]
        targets, scored, traces = self.owed(owed, epochs)
        return Trials(inputs, targets, scored, epochs, {"interval": owed}, traces)

    def ideal(self, trials: Trials) -> Float[Tensor, "trials steps outputs"]:
        seen_s, levels = trials.steps * trials.epochs.dt_ms / 1000, self._levels().double()
        away = trials.inputs[..., 0].double().mean(1)[:, None] - levels
        probability = torch.softmax(-away.square() * seen_s / (2 * max(self.noise, 1e-3) ** 2), 1)
        return self.best_production(probability, trials.epochs)
