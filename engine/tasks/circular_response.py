"""Tasks whose answer is a direction that depends on one that was shown before."""

from abc import abstractmethod
from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from engine.tasks.conditions import angles, degrees
from engine.tasks.fields import Noise, RingUnits, Tolerance, lasting
from engine.tasks.ring import bump, direction, is_near, population_vector, unit_vector
from engine.tasks.task import Epochs, Task, Trials, Variable, white_noise


class CircularResponse(Task):
    """Base of the tasks that answer a direction with a direction: sine and cosine of it on two outputs."""

    loss: ClassVar[Literal["cross_entropy", "mse"]] = "mse"
    chance_is: ClassVar[str] = (
        "Directions are spread evenly over the circle, so a guess is within the tolerance with probability "
        "2 * tolerance / 360; outputs of exactly zero point nowhere and score the same."
    )
    memoryless_is: ClassVar[str] = "The cue is gone when the answer is due, so any direction is as good as another."

    noise: Noise = 0.05
    ring_units: RingUnits = 16
    tolerance_deg: Tolerance = 20.0
    fixation_ms: Annotated[float, *lasting("Time before the cue.", 0, 1000)] = 200.0
    cue_ms: Annotated[float, *lasting("How long the cue is shown.", 50, 1000)] = 300.0
    delay_ms: Annotated[float, *lasting("Time between the end of the cue and the response.", 0, 4000)] = 500.0
    response_ms: Annotated[float, *lasting("Time in which the answer is read.", 100, 1000)] = 300.0

    @property
    def input_names(self) -> tuple[str, ...]:
        ring = (f"direction {360 * i / self.ring_units:g}°" for i in range(self.ring_units))
        return "fixation", *self.rules, *ring

    @property
    @abstractmethod
    def rules(self) -> tuple[str, ...]:
        """Inputs that say during the whole trial which direction is asked for."""

    @abstractmethod
    def rule(self, n: int, rng: torch.Generator) -> Float[Tensor, "trials rules"]:
        """What is on the rule inputs."""

    @abstractmethod
    def asked(self, shown: Float[Tensor, " trials"], rule: Float[Tensor, "trials rules"]) -> Float[Tensor, " trials"]:
        """The direction (rad) that is asked for by the (possibly noisy) rule inputs after the one that was shown."""

    def rule_conditions(self, rule: Float[Tensor, "trials rules"]) -> dict[str, Tensor]:
        """What is kept of the rule."""
        return {}

    @property
    def output_names(self) -> tuple[str, ...]:
        return "sine", "cosine"

    @property
    def variables(self) -> tuple[Variable, ...]:
        return Variable("cue", "circular", "°", 360.0), Variable("answer", "circular", "°", 360.0)

    @property
    def chance(self) -> float:
        return 2 * self.tolerance_deg / 360

    @property
    def memoryless(self) -> float:
        return self.chance

    @property
    def accuracy_is(self) -> str:
        return f"Share of trials whose mean answer lies within ±{self.tolerance_deg:g}° of the right direction."

    def trials(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        epochs = Epochs.of(
            dt_ms, fixation=self.fixation_ms, cue=self.cue_ms, delay=self.delay_ms, response=self.response_ms
        )
        shown, rule = angles(n, rng), self.rule(n, rng)
        answer = self.asked(shown, rule)
        ring = 1 + len(self.rules)
        inputs = white_noise((n, epochs.steps, ring + self.ring_units), self.noise, dt_ms, rng)
        inputs[:, : epochs["response"].start, 0] += 1
        inputs[..., 1:ring] += rule[:, None]
        inputs[:, epochs["cue"], ring:] += bump(shown, self.ring_units)[:, None]
        targets = torch.zeros(n, epochs.steps, 2)
        targets[:, epochs["response"]] = unit_vector(answer)[:, None]
        conditions = {**self.rule_conditions(rule), "cue": degrees(shown), "answer": degrees(answer)}
        return Trials(inputs, targets, torch.ones(n, epochs.steps, dtype=torch.bool), epochs, conditions, {})

    def correct(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        said = outputs[..., trials.epochs["response"], :].mean(-2)
        return is_near(said, trials.conditions["answer"].deg2rad(), self.tolerance_deg, self.chance)

    def ideal(self, trials: Trials) -> Float[Tensor, "trials steps outputs"]:
        ring = 1 + len(self.rules)
        shown = direction(population_vector(trials.inputs[:, trials.epochs["cue"], ring:].sum(1)))
        said = torch.zeros_like(trials.targets)
        answer = self.asked(shown, trials.inputs[..., 1:ring].mean(1))
        said[:, trials.epochs["response"]] = unit_vector(answer)[:, None]
        return said
