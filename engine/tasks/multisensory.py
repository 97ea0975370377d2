"""Multisensory integration: is a stream of flashes, clicks or both fast or slow?"""

from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.component import Typical
from engine.tasks.conditions import crossed
from engine.tasks.evidence import opposed_evidence, summed_evidence
from engine.tasks.task import Trials, white_noise
from engine.tasks.two_choices import TwoChoices
from engine.variable import Variable

MODALITIES = "visual", "auditory", "multisensory"
Rates = tuple[Annotated[float, Field(gt=0, le=1000), Typical(0.5, 8)], ...]  # distances from the boundary in events/s


class Multisensory(TwoChoices):
    """Judge whether events come faster or slower than a boundary, from vision, from hearing, or from both together.

    A fixation input is on until the response. Each sense has two noisy inputs while it is stimulated, (1 - r) / 2 for
    "low" and (1 + r) / 2 for "high", where r is the distance of the rate from the boundary as a share of the boundary;
    a sense that is not stimulated is silent. In multisensory trials both tell the same rate, each with noise of its
    own, so that who adds them up does better. The network says "fixation" until the response and then "low" or "high";
    the trial is correct if the right one of these two outputs is the larger on average over the response. Senses, sides
    and distances are combined equally often.
    """

    kind: Literal["multisensory"] = "multisensory"
    title: ClassVar[str] = "Multisensory integration"
    source: ClassVar[str] = "Raposo, Kaufman & Churchland (2014) Nat. Neurosci. 17: 1784"
    chance_is: ClassVar[str] = (
        "Low and high rates are equally frequent, so a guess is right in 1 trial of 2; a tie counts as one."
    )
    ideal_is: ClassVar[str] = "Sums the noisy evidence for high minus low over time and both senses and takes its sign."
    memoryless_is: ClassVar[str] = "Nothing is shown any more when the answer is due."
    answer_name: ClassVar[str] = "choice"
    answer_names: ClassVar[tuple[str, str]] = "low", "high"
    graded_by: ClassVar[str] = "rate"

    distances: Annotated[
        Rates,
        Field(min_length=1, max_length=32, description="Distances of the rates from the boundary, in events/s."),
    ] = (0.5, 1.5, 2.5, 3.5)  # 9 to 16 events/s around 12.5
    boundary_hz: Annotated[
        float, Field(gt=0, le=1000, description="Rate between low and high."), Typical(5, 20, 0.5)
    ] = 12.5
    noise: Annotated[
        float,
        Field(ge=0, le=100, description="Noise of each evidence input while its sense is stimulated, in s^1/2."),
        Typical(0, 0.5, 0.005),
    ] = 0.1

    @property
    def input_names(self) -> tuple[str, ...]:
        return "fixation", "visual low", "visual high", "auditory low", "auditory high"

    @property
    def variables(self) -> tuple[Variable, ...]:
        return (
            Variable("rate", "linear", "Hz"),
            Variable("modality", "categorical", labels=MODALITIES),
            Variable("choice", "categorical", labels=("low", "high")),
        )

    def shown(
        self, n: int, steps: int, dt_ms: float, rng: torch.Generator
    ) -> tuple[Float[Tensor, "trials steps channels"], dict[str, Tensor]]:
        modality, side, distance = crossed(n, (3, 2, len(self.distances)), rng)
        away = torch.tensor(self.distances)[distance] * (2 * side - 1)
        shown = white_noise((n, steps, 4), self.noise, dt_ms, rng)
        shown += opposed_evidence(100 * away / self.boundary_hz).repeat(1, 2)[:, None]
        shown[..., :2] *= (modality != 1)[:, None, None]
        shown[..., 2:] *= (modality != 0)[:, None, None]
        return shown, {"rate": self.boundary_hz + away, "modality": modality, "choice": side}

    def evidence(self, trials: Trials) -> Float[Tensor, " trials"]:
        shown = trials.inputs[:, trials.epochs["stimulus"], 1:]
        return summed_evidence(shown[..., :2]) + summed_evidence(shown[..., 2:])
