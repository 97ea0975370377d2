"""Memory capacity: from how long ago can a network say its random input again?"""

from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.component import Typical
from engine.tasks.task import Epochs, Task, Trials, Variable, white_noise
from engine.tasks.values import shown_for


class MemoryCapacity(Task):
    """Hear random numbers and say, on one output for each lag, the number of so many items ago.

    Numbers are uniform between -0.1 and 0.1. Each lag is scored by the squared correlation of its output with what is
    owed, over all items after the warm-up; their sum over lags is the memory capacity, which no linear network of
    N units exceeds at N. The published reservoirs had lags 1..200, 300 items after a warm-up of 100, and one time step
    per item; numbers from before the trial are owed as 0.
    """

    kind: Literal["memory_capacity"] = "memory_capacity"
    title: ClassVar[str] = "Memory capacity (echo state)"
    source: ClassVar[str] = "Jaeger (2001) GMD Report 152; as used with bio2art (Goulas et al. 2021)"
    loss: ClassVar[Literal["cross_entropy", "mse"]] = "mse"
    chance_is: ClassVar[str] = (
        "Numbers are independent, so a guess has no correlation with them beyond 1 / items on average."
    )
    ideal_is: ClassVar[str] = "Remembers every item, averaged over its noisy steps."
    memoryless_is: ClassVar[str] = "The present number says nothing of earlier ones."

    longest_lag: Annotated[
        int,
        Field(ge=1, le=1000, description="Outputs owe the numbers of 1, 2, … up to so many items ago."),
        Typical(5, 200),
    ] = 20
    warm_up: Annotated[
        int, Field(ge=0, le=10_000, description="Items before the first that is scored."), Typical(0, 100)
    ] = 20
    items: Annotated[int, Field(ge=3, le=100_000, description="Items that are scored."), Typical(50, 500)] = 80
    amplitude: Annotated[float, Field(gt=0, le=100, description="Largest number."), Typical(0.1, 1, 0.05)] = 0.1
    noise: Annotated[
        float,
        Field(ge=0, le=100, description="Noise of the input during the whole trial: spectral density in s^1/2."),
        Typical(0, 0.05, 0.001),
    ] = 0.0
    item_ms: Annotated[
        float, Field(gt=0, le=60_000, description="How long each number is shown."), Typical(10, 200, 10)
    ] = 20.0

    @property
    def input_names(self) -> tuple[str, ...]:
        return ("number",)

    @property
    def output_names(self) -> tuple[str, ...]:
        return tuple(f"{lag} ago" for lag in range(1, self.longest_lag + 1))

    @property
    def variables(self) -> tuple[Variable, ...]:
        return Variable("last_number", "linear"), Variable("number", "linear")

    @property
    def chance(self) -> float:
        return 0.0

    @property
    def memoryless(self) -> float:
        return 0.0

    @property
    def accuracy_is(self) -> str:
        return "Memory capacity divided by the number of lags: the mean over lags of the squared correlation."

    def trials(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        epochs = Epochs.of_equal(dt_ms, "item", self.item_ms, warm_up=self.warm_up, items=self.items)
        numbers = (2 * torch.rand(n, self.warm_up + self.items, generator=rng) - 1) * self.amplitude
        shown = shown_for(numbers, epochs.steps // numbers.shape[1])
        inputs = shown + white_noise(tuple(shown.shape), self.noise, dt_ms, rng)
        scored = torch.zeros(n, epochs.steps, dtype=torch.bool)
        scored[:, epochs["items"]] = True
        owed = self._earlier(numbers, epochs.steps)
        return Trials(inputs[..., None], owed, scored, epochs, {"last_number": numbers[:, -1]}, {"number": shown})

    def _earlier(self, numbers: Float[Tensor, "trials items"], steps: int) -> Float[Tensor, "trials steps lags"]:
        """The number of every lag ago at every step, 0 before the first."""
        before = torch.nn.functional.pad(numbers, (self.longest_lag, 0))[:, :-1]
        lagged = before.unfold(1, self.longest_lag, 1).flip(-1)
        return shown_for(lagged, steps // numbers.shape[1])

    def correct(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        counted = trials.epochs["items"]
        said, owed = (each[..., counted, :] for each in (outputs, trials.targets))
        said, owed = said - said.mean(-2, keepdim=True), owed - owed.mean(-2, keepdim=True)
        scale = said.square().sum(-2) * owed.square().sum(-2)
        squared = torch.where(scale > 0, (said * owed).sum(-2).square() / scale, 0.0)
        return squared.mean(-1).nan_to_num(0.0).clamp(0, 1)

    def ideal(self, trials: Trials) -> Float[Tensor, "trials steps outputs"]:
        heard = trials.inputs[..., 0].unflatten(1, (self.warm_up + self.items, -1)).mean(-1)
        return self._earlier(heard, trials.steps)
