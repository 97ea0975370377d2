"""Tasks that ask for an action at the right time: an output that must rise above one half when the interval is over."""

from abc import abstractmethod
from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Bool, Float, Int
from pydantic import Field
from torch import Tensor

from engine.component import Invalid, Typical
from engine.tasks.fields import Noise
from engine.tasks.task import Epochs, Task, Trials, Variable

RISEN = 0.5  # the output that counts as the action


class Timing(Task):
    """Base of the timing tasks: an interval is owed after a "set" pulse, which begins the epoch `produce`."""

    loss: ClassVar[Literal["cross_entropy", "mse"]] = "mse"
    chance_is: ClassVar[str] = (
        "Producing always the one interval that is within the tolerance of most; an output of exactly zero scores the "
        "same, one that never rises, or at once, scores 0. Half a time step, which is allowed too, is not counted."
    )

    noise: Noise = 0.02
    tolerance: Annotated[
        float,
        Field(gt=0, lt=1, description="A produced interval that errs by at most this share of the right one is right."),
        Typical(0.05, 0.3, 0.01),
    ] = 0.15

    @abstractmethod
    def intervals_owed(self) -> Float[Tensor, " intervals"]:
        """Intervals in ms that may be owed; all are equally frequent."""

    @property
    def output_names(self) -> tuple[str, ...]:
        return ("go",)

    @property
    def variables(self) -> tuple[Variable, ...]:
        return Variable("interval", "linear", "ms"), Variable("time_left", "linear", "ms")

    @property
    def chance(self) -> float:
        return self._right().mean(1).max().item()

    @property
    def accuracy_is(self) -> str:
        return (
            f"Share of trials in which the output first rises above {RISEN:g} at the right time, "
            f"within ±{100 * self.tolerance:g} %."
        )

    def _right(self) -> Float[Tensor, "produced intervals"]:
        """1 where producing a time serves an interval: the first to the last time that may serve any, finely."""
        owed = self.intervals_owed()
        produced = torch.cat([owed, owed * (1 - self.tolerance), owed * (1 + self.tolerance)])
        return ((produced[:, None] - owed).abs() <= self.tolerance * owed + 1e-3).double()

    def _require_room(self, produce_ms: float) -> None:
        longest = self.intervals_owed().max().item()
        if longest >= produce_ms:
            said = f"The longest interval lasts {longest:g} ms, but the produce epoch only {produce_ms:g} ms"
            raise Invalid(f"{said}; lengthen it.", "task.produce_ms")

    def owed(
        self, interval_ms: Float[Tensor, " trials"], epochs: Epochs
    ) -> tuple[Float[Tensor, "trials steps 1"], Bool[Tensor, "trials steps"], dict[str, Tensor]]:
        """Targets, scored steps and traces: 0 until the interval is over, 1 after; scored while it is produced."""
        since_set = (torch.arange(epochs.steps) - epochs["produce"].start) * epochs.dt_ms
        left = interval_ms[:, None] - since_set
        scored = torch.zeros(left.shape, dtype=torch.bool)
        scored[:, epochs["produce"]] = True
        return (left <= epochs.dt_ms / 2).float()[..., None] * scored[..., None], scored, {"time_left": left}

    def correct(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        said = outputs[..., trials.epochs["produce"], 0]
        risen = said > RISEN  # NaN is not risen
        produced = risen.to(torch.uint8).argmax(-1) * trials.epochs.dt_ms
        interval = trials.conditions["interval"]
        allowed = self.tolerance * interval + trials.epochs.dt_ms / 2
        right = ((produced - interval).abs() <= allowed) & risen.any(-1) & ~risen[..., 0]
        return torch.where((said == 0).all(-1), self.chance, right.to(outputs.dtype))

    def best_production(
        self, probability: Float[Tensor, "trials intervals"], epochs: Epochs
    ) -> Float[Tensor, "trials steps 1"]:
        """Outputs that rise at the time that is most probably right, given how probable each interval is."""
        owed = self.intervals_owed()
        times = torch.cat([owed, owed * (1 - self.tolerance), owed * (1 + self.tolerance)])
        best: Int[Tensor, " trials"] = (probability @ self._right().T).argmax(1)
        return self.owed(times[best].float(), epochs)[0]
