"""Tasks of two choices: evidence for a while, a delay, and one of two answers."""

from abc import abstractmethod
from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from engine.tasks.fields import lasting
from engine.tasks.forced_choice import answers, chosen, score
from engine.tasks.task import Epochs, Task, Trials


class TwoChoices(Task):
    """Base of the tasks that judge a stimulus and then say which of two things it was.

    A fixation input is on until the response; the inputs after it show the stimulus. The network says "fixation" until
    the response and then its choice.
    """

    loss: ClassVar[Literal["cross_entropy", "mse"]] = "cross_entropy"
    chance_is: ClassVar[str] = (
        "Left and right are equally frequent, so a guess is right in 1 trial of 2; a tie counts as one."
    )
    answer_name: ClassVar[str] = "direction"
    answer_names: ClassVar[tuple[str, str]] = "left", "right"
    graded_by: ClassVar[str]  # the condition that makes a trial easy or hard

    fixation_ms: Annotated[float, *lasting("Time before the stimulus.", 0, 1000)] = 100.0
    stimulus_ms: Annotated[float, *lasting("How long the stimulus lasts.", 100, 2000)] = 1000.0
    delay_ms: Annotated[float, *lasting("Time between the end of the stimulus and the response.", 0, 2000)] = 0.0
    response_ms: Annotated[float, *lasting("Time in which the choice is read.", 100, 1000)] = 300.0

    @abstractmethod
    def shown(
        self, n: int, steps: int, dt_ms: float, rng: torch.Generator
    ) -> tuple[Float[Tensor, "trials steps channels"], dict[str, Tensor]]:
        """The stimulus of `n` trials, and their conditions, among them the right answer (0 or 1)."""

    @abstractmethod
    def evidence(self, trials: Trials) -> Float[Tensor, " trials"]:
        """What the ideal observer takes the stimulus for: above 0 for the second answer."""

    @property
    def output_names(self) -> tuple[str, ...]:
        return "fixation", *self.answer_names

    @property
    def chance(self) -> float:
        return 0.5

    @property
    def memoryless(self) -> float:
        return self.chance

    @property
    def psychometric_variable(self) -> str:
        return self.graded_by

    def epochs(self, dt_ms: float) -> Epochs:
        """Fixation, stimulus, delay and response."""
        return Epochs.of(
            dt_ms, fixation=self.fixation_ms, stimulus=self.stimulus_ms, delay=self.delay_ms, response=self.response_ms
        )

    def answer_at(self, epochs: Epochs) -> slice:
        """The steps at which the choice is read."""
        return epochs["response"]

    def counts(self, n: int, epochs: Epochs) -> Bool[Tensor, "trials steps"]:
        """The steps that are scored."""
        return torch.ones(n, epochs.steps, dtype=torch.bool)

    def trials(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        epochs = self.epochs(dt_ms)
        stimulus = epochs["stimulus"]
        shown, conditions = self.shown(n, stimulus.stop - stimulus.start, dt_ms, rng)
        inputs = torch.zeros(n, epochs.steps, len(self.input_names))
        inputs[:, : epochs["response"].start, 0] = 1.0
        inputs[:, stimulus, 1 : 1 + shown.shape[2]] = shown
        targets = torch.zeros(n, epochs.steps, dtype=torch.long)
        targets[:, epochs["response"]] = self._first + conditions[self.answer_name][:, None]
        return Trials(inputs, targets, self.counts(n, epochs), epochs, conditions, {})

    @property
    def _first(self) -> int:
        """The output of the first answer."""
        return self.output_names.index(self.answer_names[0])

    def correct(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        return score(self.choice(outputs, trials), trials.conditions[self.answer_name] == 1)

    def choice(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        """1 = the second answer, 0 = the first, 0.5 = a tie, NaN = no number."""
        return chosen(outputs, self.answer_at(trials.epochs), positive=self._first + 1, negative=self._first)

    def ideal(self, trials: Trials) -> Float[Tensor, "trials steps outputs"]:
        said = self._first + (self.evidence(trials) > 0).long()
        return answers(said, trials.epochs["response"], trials.steps, len(self.output_names))
