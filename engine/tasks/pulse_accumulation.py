"""Pulse accumulation: on which side were there more clicks?"""

from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.component import Typical
from engine.tasks.conditions import crossed
from engine.tasks.evidence import summed_evidence
from engine.tasks.task import Trials, white_noise
from engine.tasks.two_choices import TwoChoices
from engine.variable import Variable

CLICK_S = 0.02  # a click is as much as an input of 1 for 20 ms, whatever the time step
Ratios = tuple[Annotated[float, Field(ge=0, le=10), Typical(0, 4)], ...]  # log (fast rate / slow rate)


class PulseAccumulation(TwoChoices):
    """Say on which side more clicks were heard.

    Two inputs carry trains of clicks, Poisson processes whose rates add up to `rate_hz` and whose ratio varies from
    trial to trial; a click is worth an input of 1 for 20 ms. The right answer is the side that had more clicks in this
    very trial; where both had as many, one is added at a random time on the side with the higher rate, or at equal
    rates on a random one. A fixation input is on until the response. The network says "fixation" until the response and
    then the side; the trial is correct if that side's output is the larger of the two on average over the response.
    """

    kind: Literal["pulse_accumulation"] = "pulse_accumulation"
    at_once: ClassVar[int] = 8
    title: ClassVar[str] = "Pulse accumulation (Poisson clicks)"
    source: ClassVar[str] = "Brunton, Botvinick & Brody (2013) Science 340: 95"
    chance_is: ClassVar[str] = (
        "Left and right are favoured equally often, so a guess is right in 1 trial of 2; a tie counts as one."
    )
    ideal_is: ClassVar[str] = "Adds up the noisy right minus left input over the whole stimulus and takes its sign."
    memoryless_is: ClassVar[str] = "Nothing is heard any more when the answer is due."
    graded_by: ClassVar[str] = "click_difference"

    log_ratios: Annotated[
        Ratios,
        Field(
            min_length=1,
            max_length=16,
            description="Logarithms of the ratio of the two rates, for both sides.",
        ),
    ] = (0.5, 1.5, 2.5, 3.5)
    rate_hz: Annotated[
        float, Field(gt=0, le=1000, description="Clicks per second on both sides together."), Typical(10, 80, 1)
    ] = 40.0
    noise: Annotated[
        float,
        Field(ge=0, le=100, description="Noise of both click inputs during the stimulus: spectral density in s^1/2."),
        Typical(0, 0.2, 0.005),
    ] = 0.01

    @property
    def input_names(self) -> tuple[str, ...]:
        return "fixation", "left clicks", "right clicks"

    @property
    def variables(self) -> tuple[Variable, ...]:
        return (
            Variable("click_difference", "linear", "clicks"),
            Variable("log_ratio", "linear"),
            Variable("direction", "categorical", labels=("left", "right")),
        )

    def shown(
        self, n: int, steps: int, dt_ms: float, rng: torch.Generator
    ) -> tuple[Float[Tensor, "trials steps channels"], dict[str, Tensor]]:
        strength, side = crossed(n, (len(self.log_ratios), 2), rng)
        log_ratio = torch.tensor(self.log_ratios)[strength] * (2 * side - 1) + 0.0  # no -0.0
        clicks = self._clicks(log_ratio, side, steps, dt_ms, rng)
        shown = clicks * (1000 * CLICK_S / dt_ms) + white_noise(tuple(clicks.shape), self.noise, dt_ms, rng)
        difference = summed_evidence(clicks)
        return shown, {
            "click_difference": difference, "log_ratio": log_ratio, "direction": (difference > 0).long()
        }  # fmt: skip

    def _clicks(
        self, log_ratio: Float[Tensor, " trials"], side: Tensor, steps: int, dt_ms: float, rng: torch.Generator
    ) -> Float[Tensor, "trials steps sides"]:
        """Numbers of clicks per step on the left and on the right, never as many on both."""
        right = torch.sigmoid(log_ratio)
        per_step = torch.stack([1 - right, right], -1) * (self.rate_hz * dt_ms / 1000)
        clicks = torch.poisson(per_step[:, None].expand(-1, steps, -1).contiguous(), generator=rng)
        trial, step = torch.arange(len(side)), torch.randint(steps, (len(side),), generator=rng)
        clicks[trial, step, side] += (summed_evidence(clicks) == 0).float()
        return clicks

    def evidence(self, trials: Trials) -> Float[Tensor, " trials"]:
        return summed_evidence(trials.inputs[:, trials.epochs["stimulus"], 1:])
