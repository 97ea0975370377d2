"""One-choice inference: remember the goal of a maze, then take of two ways the one that leads there."""

from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Float
from pydantic import Field, model_validator
from torch import Tensor
from torch.nn.functional import one_hot

from engine.component import Component, Invalid, Typical
from engine.tasks.conditions import balanced
from engine.tasks.forced_choice import answers, largest
from engine.tasks.task import Epochs, Task, Trials, Variable, white_noise

GOALS = ("7", "9", "17", "19")  # places of a 5 x 5 maze that is entered at 13, its middle
WAYS = ("left", "up", "right", "down")
LEADS = ((0, 1), (1, 2), (0, 3), (2, 3))  # the ways that lead to each goal
PUBLISHED = (  # goal, the two ways that are open, the right one
    (1, (0, 1), 1), (1, (2, 3), 2), (3, (0, 3), 3), (2, (2, 3), 3),
    (2, (0, 1), 0), (0, (1, 2), 1), (3, (0, 2), 2), (0, (0, 2), 0),
)  # fmt: skip
ALL = tuple(
    (goal, tuple(sorted((right, wrong))), right)
    for goal, leads in enumerate(LEADS)
    for right in leads
    for wrong in range(4)
    if wrong not in leads
)


Goal, Way = Literal["7", "9", "17", "19"], Literal["left", "up", "right", "down"]


class MazeTrial(Component):
    """One kind of trial: a goal, the two ways that are open, and the one of them that is right."""

    title: ClassVar[str] = "A trial of the maze"

    goal: Annotated[Goal, Field(description="Place of the goal in the maze.")] = "9"
    right: Annotated[Way, Field(description="The open way that is right.")] = "up"
    wrong: Annotated[Way, Field(description="The other open way.")] = "left"

    @model_validator(mode="after")
    def _two_ways(self) -> "MazeTrial":
        if self.right == self.wrong:
            raise ValueError(f"Both open ways are '{self.right}'; name two different ones.")
        return self

    @classmethod
    def of(cls, numbers: tuple[int, tuple[int, int], int]) -> "MazeTrial":
        """The trial of these places in the lists."""
        goal, ways, right = numbers
        return cls(goal=GOALS[goal], right=WAYS[right], wrong=WAYS[sum(ways) - right])

    @property
    def numbers(self) -> tuple[int, tuple[int, ...], int]:
        """Goal, open ways and right way as places in their lists."""
        right, wrong = WAYS.index(self.right), WAYS.index(self.wrong)
        return GOALS.index(self.goal), tuple(sorted((right, wrong))), right


class OneChoiceInference(Task):
    """Remember which of four goals was shown and then take, of two open ways, the one that leads to it.

    One of four goal inputs is on, then nothing is, then two of four inputs show which ways are open; the answer is
    read at the end of the choices. The published set has eight trials, all equally frequent; in five of eight the
    open ways alone give it away. With all sixteen trials that have one right way, memory is needed for each. A table of
    your own may hold any kinds of trial; one that stands there twice is twice as frequent. At
    dt = 20 ms a trial has 20 + 10 + 20 steps and is scored at the last one only, as published; the published noise
    of 0.05 at every step is 0.00707 s^1/2. Unlike theirs, our noise is there when we test, too.
    """

    kind: Literal["one_choice_inference"] = "one_choice_inference"
    at_once: ClassVar[int] = 8
    title: ClassVar[str] = "One-choice inference (maze)"
    source: ClassVar[str] = "Achterberg et al. (2023) Nat. Mach. Intell. 5: 1369"
    loss: ClassVar[Literal["cross_entropy", "mse"]] = "cross_entropy"
    chance_is: ClassVar[str] = (
        "Each of the four ways is right equally often, unless a table of your own says otherwise: then always the most "
        "frequent one. Ties count as a guess among them."
    )
    ideal_is: ClassVar[str] = (
        "Weighs how probable each kind of trial is given the noisy goal and choice inputs, and takes the way that is "
        "most probably right."
    )
    memoryless_is: ClassVar[str] = (
        "Sees which ways are open but not the goal: right in 5 of 8 published trials (cross-entropy 3/4 ln 2 = 0.520), "
        "in half of all sixteen; with the goal alone it would be right in half."
    )

    trial_set: Annotated[
        Literal["published", "all", "own"],
        Field(description="The eight published trials, all sixteen with one right way, or those of the table below."),
    ] = "published"
    table: Annotated[
        tuple[MazeTrial, ...],
        Field(min_length=1, max_length=200, description="Kinds of trials of your own, equally frequent, if so chosen."),
    ] = Field(default_factory=lambda: tuple(map(MazeTrial.of, PUBLISHED)))
    shuffled: Annotated[
        bool,
        Field(description="Right answers are dealt out at random: the control in which there is nothing to learn."),
    ] = False
    noise: Annotated[
        float,
        Field(ge=0, le=100, description="Noise of every input during the whole trial: spectral density in s^1/2."),
        Typical(0, 0.1, 0.001),
    ] = 0.00707
    goal_ms: Annotated[
        float, Field(gt=0, le=60_000, description="How long the goal is shown."), Typical(100, 1000, 10)
    ] = 400.0
    delay_ms: Annotated[
        float, Field(ge=0, le=60_000, description="Time without inputs, to be bridged by memory."), Typical(0, 2000, 10)
    ] = 200.0
    choices_ms: Annotated[
        float, Field(gt=0, le=60_000, description="How long the two open ways are shown."), Typical(100, 1000, 10)
    ] = 400.0
    read_ms: Annotated[
        float,
        Field(gt=0, le=60_000, description="The answer is read and scored in this last part, at least one step."),
        Typical(10, 100, 10),
    ] = 20.0

    @property
    def input_names(self) -> tuple[str, ...]:
        return (*(f"goal {place}" for place in GOALS), *WAYS)

    @property
    def output_names(self) -> tuple[str, ...]:
        return WAYS

    @property
    def variables(self) -> tuple[Variable, ...]:
        pairs = tuple(" or ".join(WAYS[way] for way in pair) for pair in self._pairs())
        return (
            Variable("goal", "categorical", labels=GOALS),
            Variable("open", "categorical", labels=pairs),
            Variable("answer", "categorical", labels=WAYS),
        )

    def _table(self) -> tuple[tuple[int, tuple[int, ...], int], ...]:
        own = tuple(trial.numbers for trial in self.table)
        return {"published": PUBLISHED, "all": ALL, "own": own}[self.trial_set]

    def _pairs(self) -> tuple[tuple[int, ...], ...]:
        return tuple(sorted({pair for _, pair, _ in self._table()}))

    @property
    def chance(self) -> float:
        right = [way for *_, way in self._table()]
        return max(right.count(way) for way in range(4)) / len(right)

    @property
    def memoryless(self) -> float:
        right = {pair: [way for _, open, way in self._table() if open == pair] for pair in self._pairs()}
        likeliest = sum(max(ways.count(way) for way in ways) for ways in right.values())
        return self.chance if self.shuffled else likeliest / len(self._table())

    @property
    def accuracy_is(self) -> str:
        return "Share of trials in which the output of the right way is the largest of four while the answer is read."

    def trials(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        self._require_all_ways()
        epochs = Epochs.of(dt_ms, goal=self.goal_ms, delay=self.delay_ms, choices=self.choices_ms)
        which = balanced(n, len(self._table()), rng)
        goal, ways, answer = (part[which] for part in self._kinds())
        answer = answer[torch.randperm(n, generator=rng)] if self.shuffled else answer
        inputs = white_noise((n, epochs.steps, 8), self.noise, dt_ms, rng)
        inputs[:, epochs["goal"], :4] += one_hot(goal, 4)[:, None]
        inputs[:, epochs["choices"], 4:] += ways[:, None]
        scored = torch.zeros(n, epochs.steps, dtype=torch.bool)
        scored[:, self._read(epochs)] = True
        open_ways = torch.tensor([self._pairs().index(pair) for _, pair, _ in self._table()])[which]
        conditions = {"goal": goal, "open": open_ways, "answer": answer}
        return Trials(inputs, answer[:, None].repeat(1, epochs.steps), scored, epochs, conditions, {})

    def _require_all_ways(self) -> None:
        missing = {*WAYS} - {WAYS[right] for *_, right in self._table()}
        if missing:
            said = f"No trial of the table asks for the way '{min(missing)}', which is an output"
            raise Invalid(f"{said}; add one.", "task.table")

    def _kinds(self) -> tuple[Tensor, Tensor, Tensor]:
        """Goal, open ways (one or nought each) and right way of every kind of trial."""
        goals, pairs, right = zip(*self._table(), strict=True)
        return torch.tensor(goals), one_hot(torch.tensor(pairs), 4).sum(1).float(), torch.tensor(right)

    def _read(self, epochs: Epochs) -> slice:
        steps = max(1, round(self.read_ms / epochs.dt_ms))
        return slice(max(epochs["choices"].start, epochs.steps - steps), epochs.steps)

    def correct(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        return largest(outputs, self._read(trials.epochs), trials.conditions["answer"])

    def ideal(self, trials: Trials) -> Float[Tensor, "trials steps outputs"]:
        goal, ways, right = self._kinds()
        seen = trials.inputs.double() * (trials.epochs.dt_ms / 1000)
        shown_goal, shown_ways = seen[:, trials.epochs["goal"], :4].sum(1), seen[:, trials.epochs["choices"], 4:].sum(1)
        agreement = shown_goal @ one_hot(goal, 4).double().T + shown_ways @ ways.double().T
        odds = torch.softmax(agreement / max(self.noise, 1e-3) ** 2, -1)
        return answers((odds @ one_hot(right, 4).double()).argmax(-1), self._read(trials.epochs), trials.steps, 4)
