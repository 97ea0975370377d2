"""Context-dependent decision: attend to the motion or to the colour of the same dots."""

from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor
from torch.nn.functional import one_hot

from engine.component import Typical
from engine.tasks.conditions import crossed
from engine.tasks.evidence import Coherences, opposed_evidence, summed_evidence
from engine.tasks.fields import lasting
from engine.tasks.task import Trials, white_noise
from engine.tasks.two_choices import TwoChoices
from engine.variable import Variable


class ContextDecision(TwoChoices):
    """Judge the motion or the colour of random dots, as a context cue demands, and ignore the other.

    A fixation input is on until the response; one of two context inputs is on during the whole trial. During the
    stimulus, each modality has two noisy inputs, (1 - c) / 2 for its left and (1 + c) / 2 for its right alternative
    (of the colours, one stands for left and one for right), where c is its signed coherence. The network says
    "fixation" until the response and then the side that the relevant modality favours; the trial is correct if that
    side's output is the larger of the two on average over the response. All contexts, sides and coherences are
    combined equally often, so that following one modality in both contexts is right in at most 3 trials of 4.
    """

    kind: Literal["context_decision"] = "context_decision"
    title: ClassVar[str] = "Context-dependent decision"
    source: ClassVar[str] = "Mante, Sussillo, Shenoy & Newsome (2013) Nature 503: 78"
    chance_is: ClassVar[str] = (
        "Left and right are equally frequent in each context, so a guess is right in 1 trial of 2; a tie counts as one."
    )
    ideal_is: ClassVar[str] = (
        "Sums the noisy evidence for right minus left of the relevant modality over the stimulus and takes its sign."
    )
    memoryless_is: ClassVar[str] = "The dots are gone when the answer is due."
    graded_by: ClassVar[str] = "relevant_coherence"

    motion_coherences: Annotated[
        Coherences,
        Field(min_length=1, max_length=16, description="Strengths of motion in %; each is shown to both sides."),
    ] = (5.0, 15.0, 50.0)
    colour_coherences: Annotated[
        Coherences,
        Field(min_length=1, max_length=16, description="Strengths of colour in %; each is shown for both sides."),
    ] = (5.0, 15.0, 50.0)
    noise: Annotated[
        float,
        Field(ge=0, le=100, description="Noise of each evidence input during the stimulus: spectral density in s^1/2."),
        Typical(0, 0.2, 0.005),
    ] = 0.035
    fixation_ms: Annotated[float, *lasting("Time before the dots appear; the context is known.", 0, 1000)] = 200.0
    stimulus_ms: Annotated[float, *lasting("How long the dots are shown.", 100, 2000)] = 750.0  # Mante et al. (2013)

    @property
    def input_names(self) -> tuple[str, ...]:
        return (
            "fixation",
            "motion left",
            "motion right",
            "colour left",
            "colour right",
            "attend motion",
            "attend colour",
        )

    @property
    def variables(self) -> tuple[Variable, ...]:
        return (
            Variable("context", "categorical", labels=("motion", "colour")),
            Variable("relevant_coherence", "linear", "%"),
            Variable("motion_coherence", "linear", "%"),
            Variable("colour_coherence", "linear", "%"),
            Variable("direction", "categorical", labels=("left", "right")),
        )

    def trials(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        made = super().trials(n, dt_ms, rng)
        made.inputs[..., 5:] = one_hot(made.conditions["context"], 2)[:, None]
        return made

    def shown(
        self, n: int, steps: int, dt_ms: float, rng: torch.Generator
    ) -> tuple[Float[Tensor, "trials steps channels"], dict[str, Tensor]]:
        conditions = self._conditions(n, rng)
        motion, colour = (opposed_evidence(conditions[f"{name}_coherence"]) for name in ("motion", "colour"))
        shown = white_noise((n, steps, 4), self.noise, dt_ms, rng)
        shown += torch.cat([motion, colour], 1)[:, None]
        return shown, conditions

    def _conditions(self, n: int, rng: torch.Generator) -> dict[str, Tensor]:
        levels = (2, 2, 2, len(self.motion_coherences), len(self.colour_coherences))
        context, motion_side, colour_side, motion_strength, colour_strength = crossed(n, levels, rng)
        motion = torch.tensor(self.motion_coherences)[motion_strength] * (2 * motion_side - 1) + 0.0  # no -0.0
        colour = torch.tensor(self.colour_coherences)[colour_strength] * (2 * colour_side - 1) + 0.0
        return {
            "context": context,
            "relevant_coherence": torch.where(context == 0, motion, colour),
            "motion_coherence": motion,
            "colour_coherence": colour,
            "direction": torch.where(context == 0, motion_side, colour_side),
        }

    def evidence(self, trials: Trials) -> Float[Tensor, " trials"]:
        shown = trials.inputs[:, trials.epochs["stimulus"]]
        attends_motion = trials.inputs[:, 0, 5] > trials.inputs[:, 0, 6]
        return torch.where(attends_motion, summed_evidence(shown[..., 1:3]), summed_evidence(shown[..., 3:5]))
