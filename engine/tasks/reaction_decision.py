"""Perceptual decision with free reaction time: answer as soon as the evidence is enough."""

from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Bool, Float, Int
from pydantic import Field
from torch import Tensor
from torch.nn.functional import one_hot

from engine.component import Typical
from engine.tasks.conditions import crossed, with_share
from engine.tasks.evidence import Coherences, opposed_evidence, summed_evidence
from engine.tasks.fields import lasting
from engine.tasks.forced_choice import score
from engine.tasks.task import Epochs, Task, Trials, Variable, white_noise

HIGH, LOW = 1.0, 0.2  # what the outputs owe


class ReactionDecision(Task):
    """Say which way random dots drift, as soon as you know.

    Dots and a start cue come on together and stay. Two noisy inputs carry the evidence for the left, (1 - c) / 2, and
    for the right, (1 + c) / 2, where c is the signed motion coherence. Both outputs owe 0.2 during fixation, and the
    side shown owes 1 in the decision; in the onset before it nothing is scored, so that the network answers when it is
    ready. In catch trials nothing comes on and nothing is to be said. The answer is the first output above the
    threshold, and its time from the onset on is the reaction time; an answer during fixation or in a catch trial is
    wrong, and without any the larger output of the last step counts. All sides and coherences occur equally often.
    """

    kind: Literal["reaction_decision"] = "reaction_decision"
    at_once: ClassVar[int] = 4
    title: ClassVar[str] = "Perceptual decision, reaction time"
    source: ClassVar[str] = (
        "Roitman & Shadlen (2002) J. Neurosci. 22: 9475; as a network task Song, Yang & Wang (2016) PLoS Comput. Biol. "
        "12: e1004792"
    )
    loss: ClassVar[Literal["cross_entropy", "mse"]] = "mse"
    chance_is: ClassVar[str] = (
        "Left and right are equally frequent; saying nothing is right in catch trials and a guess in the others."
    )
    ideal_is: ClassVar[str] = (
        "Sums the noisy evidence for right minus left until the last step and answers then: the most accurate, not the "
        "fastest."
    )

    coherences: Annotated[
        Coherences,
        Field(min_length=1, max_length=32, description="Motion strengths in %; each is shown in both directions."),
    ] = (3.2, 6.4, 12.8, 25.6, 51.2)
    catch_share: Annotated[
        float, Field(ge=0, lt=1, description="Share of trials in which nothing is shown."), Typical(0, 0.3, 0.05)
    ] = 0.1
    threshold: Annotated[
        float, Field(gt=LOW, lt=HIGH, description="An output above it is an answer."), Typical(0.4, 0.9, 0.05)
    ] = 0.6
    noise: Annotated[
        float,
        Field(
            ge=0, le=100, description="Noise of each evidence input while dots are shown: spectral density in s^1/2."
        ),
        Typical(0, 0.2, 0.005),
    ] = 0.035
    fixation_ms: Annotated[float, *lasting("Time before the dots appear.", 0, 1000)] = 100.0
    onset_ms: Annotated[float, *lasting("First time of the dots, in which nothing is scored.", 0, 1000)] = 300.0
    decision_ms: Annotated[float, *lasting("Time of the dots in which the answer is owed.", 100, 2000)] = 700.0

    @property
    def input_names(self) -> tuple[str, ...]:
        return "left", "right", "start"

    @property
    def output_names(self) -> tuple[str, ...]:
        return "left", "right"

    @property
    def variables(self) -> tuple[Variable, ...]:
        return (
            Variable("coherence", "linear", "%"),
            Variable("direction", "categorical", labels=("left", "right")),
            Variable("catch", "categorical", labels=("dots", "nothing")),
        )

    @property
    def chance(self) -> float:
        return 0.5 + 0.5 * self.catch_share

    @property
    def psychometric_variable(self) -> str:
        return "coherence"

    @property
    def accuracy_is(self) -> str:
        return f"Share of trials whose first output above {self.threshold:g} is the right side and not before the dots."

    def trials(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        epochs = Epochs.of(dt_ms, fixation=self.fixation_ms, onset=self.onset_ms, decision=self.decision_ms)
        dots = self._dots(epochs)
        catch, (strength, direction) = with_share(n, self.catch_share, rng), crossed(n, (len(self.coherences), 2), rng)
        there = (catch == 0).float()
        coherence = torch.tensor(self.coherences)[strength] * (2 * direction - 1) * there + 0.0  # no -0.0
        inputs = torch.zeros(n, epochs.steps, 3)
        shown = (
            white_noise((n, dots.stop - dots.start, 2), self.noise, dt_ms, rng) + opposed_evidence(coherence)[:, None]
        )
        inputs[:, dots, :2] = shown * there[:, None, None]
        inputs[:, dots, 2] = there[:, None]
        scored = torch.ones(n, epochs.steps, dtype=torch.bool)
        scored[:, epochs["onset"]] = (catch == 1)[:, None]
        conditions = {"coherence": coherence, "direction": direction, "catch": catch}
        said = self._said(direction, there, epochs["decision"], epochs.steps)
        return Trials(inputs, said, scored, epochs, conditions, {})

    def _dots(self, epochs: Epochs) -> slice:
        return slice(epochs["onset"].start, epochs["decision"].stop)

    def _said(
        self, side: Int[Tensor, " trials"], there: Float[Tensor, " trials"], when: slice, steps: int
    ) -> Float[Tensor, "trials steps 2"]:
        said = torch.full((len(side), steps, 2), LOW, device=side.device)
        said[:, when] += ((HIGH - LOW) * one_hot(side, 2) * there[:, None])[:, None]
        return said

    def _first(
        self, outputs: Float[Tensor, "*networks trials steps 2"]
    ) -> tuple[Int[Tensor, "*networks trials"], Bool[Tensor, "*networks trials"]]:
        """The step of the first answer, or the last one, and whether there is any."""
        answers = (outputs > self.threshold).any(-1)
        there = answers.any(-1)
        return torch.where(there, answers.to(torch.uint8).argmax(-1), outputs.shape[-2] - 1), there

    def choice(
        self, outputs: Float[Tensor, "*networks trials steps 2"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        """1 = right, 0 = left, 0.5 = a tie, NaN = no number, and in catch trials, which have no side."""
        first, _ = self._first(outputs)
        return torch.where(trials.conditions["catch"] == 1, torch.nan, self._side(outputs, first))

    def _side(
        self, outputs: Float[Tensor, "*networks trials steps 2"], first: Int[Tensor, "*networks trials"]
    ) -> Float[Tensor, "*networks trials"]:
        at = outputs.gather(-2, first[..., None, None].expand(*first.shape, 1, 2)).squeeze(-2)
        ahead = at[..., 1] - at[..., 0]
        side = 0.5 * ((ahead > 0).to(ahead.dtype) + (ahead >= 0).to(ahead.dtype))
        return torch.where(outputs.isnan().any(-1).any(-1), torch.nan, side)

    def reaction_ms(
        self, outputs: Float[Tensor, "*networks trials steps 2"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        """Time from the onset of the dots to the first answer, below 0 if it is early; NaN without an answer."""
        first, there = self._first(outputs)
        after = (first - trials.epochs["onset"].start).to(outputs.dtype) * trials.epochs.dt_ms
        return torch.where(there, after, torch.nan)

    def correct(
        self, outputs: Float[Tensor, "*networks trials steps 2"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        first, there = self._first(outputs)
        chosen = self._side(outputs, first)
        in_time = ~there | (first >= trials.epochs["onset"].start)
        of_side = score(chosen, trials.conditions["direction"] == 1) * in_time
        return torch.where(trials.conditions["catch"] == 1, (~there & ~chosen.isnan()).to(of_side.dtype), of_side)

    def ideal(self, trials: Trials) -> Float[Tensor, "trials steps 2"]:
        dots, last = self._dots(trials.epochs), slice(trials.steps - 1, trials.steps)
        side = (summed_evidence(trials.inputs[:, dots, :2]) > 0).long()
        return self._said(side, (trials.inputs[:, dots, 2].mean(1) > 0.5).float(), last, trials.steps)
