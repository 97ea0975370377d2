"""Ready-set-go: measure an interval, then produce it."""

from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.component import Invalid, Typical
from engine.tasks.conditions import balanced
from engine.tasks.fields import lasting
from engine.tasks.task import Epochs, Trials, white_noise
from engine.tasks.timing import Timing

PULSE_MS = 40.0


class ReadySetGo(Timing):
    """Measure the time between two pulses, "ready" and "set", and act when as much time has passed again.

    Each pulse is 1 for 40 ms on an input of its own. Intervals are evenly spaced from the shortest to the longest and
    equally frequent. Set comes at the end of the epoch `measure`, ready one interval before it. The output is 0 and
    must become 1 when the interval, times a gain, is over, counted from set; the trial is correct if it first rises
    above 0.5 at that time within the tolerance. It is scored from set on. The default intervals are the short prior of
    the paper.
    """

    kind: Literal["ready_set_go"] = "ready_set_go"
    title: ClassVar[str] = "Ready-set-go (interval reproduction)"
    source: ClassVar[str] = "Jazayeri & Shadlen (2010) Nat. Neurosci. 13: 1020"
    ideal_is: ClassVar[str] = (
        "Weighs how probable each interval is given the noisy ready input, and acts at the time that is within the "
        "tolerance most probably."
    )
    memoryless_is: ClassVar[str] = "Ready is forgotten at set, so that every interval remains as probable as before."

    shortest_ms: Annotated[float, *lasting("Shortest interval.", 100, 600)] = 494.0
    longest_ms: Annotated[float, *lasting("Longest interval.", 600, 860)] = 847.0
    intervals: Annotated[
        int,
        Field(ge=1, le=64, description="Number of intervals, evenly spaced."),
        Typical(1, 20),
    ] = 11
    gain: Annotated[
        float,
        Field(gt=0, le=10, description="Interval to produce per measured one."),
        Typical(0.5, 1, 0.1),
    ] = 1.0
    fixation_ms: Annotated[float, *lasting("Time before the earliest ready.", 0, 1000)] = 100.0
    measure_ms: Annotated[float, *lasting("Time in which ready and set come; set ends it.", 880, 3000)] = 880.0
    produce_ms: Annotated[float, *lasting("Time after set in which the action is due.", 1000, 4000)] = 1020.0

    @property
    def input_names(self) -> tuple[str, ...]:
        return "ready", "set"

    @property
    def memoryless(self) -> float:
        return self.chance

    def _measured(self) -> Float[Tensor, " intervals"]:
        if self.shortest_ms > self.longest_ms:
            said = f"The shortest interval, {self.shortest_ms:g} ms, is longer than the longest, {self.longest_ms:g} ms"
            raise Invalid(f"{said}; exchange them.", "task.shortest_ms")
        return torch.linspace(self.shortest_ms, self.longest_ms, self.intervals)

    def intervals_owed(self) -> Float[Tensor, " intervals"]:
        return self._measured() * self.gain

    def trials(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        epochs = self._epochs(dt_ms)
        interval = balanced(n, self.intervals, rng)
        inputs = white_noise((n, epochs.steps, 2), self.noise, dt_ms, rng)
        inputs[..., 0] += self._ready(epochs)[interval]
        step, set_at = torch.arange(epochs.steps), epochs["produce"].start
        inputs[..., 1] += (step >= set_at) & (step < set_at + _pulse(dt_ms))
        owed = self.intervals_owed()[interval]
        targets, scored, traces = self.owed(owed, epochs)
        return Trials(inputs, targets, scored, epochs, {"interval": owed}, traces)

    def _epochs(self, dt_ms: float) -> Epochs:
        if self.longest_ms > self.measure_ms:
            said = f"The longest interval, {self.longest_ms:g} ms, does not fit into measure_ms, {self.measure_ms:g} ms"
            raise Invalid(f"{said}; lengthen that.", "task.measure_ms")
        self._require_room(self.produce_ms)
        return Epochs.of(dt_ms, fixation=self.fixation_ms, measure=self.measure_ms, produce=self.produce_ms)

    def _ready(self, epochs: Epochs) -> Float[Tensor, "intervals steps"]:
        """The ready input for each interval, as it falls on the time steps."""
        begins = epochs["produce"].start - (self._measured() / epochs.dt_ms).round()[:, None]
        step = torch.arange(epochs.steps)
        return ((step >= begins) & (step < begins + _pulse(epochs.dt_ms))).float()

    def ideal(self, trials: Trials) -> Float[Tensor, "trials steps outputs"]:
        dt_s, ready = trials.epochs.dt_ms / 1000, self._ready(trials.epochs).double()
        expected = trials.inputs[..., 0].double() @ ready.T - ready.square().sum(1) / 2
        probability = torch.softmax(expected * dt_s / max(self.noise, 1e-3) ** 2, 1)
        return self.best_production(probability, trials.epochs)


def _pulse(dt_ms: float) -> int:
    """Length of a pulse in steps."""
    return max(1, round(PULSE_MS / dt_ms))
