"""Twenty cognitive tasks in one network, told apart by a rule cue."""

import math
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Annotated, ClassVar, Literal

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from pydantic import Field, field_validator
from torch import Tensor

from engine.component import Typical
from engine.tasks.conditions import angles, crossed, degrees
from engine.tasks.evidence import Coherences
from engine.tasks.fields import RingUnits, Tolerance, lasting
from engine.tasks.ring import bump, is_near, population_vector
from engine.tasks.task import Epochs, Task, Trials, Variable, noise_spread
from engine.tasks.yang_frame import Frame, frame
from engine.tasks.yang_rings import Shown
from engine.tasks.yang_rules import NAMES, RuleName, Table
from engine.tasks.yang_trials import draw, read

HIGH, LOW = 0.85, 0.05  # of the fixation output; the ring's output rises from 0.05 by 0.8


class TwentyRules(Task):
    """Do what a rule cue demands: one of twenty tasks on the same inputs and outputs.

    Inputs: fixation, two rings of units with Gaussian tuning (22.5° standard deviation), and one unit per rule that is
    on during the whole trial. Outputs: fixation and a ring that points to the answer. Go rules ask for the direction
    shown, Anti rules for the opposite one, DM rules for the stronger of two (in one ring, in the attended ring, or in
    both together), matching rules (DMS, DNMS, DMC, DNMC) for the second direction if it matches (or does not), by
    itself or by its category (below or above 180°), and else for fixation. In Dly rules memory bridges a delay; in RT
    rules the stimulus comes with the response and fixation stays on. A trial is correct if the fixation output, on
    average over the response, is below 0.5 and the ring's population vector within the tolerance, or if fixation is
    asked for and it is above 0.5. All rules share one grid of epochs so that a batch can mix them, and the two
    directions of DM rules lie opposite each other; in the paper epochs vary, directions are 90° to 270° apart and rings
    have 32 units.
    """

    kind: Literal["twenty_rules"] = "twenty_rules"
    title: ClassVar[str] = "Twenty rules (multi-task set)"
    source: ClassVar[str] = "Yang, Joglekar, Song, Newsome & Wang (2019) Nat. Neurosci. 22: 297"
    loss: ClassVar[Literal["cross_entropy", "mse"]] = "mse"
    at_once: ClassVar[int] = 12
    chance_is: ClassVar[str] = (
        "Knowing the rule but no stimulus: fixating is right in half of the matching trials, any direction is right "
        "with probability 2 * tolerance / 360 in the others; outputs of exactly zero score the same."
    )
    ideal_is: ClassVar[str] = (
        "Sums the noisy ring inputs while a stimulus is shown, reads directions as population vectors and compares "
        "them as the rule demands."
    )

    rules: Annotated[
        tuple[RuleName, ...], Field(min_length=1, max_length=20, description="Rules to be learned, equally frequent.")
    ] = NAMES
    coherences: Annotated[
        Coherences,
        Field(min_length=1, max_length=16, description="DM rules: how much stronger and weaker than average, in %."),
    ] = (8.0, 16.0, 32.0)
    noise: Annotated[
        float,
        Field(ge=0, le=100, description="Noise of both rings while a stimulus is shown: spectral density in s^1/2."),
        Typical(0, 0.5, 0.01),
    ] = 0.02
    ring_units: RingUnits = 16
    tolerance_deg: Tolerance = 36.0
    apart_deg: Annotated[
        float,
        Field(gt=0, lt=180, description="DMS, DNMS: directions that do not match lie at least so far apart."),
        Typical(10, 90, 5),
    ] = 45.0
    fixation_ms: Annotated[float, *lasting("Time before the first stimulus.", 0, 1000)] = 200.0
    stimulus_ms: Annotated[float, *lasting("How long the first stimulus is shown.", 100, 1000)] = 300.0
    delay_ms: Annotated[float, *lasting("Time between first and second stimulus.", 0, 2000)] = 300.0
    test_ms: Annotated[float, *lasting("How long the second stimulus is shown.", 100, 1000)] = 300.0
    response_ms: Annotated[float, *lasting("Time in which the answer is read.", 100, 1000)] = 300.0

    @field_validator("rules")
    @classmethod
    def _different(cls, rules: tuple[RuleName, ...]) -> tuple[RuleName, ...]:
        twice = next((rule for rule in rules if rules.count(rule) > 1), None)
        if twice:
            raise ValueError(f"The rule '{twice}' is listed twice; name every rule once.")
        return rules

    @property
    def input_names(self) -> tuple[str, ...]:
        rings = (f"ring {r} {360 * i / self.ring_units:g}°" for r in (1, 2) for i in range(self.ring_units))
        return "fixation", *rings, *self.rules

    @property
    def output_names(self) -> tuple[str, ...]:
        return "fixation", *(f"{360 * i / self.ring_units:g}°" for i in range(self.ring_units))

    @property
    def variables(self) -> tuple[Variable, ...]:
        answers = ("fixate", "respond") if self._table().compares.any() else ("", "respond")
        return (
            Variable("rule", "categorical", labels=self.rules),
            Variable("first_direction", "circular", "°", 360.0),
            Variable("second_direction", "circular", "°", 360.0),
            Variable("answer", "categorical", labels=answers),
            Variable("answer_direction", "circular", "°", 360.0),
        )

    def _table(self) -> Table:
        return _table(self.rules)

    @property
    def chance(self) -> float:
        return self._chance_of_rules().mean().item()

    def _chance_of_rules(self) -> Float[Tensor, " rules"]:
        return torch.where(self._table().compares, 0.5, torch.tensor(2 * self.tolerance_deg / 360, dtype=torch.float64))

    @property
    def accuracy_is(self) -> str:
        return (
            f"Share of trials with the right direction, within ±{self.tolerance_deg:g}°, or with fixation if asked for."
        )

    def trials(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        return self.batches(1, n, dt_ms, rng)(0)

    def batches(self, count: int, n: int, dt_ms: float, rng: torch.Generator) -> Callable[[int], Trials]:
        """As the base class says; only what is random is drawn together, and a batch of it is made when asked for."""
        epochs = Epochs.of(
            dt_ms,
            fixation=self.fixation_ms,
            stimulus=self.stimulus_ms,
            delay=self.delay_ms,
            test=self.test_ms,
            response=self.response_ms,
        )
        rule, yes, strength = crossed(count * n, (len(self.rules), 2, len(self.coherences)), rng)
        coherence = np.array(self.coherences, np.float32)[strength.numpy()] / 100
        angle = angles(count * n, rng)
        shown = draw(self._table(), rule, yes == 1, coherence, math.radians(self.apart_deg), angle, rng)
        directions = torch.stack([shown.first, shown.second, shown.answer])
        bumps = bump(directions, self.ring_units)
        stimuli = (shown.strength.transpose(0, 1)[..., None] * bumps[:2, :, None]).flatten(2)
        spread = noise_spread(self.noise, dt_ms)
        seen = Shown.drawn(self._frame(epochs), epochs, rule, stimuli, spread, n, rng)
        answers, scored = self._answers(bumps[2], shown.responds), torch.ones(n, epochs.steps, dtype=torch.bool)
        first, second, answer = degrees(directions).unbind()
        conditions = {"rule": rule, "first_direction": first, "second_direction": second}
        conditions |= {"answer": shown.responds.long(), "answer_direction": answer}

        def batch(turn: int) -> Trials:
            some = slice(turn * n, (turn + 1) * n)
            targets = self._outputs(answers[some], epochs)
            here = {name: values[some] for name, values in conditions.items()}
            return Trials(self._inputs(rule[some], turn, seen, epochs), targets, scored, epochs, here, {})

        return batch

    def _frame(self, epochs: Epochs) -> Frame:
        return frame(self.rules, tuple(span.stop - span.start for span in epochs.slices.values()), self.ring_units)

    def _inputs(
        self, rule: Int[Tensor, " trials"], turn: int, shown: tuple[Shown, ...], epochs: Epochs
    ) -> Float[Tensor, "trials steps inputs"]:
        frames = self._frame(epochs).inputs.numpy()
        inputs = torch.empty(len(rule), *frames.shape[1:])
        frames.take(rule.numpy(), 0, inputs.numpy(), "clip")  # twice as fast as torch
        for each in shown:
            each.put(inputs.numpy()[..., 1 : 1 + 2 * self.ring_units], turn)
        return inputs

    def _answers(
        self, bumps: Float[Tensor, "trials units"], responds: Bool[Tensor, " trials"]
    ) -> Float[Tensor, "trials outputs"]:
        goes = (HIGH - LOW) * responds[:, None].to(bumps)
        return torch.cat([HIGH - goes, LOW + goes * bumps], 1)

    def _outputs(
        self, answers: Float[Tensor, "trials outputs"], epochs: Epochs
    ) -> Float[Tensor, "trials steps outputs"]:
        """Fixation until the response, and then the answer."""
        response = epochs["response"]
        said = torch.empty(len(answers), epochs.steps, answers.shape[1])
        said[:, : response.start] = _waits(response.start, answers.shape[1])
        said[:, response] = answers[:, None]
        return said

    def correct(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        said = outputs[..., trials.epochs["response"], :].mean(-2)
        fixates = said[..., 0] > 0.5
        answer = trials.conditions["answer_direction"].deg2rad()
        near = is_near(population_vector(said[..., 1:]), answer, self.tolerance_deg, 0.0)
        right = torch.where(trials.conditions["answer"] == 1, near * (said[..., 0] <= 0.5), fixates.to(near.dtype))
        chance = self._chance_of_rules().to(near)[trials.conditions["rule"]]
        return torch.where((said == 0).all(-1), chance, right)

    def by_rule(self, scores: Float[Tensor, " trials"], trials: Trials) -> dict[RuleName, float]:
        """Accuracy on every rule."""
        rule = trials.conditions["rule"]
        return {name: scores[rule == i].mean().item() for i, name in enumerate(self.rules)}

    def ideal(self, trials: Trials) -> Float[Tensor, "trials steps outputs"]:
        units = self.ring_units
        rule = trials.inputs[..., 1 + 2 * units :].mean(1).argmax(1)
        made = self._frame(trials.epochs)
        at = torch.stack([made.shows(0), made.shows(1)], 1)[rule].float()
        seen = at @ trials.inputs[..., 1 : 1 + 2 * units] / at.sum(2).clamp(min=1)[..., None]
        answer, responds = read(self._table(), rule, seen.unflatten(-1, (2, units)), math.radians(self.apart_deg))
        return self._outputs(self._answers(bump(answer, units), responds), trials.epochs)


@lru_cache(maxsize=8)
def _waits(steps: int, outputs: int) -> Float[Tensor, "steps outputs"]:
    waits = torch.full((steps, outputs), LOW)
    waits[:, 0] = HIGH
    return waits


_table = cache(Table.of)
