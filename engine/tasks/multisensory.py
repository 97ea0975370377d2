"""Multisensory integration: is a stream of flashes, clicks or both fast or slow?"""

from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.component import Typical
from engine.tasks.conditions import crossed
from engine.tasks.evidence import opposed_evidence, summed_evidence
from engine.tasks.fields import lasting
from engine.tasks.forced_choice import answers, chosen, score
from engine.tasks.task import Epochs, Task, Trials, Variable, white_noise

MODALITIES = "visual", "auditory", "multisensory"
Rates = tuple[Annotated[float, Field(gt=0, le=1000), Typical(0.5, 8)], ...]  # distances from the boundary in events/s


class Multisensory(Task):
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
    loss: ClassVar[Literal["cross_entropy", "mse"]] = "cross_entropy"
    chance_is: ClassVar[str] = (
        "Low and high rates are equally frequent, so a guess is right in 1 trial of 2; a tie counts as one."
    )
    ideal_is: ClassVar[str] = "Sums the noisy evidence for high minus low over time and both senses and takes its sign."
    memoryless_is: ClassVar[str] = "Nothing is shown any more when the answer is due."

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
    fixation_ms: Annotated[float, *lasting("Time before the stimulus.", 0, 1000)] = 100.0
    stimulus_ms: Annotated[float, *lasting("How long the stimulus lasts.", 100, 2000)] = 1000.0
    delay_ms: Annotated[float, *lasting("Time between the end of the stimulus and the response.", 0, 2000)] = 0.0
    response_ms: Annotated[float, *lasting("Time in which the choice is read.", 100, 1000)] = 300.0

    @property
    def input_names(self) -> tuple[str, ...]:
        return "fixation", "visual low", "visual high", "auditory low", "auditory high"

    @property
    def output_names(self) -> tuple[str, ...]:
        return "fixation", "low", "high"

    @property
    def variables(self) -> tuple[Variable, ...]:
        return (
            Variable("rate", "linear", "Hz"),
            Variable("modality", "categorical", labels=MODALITIES),
            Variable("choice", "categorical", labels=("low", "high")),
        )

    @property
    def chance(self) -> float:
        return 0.5

    @property
    def memoryless(self) -> float:
        return self.chance

    @property
    def psychometric_variable(self) -> str:
        return "rate"

    def trials(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        modality, side, distance = crossed(n, (3, 2, len(self.distances)), rng)
        away = torch.tensor(self.distances)[distance] * (2 * side - 1)
        epochs = Epochs.of(
            dt_ms, fixation=self.fixation_ms, stimulus=self.stimulus_ms, delay=self.delay_ms, response=self.response_ms
        )
        inputs = torch.zeros(n, epochs.steps, 5)
        inputs[:, : epochs["response"].start, 0] = 1.0
        shown = inputs[:, epochs["stimulus"], 1:]
        shown += opposed_evidence(100 * away / self.boundary_hz).repeat(1, 2)[:, None]
        shown += white_noise(tuple(shown.shape), self.noise, dt_ms, rng)
        shown[..., :2] *= (modality != 1)[:, None, None]
        shown[..., 2:] *= (modality != 0)[:, None, None]
        targets = torch.zeros(n, epochs.steps, dtype=torch.long)
        targets[:, epochs["response"]] = 1 + side[:, None]
        conditions = {"rate": self.boundary_hz + away, "modality": modality, "choice": side}
        return Trials(inputs, targets, torch.ones(n, epochs.steps, dtype=torch.bool), epochs, conditions, {})

    def correct(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        return score(self.choice(outputs, trials), trials.conditions["choice"] == 1)

    def choice(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        """1 = high, 0 = low, 0.5 = a tie, NaN = no number."""
        return chosen(outputs, trials.epochs["response"], positive=2, negative=1)

    def ideal(self, trials: Trials) -> Float[Tensor, "trials steps outputs"]:
        shown = trials.inputs[:, trials.epochs["stimulus"], 1:]
        evidence = summed_evidence(shown[..., :2]) + summed_evidence(shown[..., 2:])
        return answers(1 + (evidence > 0).long(), trials.epochs["response"], trials.steps, 3)
