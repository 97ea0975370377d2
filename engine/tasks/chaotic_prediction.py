"""Prediction of chaotic signals: what will it be a little later?"""

import math
from abc import abstractmethod
from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from engine.randomness import torch_stream
from engine.tasks.fields import Noise, lasting
from engine.tasks.task import Epochs, Task, Trials, Variable, white_noise
from engine.tasks.values import explained_over_time

TEACHING_TRIALS = 200
RIDGE = 1e-9


class ChaoticPrediction(Task):
    """Base of the prediction tasks: the inputs show a signal, the outputs owe what it will be `horizon_ms` later."""

    loss: ClassVar[Literal["cross_entropy", "mse"]] = "mse"
    chance_is: ClassVar[str] = "A constant output explains nothing of a trial's variance."
    ideal_is: ClassVar[str] = (
        "The weighted sum that is best for this noise, of what the equation foretells from the noisy inputs and of the "
        "inputs seen so far; a non-linear filter could do slightly better."
    )
    gains: ClassVar[tuple[float, ...]] = (math.inf,)  # at which the equation may be drawn to the inputs, per unit

    noise: Noise = 0.005
    horizon_ms: Annotated[float, *lasting("How far ahead the signal must be foretold.", 20, 400)] = 120.0
    warm_up_ms: Annotated[float, *lasting("Time in which the signal is heard but not yet foretold.", 400, 2000)] = 400.0
    predict_ms: Annotated[float, *lasting("Time in which the signal must be foretold.", 500, 4000)] = 1200.0

    @property
    @abstractmethod
    def unit_in_ms(self) -> float:
        """Time that one unit of the equation's time lasts."""

    @property
    @abstractmethod
    def step_units(self) -> float:
        """Time between the samples of an orbit, in the equation's units."""

    @abstractmethod
    def orbits(self, samples: int) -> Float[Tensor, "orbits samples variables"]:
        """Precomputed orbits of at least so many samples, on the attractor, of mean 0 and standard deviation 1."""

    @abstractmethod
    def foretold(
        self, inputs: Float[Tensor, "trials steps variables"], dt_units: float, horizon_units: float, gain: float
    ) -> Float[Tensor, "trials steps variables"]:
        """What the equation makes of the inputs seen until each step; an infinite gain takes them as exact."""

    @abstractmethod
    def lags(self, dt_units: float) -> int:
        """Number of past inputs that the ideal observer weighs."""

    @property
    def output_names(self) -> tuple[str, ...]:
        return tuple(f"{name} later" for name in self.input_names)

    @property
    def variables(self) -> tuple[Variable, ...]:
        return tuple(Variable(f"{name}_at_start", "linear") for name in self.input_names)

    @property
    def chance(self) -> float:
        return 0.0

    @property
    def accuracy_is(self) -> str:
        return "Share of a trial's variance that is explained: 1 - squared error / variance over time, at least 0."

    def trials(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        epochs = Epochs.of(dt_ms, warm_up=self.warm_up_ms, predict=self.predict_ms)
        time_ms = torch.arange(epochs.steps) * dt_ms
        signal, later = self._windows(n, torch.stack([time_ms, time_ms + self.horizon_ms]), rng)
        inputs = signal + white_noise(tuple(signal.shape), self.noise, dt_ms, rng)
        scored = torch.zeros(n, epochs.steps, dtype=torch.bool)
        scored[:, epochs["predict"]] = True
        begins = {f"{name}_at_start": signal[:, 0, i].clone() for i, name in enumerate(self.input_names)}
        return Trials(inputs, later, scored, epochs, begins, {})

    def _windows(
        self, n: int, time_ms: Float[Tensor, "2 steps"], rng: torch.Generator
    ) -> tuple[Float[Tensor, "trials steps variables"], ...]:
        """The signal at these times after a random moment of a random orbit, interpolated linearly."""
        at = time_ms / (self.unit_in_ms * self.step_units)
        needed = int(at.max()) + 3
        orbits = self.orbits(needed)
        orbit = torch.randint(orbits.shape[0], (n,), generator=rng)
        start = torch.randint(orbits.shape[1] - needed + 1, (n,), generator=rng)
        whole = at.floor().long()
        index = start[:, None, None] + whole
        before, after = orbits[orbit[:, None, None], index], orbits[orbit[:, None, None], index + 1]
        found = torch.lerp(before, after, (at - whole)[..., None])
        return found[:, 0], found[:, 1]

    def correct(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        return explained_over_time(outputs, trials)

    def ideal(self, trials: Trials) -> Float[Tensor, "trials steps outputs"]:
        dt_ms = trials.epochs.dt_ms
        taught = self.trials(TEACHING_TRIALS, dt_ms, torch_stream(0, "ideal", self.kind))  # type: ignore[attr-defined]
        owed = taught.targets[taught.scored].double()

        def learned(gain: float) -> tuple[float, float, Float[Tensor, "features variables"]]:
            seen = self._seen(taught, gain)[taught.scored]
            square = seen.T @ seen
            ridge = RIDGE * square.diagonal().mean() * torch.eye(len(square))
            weights = torch.linalg.solve(square + ridge, seen.T @ owed)
            return (seen @ weights - owed).square().sum().item(), gain, weights

        _, gain, weights = min((learned(gain) for gain in self.gains), key=lambda found: found[0])
        return (self._seen(trials, gain) @ weights).to(trials.inputs.dtype)

    def _seen(self, trials: Trials, gain: float) -> Float[Tensor, "trials steps features"]:
        """What the observer weighs at every step: the foretold signal and the latest inputs."""
        dt_units = trials.epochs.dt_ms / self.unit_in_ms
        inputs = trials.inputs.double()
        foretold = self.foretold(inputs, dt_units, self.horizon_ms / self.unit_in_ms, gain)
        return torch.cat([foretold, latest(inputs, self.lags(dt_units)).flatten(2)], -1)


def latest(
    values: Float[Tensor, "trials steps variables"], count: int
) -> Float[Tensor, "trials steps count variables"]:
    """At every step the latest `count` values, the oldest first; before the first step there was the first value."""
    padded = torch.cat([values[:, :1].expand(-1, count - 1, -1), values], 1)
    return padded.unfold(1, count, 1).transpose(2, 3)
