"""A task is a rule for making trials; trials are what a network sees, owes and is scored on."""

import itertools
import math
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from jaxtyping import Bool, Float, Int, Shaped
from torch import Tensor

from engine.component import Component, Invalid
from engine.variable import Variable


@dataclass(frozen=True)
class Epochs:
    """The named periods of a trial as slices of its time steps."""

    dt_ms: float
    slices: Mapping[str, slice]

    @classmethod
    def of(cls, dt_ms: float, **durations_ms: float) -> "Epochs":
        """Consecutive epochs; each is rounded to whole steps.

        The epoch `x` is set by the task's field `x_ms`. Raises Invalid, addressed to that field below an experiment
        (`task.x_ms`), if an epoch is shorter than half a step.
        """
        return cls.of_steps(dt_ms, {name: whole_steps(dt_ms, name, ms) for name, ms in durations_ms.items()})

    @classmethod
    def of_equal(cls, dt_ms: float, name: str, duration_ms: float, **counts: int) -> "Epochs":
        """Consecutive epochs, each of so many equal parts (items, rows, frames) as field `<name>_ms` lasts."""
        steps = whole_steps(dt_ms, name, duration_ms)
        return cls.of_steps(dt_ms, {epoch: steps * count for epoch, count in counts.items()})

    @classmethod
    def of_steps(cls, dt_ms: float, steps: Mapping[str, int]) -> "Epochs":
        """Consecutive epochs of so many time steps."""
        ends = list(itertools.accumulate(steps.values()))
        if ends[-1] == 0:
            raise Invalid("A trial needs at least one time step; give some epoch a duration.", "task")
        spans = zip(steps.items(), ends, strict=True)
        return cls(dt_ms, {name: slice(end - length, end) for (name, length), end in spans})

    @property
    def steps(self) -> int:
        return max(s.stop for s in self.slices.values())

    def __getitem__(self, name: str) -> slice:
        return self.slices[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.slices)


def whole_steps(dt_ms: float, name: str, duration_ms: float) -> int:
    """Steps of an epoch or item, rounded. Raises Invalid, addressed to `task.<name>_ms`, below half a step."""
    steps = math.floor(duration_ms / dt_ms + 0.5)
    if duration_ms > 0 and steps == 0:
        said = f"The {name} epoch lasts {duration_ms:g} ms, less than half a time step of {dt_ms:g} ms"
        raise Invalid(f"{said}; lengthen it or shorten dt_ms.", f"task.{name}_ms")
    return steps


@dataclass(frozen=True, eq=False)
class Trials:
    """A batch of trials. Targets are class indices (long) or values (float); only `scored` steps count.

    `conditions` hold one value per trial; `traces` one value per trial and step (e.g. the true heading).
    `initial_rates` are those of the first units before the first step, where they are known (a recording).
    """

    inputs: Float[Tensor, "trials steps inputs"]
    targets: Shaped[Tensor, "trials steps *outputs"]
    scored: Bool[Tensor, "trials steps"]
    epochs: Epochs
    conditions: Mapping[str, Shaped[Tensor, " trials"]]
    traces: Mapping[str, Shaped[Tensor, "trials steps"]]
    initial_rates: Float[Tensor, "trials known"] | None = None

    @property
    def n(self) -> int:
        return self.inputs.shape[0]

    @property
    def steps(self) -> int:
        return self.inputs.shape[1]

    def at(self, which: Int[Tensor, " chosen"] | slice) -> "Trials":
        """Some of the trials, in the order in which they are named; a slice of them is not copied."""
        pick = {k: v[which] for k, v in self.conditions.items()}, {k: v[which] for k, v in self.traces.items()}
        first = None if self.initial_rates is None else self.initial_rates[which]
        return Trials(self.inputs[which], self.targets[which], self.scored[which], self.epochs, *pick, first)

    def to(self, device: torch.device | str) -> "Trials":
        """The same trials on another device."""
        move = {k: v.to(device) for k, v in self.conditions.items()}, {k: v.to(device) for k, v in self.traces.items()}
        first = None if self.initial_rates is None else self.initial_rates.to(device)
        shown = self.inputs.to(device), self.targets.to(device), self.scored.to(device)
        return Trials(*shown, self.epochs, *move, first)


class Task(Component):
    """Base of the task family. Subclasses are final, one per file, and vectorised over trials."""

    loss: ClassVar[Literal["cross_entropy", "mse"]]
    at_once: ClassVar[int] = 1  # batches drawn at once in training, where one would take long for its size
    chance_is: ClassVar[str] = ""  # one sentence: how the chance level below comes about
    ideal_is: ClassVar[str] = ""  # one sentence: what the ideal observer does
    memoryless_is: ClassVar[str] = ""  # one sentence: what the best observer without memory does

    @property
    @abstractmethod
    def input_names(self) -> tuple[str, ...]:
        """One name per input channel."""

    @property
    @abstractmethod
    def output_names(self) -> tuple[str, ...]:
        """One name per output channel."""

    @property
    @abstractmethod
    def variables(self) -> tuple[Variable, ...]:
        """The variables in `Trials.conditions` and `Trials.traces` that units may be tuned to."""

    @property
    @abstractmethod
    def chance(self) -> float:
        """Accuracy of a silent network or of a guess, in 0..1."""

    @property
    def memoryless(self) -> float | None:
        """Accuracy of the best observer who sees each step by itself, without noise; None where it is not defined."""
        return None

    @property
    def accuracy_is(self) -> str:
        """One sentence: when a trial, or which share of it, counts as right."""
        return "Share of trials with the right answer: the larger of two outputs, averaged over the response."

    @abstractmethod
    def trials(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        """`n` fresh trials at time step `dt_ms`."""

    def batches(self, count: int, n: int, dt_ms: float, rng: torch.Generator) -> Callable[[int], Trials]:
        """So many batches of `n` trials that are drawn together; gives each by its number."""
        drawn = self.trials(count * n, dt_ms, rng)
        return lambda turn: drawn.at(slice(turn * n, (turn + 1) * n))

    def held_out(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        """`n` trials to test on: fresh ones, unless the task draws on a set of examples of which it keeps some back."""
        return self.trials(n, dt_ms, rng)

    @abstractmethod
    def correct(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        """Score of every trial in 0..1; its mean is the accuracy. NaN outputs score 0."""

    @abstractmethod
    def ideal(self, trials: Trials) -> Float[Tensor, "trials steps outputs"]:
        """Outputs of the ideal observer, who sees the same (noisy) inputs as the network."""

    def choice(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"] | None:
        """The choice (1 = the positive alternative) for a psychometric curve, or None if the task has none."""
        return None

    @property
    def psychometric_variable(self) -> str | None:
        """The condition on the horizontal axis of the psychometric curve."""
        return None


def white_noise(shape: tuple[int, ...], density: float, dt_ms: float, rng: torch.Generator) -> Tensor:
    """Gaussian white noise whose power does not depend on the step."""
    if density == 0:
        return torch.zeros(shape)  # most of the time that trials take goes into noise
    return torch.randn(shape, generator=rng).mul_(noise_spread(density, dt_ms))


def noise_spread(density: float, dt_ms: float) -> float:
    """The standard deviation of white noise in steps of this length, density / sqrt(dt in s)."""
    return density / math.sqrt(dt_ms / 1000)
