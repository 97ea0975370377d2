"""NARMA: a series that remembers and multiplies its inputs."""

from functools import lru_cache
from typing import Annotated, ClassVar, Literal

import numpy as np
import torch
from jaxtyping import Float, Float64
from pydantic import Field
from pydantic.fields import FieldInfo
from torch import Tensor

from engine.component import Invalid, Typical
from engine.randomness import torch_stream
from engine.tasks.task import Epochs, Task, Trials, Variable, white_noise
from engine.tasks.values import explained_over_time, shown_for

LARGEST_NUMBER = 0.5
BOUND = 1.0  # a series beyond it is about to grow without end
DRAWS = 20
GROUPS, MANY, MOST = 200, 80_000, 4_000_000  # of like numbers; scored numbers and all numbers of many trials
LONG = 1000  # items, after which a series is as it will always be


def _factor(of: str, high: float) -> tuple[FieldInfo, Typical]:
    return Field(ge=-2, le=2, description=f"Factor of {of}."), Typical(0, high, high / 20)  # type: ignore[return-value]


class Narma(Task):
    """Hear random numbers and say a series that depends on many of them and on itself.

    y(t + 1) = alpha y(t) + beta y(t) (y(t) + … + y(t - order + 1)) + gamma u(t - order + 1) u(t) + delta, where the
    numbers u are uniform between 0 and 0.5; the output owes y(t + 1) when u(t) is heard. Before the trial both are 0.
    The usual order is 10 with the factors below; of order 30 they are 0.2, 0.04, 1.5 and 0.001. Trials whose series
    would grow without end are drawn again.
    """

    kind: Literal["narma"] = "narma"
    title: ClassVar[str] = "NARMA series"
    source: ClassVar[str] = "Atiya & Parlos (2000) IEEE Trans. Neural Netw. 11: 697; Jaeger (2002) NIPS 15: 609"
    loss: ClassVar[Literal["cross_entropy", "mse"]] = "mse"
    at_once: ClassVar[int] = 16
    chance_is: ClassVar[str] = "A constant output explains nothing of a trial's variance."
    ideal_is: ClassVar[str] = (
        "Knows the equation and applies it to the numbers that it heard, over noisy steps the mean."
    )
    memoryless_is: ClassVar[str] = "Gives the mean of what follows the present number, without noise."

    order: Annotated[int, Field(ge=2, le=100, description="How far the equation looks back."), Typical(2, 12)] = 10
    alpha: Annotated[float, *_factor("the present value", 0.4)] = 0.3
    beta: Annotated[float, *_factor("its product with the sum of all values looked back at", 0.06)] = 0.05
    gamma: Annotated[float, *_factor("the product of two numbers", 1.6)] = 1.5
    delta: Annotated[float, *_factor("1, which is added", 0.12)] = 0.1
    warm_up: Annotated[
        int, Field(ge=0, le=10_000, description="Items before the first that is scored."), Typical(0, 100)
    ] = 30
    items: Annotated[int, Field(ge=3, le=100_000, description="Items that are scored."), Typical(50, 500)] = 70
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
        return ("series",)

    @property
    def variables(self) -> tuple[Variable, ...]:
        return Variable("last_value", "linear"), Variable("number", "linear")

    @property
    def chance(self) -> float:
        return 0.0

    @property
    def memoryless(self) -> float:
        return _memoryless(self)

    @property
    def accuracy_is(self) -> str:
        return "Share of a trial's variance that is explained, at least 0: 1 - (normalised error, NRMSE) squared."

    def trials(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        epochs = Epochs.of_equal(dt_ms, "item", self.item_ms, warm_up=self.warm_up, items=self.items)
        numbers, series = self._drawn(n, rng)
        shown, owed = (shown_for(each, epochs.steps // each.shape[1]) for each in (numbers, series))
        inputs = shown + white_noise(tuple(shown.shape), self.noise, dt_ms, rng)
        scored = torch.zeros(n, epochs.steps, dtype=torch.bool)
        scored[:, epochs["items"]] = True
        return Trials(
            inputs[..., None], owed[..., None], scored, epochs, {"last_value": series[:, -1]}, {"number": shown}
        )

    def _drawn(
        self, n: int, rng: torch.Generator
    ) -> tuple[Float[Tensor, "trials items"], Float[Tensor, "trials items"]]:
        """Numbers and the bounded series that follow from them."""
        numbers = LARGEST_NUMBER * torch.rand(n, self.warm_up + self.items, generator=rng)
        series = self._series(numbers.double().numpy())
        for _ in range(DRAWS):
            grows = (np.abs(series) >= BOUND).any(1)
            if not grows.any():
                return numbers, torch.from_numpy(series).float()
            numbers[torch.from_numpy(grows)] = LARGEST_NUMBER * torch.rand(
                int(grows.sum()), numbers.shape[1], generator=rng
            )
            series[grows] = self._series(numbers.double().numpy()[grows])
        said = f"With an order of {self.order} and these factors the series grows without end"
        raise Invalid(f"{said}; make beta, gamma or the order smaller.", "task.order")

    def _series(self, numbers: Float64[np.ndarray, "trials items"]) -> Float64[np.ndarray, "trials items"]:
        """y(t + 1) for every number u(t), held within twice the bound."""
        back, items = self.order, numbers.shape[1]
        heard = np.concatenate([np.zeros((back - 1, len(numbers))), numbers.T])
        y = np.zeros((back + items, len(numbers)))
        pushed = self.gamma * heard[:items] * heard[back - 1 :] + self.delta
        for t in range(items):
            now = y[back - 1 + t]
            y[back + t] = now * (self.alpha + self.beta * y[t : back + t].sum(0)) + pushed[t]
            np.clip(y[back + t], -2 * BOUND, 2 * BOUND, out=y[back + t])
        return np.ascontiguousarray(y[back:].T)

    def correct(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        return explained_over_time(outputs, trials)

    def ideal(self, trials: Trials) -> Float[Tensor, "trials steps outputs"]:
        heard = trials.inputs[..., 0].unflatten(1, (self.warm_up + self.items, -1)).mean(-1).clamp(0, LARGEST_NUMBER)
        series = torch.from_numpy(self._series(heard.double().cpu().numpy()))
        return shown_for(series, trials.steps // series.shape[1])[..., None].to(trials.inputs)


@lru_cache(maxsize=32)
def _memoryless(task: Narma) -> float:
    """Variance of the scored series that the present number explains, over many trials, by groups of like numbers."""
    task = task.with_values({"warm_up": min(task.warm_up, LONG), "items": min(task.items, LONG)})
    trials = min(MANY // task.items, MOST // (task.warm_up + task.items))
    drawn = task._drawn(trials, torch_stream(0, "narma"))
    numbers, series = (each[:, task.warm_up :].flatten()[: trials * task.items // GROUPS * GROUPS] for each in drawn)
    groups = series[numbers.argsort()].reshape(GROUPS, -1)
    return (1 - groups.var(1).mean() / series.var()).clamp(0, 1).item()
