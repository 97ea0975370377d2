"""Perceptual decision: which way do most of the random dots move?"""

from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.component import Typical
from engine.tasks.conditions import crossed
from engine.tasks.evidence import Coherences, opposed_evidence, summed_evidence
from engine.tasks.forced_choice import Scored, answers, chosen, read_at, score, scored_steps
from engine.tasks.task import Epochs, Task, Trials, Variable, white_noise


class PerceptualDecision(Task):
    """Say whether random dots drift to the left or to the right.

    A fixation input is on until the response. During the stimulus, two noisy inputs carry the evidence for the left,
    (1 - c) / 2, and for the right, (1 + c) / 2, where c is the signed motion coherence. The network says "fixation"
    until the response and then the side; the trial is correct if that side's output is the larger of the two on
    average over the response. The delay separates seeing from saying. All sides and coherences occur equally often.
    The trial of Shakiba et al. (2026) arXiv:2606.14975 has 1 + 30 + 10 steps at dt = 100 ms: 100 ms, 3000 ms, a delay
    of 900 and a response of 100 ms, coherences 0 to 51.2 %, noise 0.0316, fixation throughout, scored at the last step.
    Unless all of the trial is scored, the network has no fixation output.
    """

    kind: Literal["perceptual_decision"] = "perceptual_decision"
    title: ClassVar[str] = "Perceptual decision (random dots)"
    source: ClassVar[str] = (
        "Britten, Shadlen, Newsome & Movshon (1992) J. Neurosci. 12: 4745; "
        "Roitman & Shadlen (2002) J. Neurosci. 22: 9475"
    )
    loss: ClassVar[Literal["cross_entropy", "mse"]] = "cross_entropy"
    chance_is: ClassVar[str] = (
        "Left and right are equally frequent, so a guess is right in 1 trial of 2; a tie counts as one."
    )
    ideal_is: ClassVar[str] = "Sums the noisy evidence for right minus left over the whole stimulus and takes its sign."
    memoryless_is: ClassVar[str] = "The dots are gone when the answer is due, and the fixation input tells no side."

    coherences: Annotated[
        Coherences,
        Field(min_length=1, max_length=32, description="Motion strengths in %; each is shown in both directions."),
    ] = (3.2, 6.4, 12.8, 25.6, 51.2)  # Roitman & Shadlen (2002), without 0, which has no right answer
    fixation_stays: Annotated[bool, Field(description="Whether the fixation input is on in the response, too.")] = False
    scored: Annotated[
        Scored, Field(description="Where the loss counts: all of the trial, the response, or the last step alone.")
    ] = "trial"
    noise: Annotated[
        float,
        Field(ge=0, le=100, description="Noise of each evidence input during the stimulus: spectral density in s^1/2."),
        Typical(0, 0.2, 0.005),
    ] = 0.035
    fixation_ms: Annotated[
        float, Field(ge=0, le=60_000, description="Time before the dots appear."), Typical(0, 1000, 10)
    ] = 100.0
    stimulus_ms: Annotated[
        float, Field(gt=0, le=60_000, description="How long the dots are shown."), Typical(100, 2000, 10)
    ] = 1000.0
    delay_ms: Annotated[
        float,
        Field(ge=0, le=60_000, description="Time between the end of the dots and the response."),
        Typical(0, 2000, 10),
    ] = 0.0
    response_ms: Annotated[
        float, Field(gt=0, le=60_000, description="Time in which the choice is read."), Typical(100, 1000, 10)
    ] = 300.0

    @property
    def input_names(self) -> tuple[str, ...]:
        return "fixation", "left", "right"

    @property
    def output_names(self) -> tuple[str, ...]:
        return ("fixation", "left", "right") if self.scored == "trial" else ("left", "right")

    @property
    def variables(self) -> tuple[Variable, ...]:
        return (
            Variable("coherence", "linear", "%"),
            Variable("direction", "categorical", labels=("left", "right")),
        )

    @property
    def chance(self) -> float:
        return 0.5

    @property
    def memoryless(self) -> float:
        return self.chance

    @property
    def psychometric_variable(self) -> str:
        return "coherence"

    def trials(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        strength, direction = crossed(n, (len(self.coherences), 2), rng)
        coherence = torch.tensor(self.coherences)[strength] * (2 * direction - 1) + 0.0  # no -0.0
        epochs = self.epochs(dt_ms)
        inputs = torch.zeros(n, epochs.steps, 3)
        inputs[:, : epochs.steps if self.fixation_stays else epochs["response"].start, 0] = 1.0
        inputs[:, epochs["stimulus"], 1:] = opposed_evidence(coherence)[:, None]
        shown = inputs[:, epochs["stimulus"], 1:]
        shown += white_noise(tuple(shown.shape), self.noise, dt_ms, rng)
        targets = torch.zeros(n, epochs.steps, dtype=torch.long)
        targets[:, epochs["response"]] = self._left + direction[:, None]
        conditions = {"coherence": coherence, "direction": direction}
        scored = scored_steps(self.scored, epochs["response"], n)
        return Trials(inputs, targets, scored, epochs, conditions, {})

    @property
    def _left(self) -> int:
        return self.output_names.index("left")

    def epochs(self, dt_ms: float) -> Epochs:
        """Fixation, stimulus, delay and response."""
        return Epochs.of(
            dt_ms, fixation=self.fixation_ms, stimulus=self.stimulus_ms, delay=self.delay_ms, response=self.response_ms
        )

    def correct(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        return score(self.choice(outputs, trials), trials.conditions["direction"] == 1)

    def choice(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        """1 = right, 0 = left, 0.5 = a tie, NaN = no number."""
        read = read_at(self.scored, trials.epochs["response"])
        return chosen(outputs, read, positive=self._left + 1, negative=self._left)

    def ideal(self, trials: Trials) -> Float[Tensor, "trials steps outputs"]:
        says_right = summed_evidence(trials.inputs[:, trials.epochs["stimulus"], 1:]) > 0
        choice = self._left + says_right.long()
        return answers(choice, trials.epochs["response"], trials.steps, len(self.output_names))
