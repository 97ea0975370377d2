"""Tasks of two stimuli: a sample, a delay, a test, and one of two answers that depends on both."""

import math
from abc import abstractmethod
from functools import lru_cache
from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from engine.tasks.conditions import crossed
from engine.tasks.fields import Noise, lasting
from engine.tasks.forced_choice import answers, chosen, score
from engine.tasks.task import Epochs, Task, Trials, Variable, white_noise


class TwoStimuli(Task):
    """Base of the tasks that compare a test with a sample.

    A fixation input is on until the response. Both answers are equally frequent, and so are the pairs of stimuli that
    demand each of them.
    """

    loss: ClassVar[Literal["cross_entropy", "mse"]] = "cross_entropy"
    chance_is: ClassVar[str] = (
        "Both answers are equally frequent, so a guess is right in 1 trial of 2; a tie counts as one."
    )
    ideal_is: ClassVar[str] = (
        "Weighs how probable each pair of stimuli is given the noisy inputs, and gives the answer whose pairs are more "
        "probable together."
    )
    memoryless_is: ClassVar[str] = "Sees the test only and gives the answer that is more frequent after it."
    answer_name: ClassVar[str] = "match"
    answer_names: ClassVar[tuple[str, str]] = "match", "non-match"  # outputs 1 (the positive answer) and 2

    noise: Noise = 0.05
    fixation_ms: Annotated[float, *lasting("Time before the sample.", 0, 1000)] = 0.0
    sample_ms: Annotated[float, *lasting("How long the sample is shown.", 100, 1000)] = 300.0
    delay_ms: Annotated[float, *lasting("Time between sample and test, to be bridged by memory.", 0, 4000)] = 500.0
    test_ms: Annotated[float, *lasting("How long the test is shown.", 100, 1000)] = 300.0
    response_ms: Annotated[float, *lasting("Time in which the answer is read.", 100, 1000)] = 300.0

    @abstractmethod
    def codes(self) -> Float[Tensor, "stimuli channels"]:
        """What each stimulus puts on the inputs other than fixation."""

    @abstractmethod
    def positive(self) -> Bool[Tensor, "stimuli stimuli"]:
        """Pairs [sample, test] that demand the positive answer."""

    def negative(self) -> Bool[Tensor, "stimuli stimuli"]:
        """Pairs [sample, test] that demand the negative answer; pairs that are neither do not occur."""
        return ~self.positive()

    @property
    @abstractmethod
    def stimulus_names(self) -> tuple[str, ...]:
        """One name per stimulus."""

    @property
    def output_names(self) -> tuple[str, ...]:
        return ("hold", *self.answer_names)

    @property
    def variables(self) -> tuple[Variable, ...]:
        return (
            Variable("sample", "categorical", labels=self.stimulus_names),
            Variable("test", "categorical", labels=self.stimulus_names),
            self.answer_variable,
        )

    @property
    def answer_variable(self) -> Variable:
        return Variable(self.answer_name, "categorical", labels=self.answer_names[::-1])

    def conditions(self, sample: Int[Tensor, " trials"], test: Int[Tensor, " trials"]) -> dict[str, Tensor]:
        """What is kept of the stimuli."""
        return {"sample": sample, "test": test}

    @property
    def chance(self) -> float:
        return 0.5

    @property
    def memoryless(self) -> float:
        shares = [pairs.double().sum(0) / pairs.sum() for pairs in (self.positive(), self.negative())]
        return 0.5 * torch.maximum(*shares).sum().item()

    def epochs(self, dt_ms: float) -> Epochs:
        """Fixation, sample, delay, test and response."""
        return Epochs.of(
            dt_ms,
            fixation=self.fixation_ms,
            sample=self.sample_ms,
            delay=self.delay_ms,
            test=self.test_ms,
            response=self.response_ms,
        )

    def trials(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        sample, test, answer = self._pairs(n, rng)
        epochs, codes = self.epochs(dt_ms), self.codes()
        inputs = white_noise((n, epochs.steps, 1 + codes.shape[1]), self.noise, dt_ms, rng)
        inputs[:, : epochs["response"].start, 0] += 1
        inputs[:, epochs["sample"], 1:] += codes[sample][:, None]
        inputs[:, epochs["test"], 1:] += codes[test][:, None]
        targets = torch.zeros(n, epochs.steps, dtype=torch.long)
        targets[:, epochs["response"]] = 2 - answer[:, None]
        conditions = {**self.conditions(sample, test), self.answer_name: answer}
        return Trials(inputs, targets, torch.ones(n, epochs.steps, dtype=torch.bool), epochs, conditions, {})

    def _pairs(self, n: int, rng: torch.Generator) -> tuple[Int[Tensor, " trials"], ...]:
        """Sample, test and answer (1 = positive) of every trial."""
        negative, positive = _demanding(self)
        answer, pair = crossed(n, (2, math.lcm(len(negative), len(positive))), rng)
        chosen_pair = torch.where(
            (answer == 1)[:, None], positive[pair % len(positive)], negative[pair % len(negative)]
        )
        return chosen_pair[:, 0], chosen_pair[:, 1], answer

    def correct(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        return score(self.choice(outputs, trials), trials.conditions[self.answer_name] == 1)

    def choice(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        """1 = the positive answer, 0 = the negative one, 0.5 = a tie, NaN = no number."""
        return chosen(outputs, trials.epochs["response"], positive=1, negative=2)

    def ideal(self, trials: Trials) -> Float[Tensor, "trials steps outputs"]:
        sample, test = self._log_likelihood(trials, "sample"), self._log_likelihood(trials, "test")

        def evidence(pairs: Bool[Tensor, "stimuli stimuli"]) -> Float[Tensor, " trials"]:
            first, second = pairs.nonzero().unbind(1)
            return (sample[:, first] + test[:, second]).logsumexp(1) - math.log(len(first))

        says_positive = evidence(self.positive()) > evidence(self.negative())
        return answers(torch.where(says_positive, 1, 2), trials.epochs["response"], trials.steps, 3)

    def _log_likelihood(self, trials: Trials, epoch: str) -> Float[Tensor, "trials stimuli"]:
        """Of each stimulus given the inputs of one epoch, up to a constant: white noise of known strength."""
        dt_s = trials.epochs.dt_ms / 1000
        shown = trials.inputs[:, trials.epochs[epoch], 1:].double()
        codes = self.codes().double()
        expected = shown.sum(1) @ codes.T * dt_s - shown.shape[1] * dt_s / 2 * codes.square().sum(1)
        return expected / max(self.noise, 1e-3) ** 2


@lru_cache(maxsize=64)
def _demanding(task: TwoStimuli) -> tuple[Int[Tensor, "pairs 2"], Int[Tensor, "others 2"]]:
    """The pairs that demand the negative, and those that demand the positive answer."""
    return task.negative().nonzero(), task.positive().nonzero()
