"""Tasks that show waves and ask what they will be a little later."""

from typing import ClassVar, Literal

from jaxtyping import Float
from torch import Tensor

from engine.tasks.task import Task, Trials
from engine.tasks.values import explained


class WaveAhead(Task):
    """Base of the tasks that owe waves of mean 0 some time ahead."""

    loss: ClassVar[Literal["cross_entropy", "mse"]] = "mse"
    ideal_is: ClassVar[str] = "Not defined; shown is who knows the waves themselves, which no network can beat."

    @property
    def chance(self) -> float:
        return 0.0

    def correct(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        return explained(outputs, trials, about=0.0)

    def ideal(self, trials: Trials) -> Float[Tensor, "trials steps outputs"]:
        return trials.targets
