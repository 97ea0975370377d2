"""Sequence recall: say a list of numbers again, in the same order."""

from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.component import Typical
from engine.tasks.task import Epochs, Task, Trials, Variable, white_noise
from engine.tasks.values import near_enough, shown_for


class SequenceRecall(Task):
    """Hear a list of numbers, wait for the cue, and say the list again in the same order.

    Each number is uniform in 0..1 and lasts one item; the cue lasts one item, and then each number is owed for one
    item while the inputs are silent. Only the recall is scored. At a time step of one item (dt = 100 ms by default)
    a trial has 2 L + 1 steps, as published. The mean squared error of who always says 0.5 is 1/12 = 0.083.
    """

    kind: Literal["sequence_recall"] = "sequence_recall"
    title: ClassVar[str] = "Sequence recall (numbers)"
    source: ClassVar[str] = "Goulas, Damicelli & Hilgetag (2021) Neural Netw. 142: 608"
    loss: ClassVar[Literal["cross_entropy", "mse"]] = "mse"
    chance_is: ClassVar[str] = (
        "Who always says the same number between the tolerance and 1 minus the tolerance is near enough with "
        "probability 2 * tolerance (and has a mean squared error of 1/12 with 0.5)."
    )
    ideal_is: ClassVar[str] = "Averages the noisy input over each item and says that number again."
    memoryless_is: ClassVar[str] = "The inputs are silent during the recall, so it guesses."

    length: Annotated[int, Field(ge=1, le=200, description="Numbers in the list."), Typical(3, 10)] = 5
    noise: Annotated[
        float,
        Field(ge=0, le=100, description="Noise of every input during the whole trial: spectral density in s^1/2."),
        Typical(0, 0.1, 0.001),
    ] = 0.0
    tolerance: Annotated[
        float, Field(gt=0, lt=0.5, description="A number this close to the right one counts."), Typical(0.02, 0.2, 0.01)
    ] = 0.1
    item_ms: Annotated[
        float, Field(gt=0, le=60_000, description="How long each number and the cue last."), Typical(20, 500, 10)
    ] = 100.0

    @property
    def input_names(self) -> tuple[str, ...]:
        return "cue", "number"

    @property
    def output_names(self) -> tuple[str, ...]:
        return ("number",)

    @property
    def variables(self) -> tuple[Variable, ...]:
        return Variable("first", "linear"), Variable("last", "linear"), Variable("owed", "linear")

    @property
    def chance(self) -> float:
        return 2 * self.tolerance

    @property
    def memoryless(self) -> float:
        return self.chance

    @property
    def accuracy_is(self) -> str:
        return f"Share of the recall at which the output lies within ±{self.tolerance:g} of the right number."

    def trials(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        epochs = Epochs.of_equal(dt_ms, "item", self.item_ms, items=self.length, cue=1, recall=self.length)
        numbers = torch.rand(n, self.length, generator=rng)
        said = shown_for(numbers, epochs["items"].stop // self.length)
        inputs = white_noise((n, epochs.steps, 2), self.noise, dt_ms, rng)
        inputs[:, epochs["cue"], 0] += 1
        inputs[:, epochs["items"], 1] += said
        owed = torch.zeros(n, epochs.steps)
        owed[:, epochs["recall"]] = said
        scored = torch.zeros(n, epochs.steps, dtype=torch.bool)
        scored[:, epochs["recall"]] = True
        conditions = {"first": numbers[:, 0], "last": numbers[:, -1]}
        return Trials(inputs, owed[..., None], scored, epochs, conditions, {"owed": owed})

    def correct(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        return near_enough(outputs, trials, self.tolerance)

    def ideal(self, trials: Trials) -> Float[Tensor, "trials steps outputs"]:
        heard = trials.inputs[:, trials.epochs["items"], 1].unflatten(1, (self.length, -1)).mean(-1)
        likely = heard.clamp(self.tolerance, 1 - self.tolerance) if self.noise else heard
        said = torch.zeros_like(trials.targets)
        said[:, trials.epochs["recall"], 0] = shown_for(likely, trials.epochs["items"].stop // self.length)
        return said
