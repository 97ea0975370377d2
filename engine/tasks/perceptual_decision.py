"""Perceptual decision: which way do most of the random dots move?"""

from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Bool, Float
from pydantic import Field
from torch import Tensor

from engine.component import Typical
from engine.tasks.conditions import crossed
from engine.tasks.evidence import Coherences, opposed_evidence, summed_evidence
from engine.tasks.fields import lasting
from engine.tasks.forced_choice import Scored, read_at, scored_steps
from engine.tasks.task import Epochs, Trials, white_noise
from engine.tasks.two_choices import TwoChoices
from engine.variable import Variable


class PerceptualDecision(TwoChoices):
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
    ideal_is: ClassVar[str] = "Sums the noisy evidence for right minus left over the whole stimulus and takes its sign."
    memoryless_is: ClassVar[str] = "The dots are gone when the answer is due, and the fixation input tells no side."
    graded_by: ClassVar[str] = "coherence"

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
    fixation_ms: Annotated[float, *lasting("Time before the dots appear.", 0, 1000)] = 100.0
    stimulus_ms: Annotated[float, *lasting("How long the dots are shown.", 100, 2000)] = 1000.0
    delay_ms: Annotated[float, *lasting("Time between the end of the dots and the response.", 0, 2000)] = 0.0

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

    def trials(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        made = super().trials(n, dt_ms, rng)
        made.inputs[:, made.epochs["response"], 0] = float(self.fixation_stays)
        return made

    def shown(
        self, n: int, steps: int, dt_ms: float, rng: torch.Generator
    ) -> tuple[Float[Tensor, "trials steps channels"], dict[str, Tensor]]:
        strength, direction = crossed(n, (len(self.coherences), 2), rng)
        coherence = torch.tensor(self.coherences)[strength] * (2 * direction - 1) + 0.0  # no -0.0
        shown = white_noise((n, steps, 2), self.noise, dt_ms, rng)
        shown += opposed_evidence(coherence)[:, None]
        return shown, {"coherence": coherence, "direction": direction}

    def evidence(self, trials: Trials) -> Float[Tensor, " trials"]:
        return summed_evidence(trials.inputs[:, trials.epochs["stimulus"], 1:])

    def answer_at(self, epochs: Epochs) -> slice:
        return read_at(self.scored, epochs["response"])

    def counts(self, n: int, epochs: Epochs) -> Bool[Tensor, "trials steps"]:
        return scored_steps(self.scored, epochs["response"], n)
