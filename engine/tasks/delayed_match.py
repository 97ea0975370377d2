"""Delayed match-to-sample: hold one stimulus in mind, compare it with the next."""

from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor
from torch.nn.functional import one_hot

from engine.component import Typical
from engine.tasks.conditions import crossed
from engine.tasks.forced_choice import answers, chosen, score
from engine.tasks.task import Epochs, Task, Trials, Variable, white_noise


class DelayedMatch(Task):
    """Say whether a test stimulus equals the sample that was shown before a delay.

    A fixation input is on until the response; each stimulus has an input of its own that is 1 while it is shown. The
    network says "hold" until the response and then "match" or "non-match"; the trial is correct if the right one of
    these two outputs is the larger on average over the response. Half of the trials match; samples are equally
    frequent, and so are the tests of non-match trials.
    """

    kind: Literal["delayed_match"] = "delayed_match"
    title: ClassVar[str] = "Delayed match-to-sample"
    source: ClassVar[str] = "Miller, Erickson & Desimone (1996) J. Neurosci. 16: 5154"
    loss: ClassVar[Literal["cross_entropy", "mse"]] = "cross_entropy"
    chance_is: ClassVar[str] = "Half of the trials match, so a guess is right in 1 trial of 2; a tie counts as one."
    ideal_is: ClassVar[str] = (
        "Weighs how probable each stimulus was as sample and as test given the noisy inputs, and says match if that "
        "is the more probable."
    )
    memoryless_is: ClassVar[str] = "Neither sample nor test is shown when the answer is due."

    stimuli: Annotated[int, Field(ge=2, le=64, description="Number of different stimuli."), Typical(2, 8)] = 2
    noise: Annotated[
        float,
        Field(ge=0, le=100, description="Noise of every input during the whole trial: spectral density in s^1/2."),
        Typical(0, 0.5, 0.01),
    ] = 0.05
    fixation_ms: Annotated[
        float, Field(ge=0, le=60_000, description="Time before the sample."), Typical(0, 1000, 10)
    ] = 0.0
    sample_ms: Annotated[
        float, Field(gt=0, le=60_000, description="How long the sample is shown."), Typical(100, 1000, 10)
    ] = 300.0
    delay_ms: Annotated[
        float,
        Field(ge=0, le=60_000, description="Time between sample and test, to be bridged by memory."),
        Typical(0, 4000, 10),
    ] = 500.0
    test_ms: Annotated[
        float, Field(gt=0, le=60_000, description="How long the test is shown."), Typical(100, 1000, 10)
    ] = 300.0
    response_ms: Annotated[
        float, Field(gt=0, le=60_000, description="Time in which the answer is read."), Typical(100, 1000, 10)
    ] = 300.0

    @property
    def input_names(self) -> tuple[str, ...]:
        return ("fixation", *(f"stimulus {i + 1}" for i in range(self.stimuli)))

    @property
    def output_names(self) -> tuple[str, ...]:
        return "hold", "match", "non-match"

    @property
    def variables(self) -> tuple[Variable, ...]:
        stimuli = self.input_names[1:]
        return (
            Variable("sample", "categorical", labels=stimuli),
            Variable("test", "categorical", labels=stimuli),
            Variable("match", "categorical", labels=("non-match", "match")),
        )

    @property
    def chance(self) -> float:
        return 0.5

    @property
    def memoryless(self) -> float:
        return self.chance

    def trials(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        sample, match, step_away = crossed(n, (self.stimuli, 2, self.stimuli - 1), rng)
        test = torch.where(match == 1, sample, (sample + 1 + step_away) % self.stimuli)
        epochs = Epochs.of(
            dt_ms,
            fixation=self.fixation_ms,
            sample=self.sample_ms,
            delay=self.delay_ms,
            test=self.test_ms,
            response=self.response_ms,
        )
        inputs = white_noise((n, epochs.steps, 1 + self.stimuli), self.noise, dt_ms, rng)
        inputs[:, : epochs["response"].start, 0] += 1
        inputs[:, epochs["sample"], 1:] += one_hot(sample, self.stimuli)[:, None]
        inputs[:, epochs["test"], 1:] += one_hot(test, self.stimuli)[:, None]
        targets = torch.zeros(n, epochs.steps, dtype=torch.long)
        targets[:, epochs["response"]] = torch.where(match == 1, 1, 2)[:, None]
        conditions = {"sample": sample, "test": test, "match": match}
        return Trials(inputs, targets, torch.ones(n, epochs.steps, dtype=torch.bool), epochs, conditions, {})

    def correct(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        return score(self.choice(outputs, trials), trials.conditions["match"] == 1)

    def choice(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        """1 = match, 0 = non-match, 0.5 = a tie, NaN = no number."""
        return chosen(outputs, trials.epochs["response"], positive=1, negative=2)

    def ideal(self, trials: Trials) -> Float[Tensor, "trials steps outputs"]:
        was = self._posterior(trials, "sample")
        # Both are equally frequent beforehand and a non-match is spread over stimuli - 1 others: the odds are
        # agreement to (1 - agreement) / (stimuli - 1), even at 1 / stimuli.
        agreement = (was * self._posterior(trials, "test")).sum(-1)
        answer = torch.where(agreement > 1 / self.stimuli, 1, 2)
        return answers(answer, trials.epochs["response"], trials.steps, 3)

    def _posterior(self, trials: Trials, epoch: str) -> Float[Tensor, "trials stimuli"]:
        """Probability of each stimulus given the inputs of one epoch: log-likelihood = integral / density^2."""
        integral = trials.inputs[:, trials.epochs[epoch], 1:].sum(1) * (trials.epochs.dt_ms / 1000)
        return torch.softmax(integral.double() / max(self.noise, 1e-3) ** 2, -1)
