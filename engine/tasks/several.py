"""Several tasks in one network: every trial is one of them."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Float, Int, Shaped
from pydantic import Field
from torch import Tensor
from torch.nn.functional import one_hot

from engine.component import Component, Invalid, Typical
from engine.randomness import torch_stream
from engine.tasks.go_nogo import GoNogo
from engine.tasks.perceptual_decision import PerceptualDecision
from engine.tasks.task import Epochs, Task, Trials, Variable

Channels = Literal["separate", "shared"]


class Part(Component):
    """One of the tasks, and how often it comes."""

    task: Annotated["SingleTask", Field(description="What is asked in its trials.")] = Field(
        default_factory=PerceptualDecision
    )
    weight: Annotated[
        float, Field(gt=0, le=1000, description="How often it comes, relative to the others."), Typical(0.1, 10, 0.1)
    ] = 1.0


class Several(Task):
    """Do several tasks with one network; every trial is one of them, and a cue may say which.

    Inputs and outputs are channels of each task's own, or shared: then the first channel of one task is the first of
    all. The cue has one input per task, which is on during the whole trial. Trials last as long as the longest task
    does; what follows the end of a shorter one is silent and not scored. Where all tasks ask for classes, the network
    chooses among all outputs; where some ask for values, classes become values of 1 (the class) and 0. A trial is
    scored as its own task does.
    """

    kind: Literal["several"] = "several"
    title: ClassVar[str] = "Several tasks"
    source: ClassVar[str] = "The sources of the tasks"
    at_once: ClassVar[int] = 8
    chance_is: ClassVar[str] = "The mean of the tasks' chance levels, weighed by how often they come."
    ideal_is: ClassVar[str] = "Knows which task it is and leaves the trial to that task's ideal observer."

    tasks: Annotated[tuple[Part, ...], Field(min_length=1, max_length=20, description="The tasks.")] = Field(
        default_factory=lambda: (Part(), Part(task=GoNogo()))
    )
    inputs: Annotated[Channels, Field(description="Whether every task has inputs of its own.")] = "separate"
    outputs: Annotated[Channels, Field(description="Whether every task has outputs of its own.")] = "separate"
    cue: Annotated[bool, Field(description="Whether inputs say which task it is.")] = True

    @property
    def loss(self) -> Literal["cross_entropy", "mse"]:  # type: ignore[override]
        return "cross_entropy" if all(part.task.loss == "cross_entropy" for part in self.tasks) else "mse"

    @property
    def labels(self) -> tuple[str, ...]:
        """A name for every task: its kind, with a number if it comes several times."""
        kinds = [part.task.kind for part in self.tasks]  # type: ignore[attr-defined]
        return tuple(k if kinds.count(k) == 1 else f"{k} {kinds[: i + 1].count(k)}" for i, k in enumerate(kinds))

    def _names(self, names: list[tuple[str, ...]], channels: Channels, what: str) -> tuple[str, ...]:
        if channels == "shared":
            return tuple(f"{what} {i + 1}" for i in range(max(map(len, names))))
        return tuple(f"{label}: {name}" for label, of in zip(self.labels, names, strict=True) for name in of)

    @property
    def input_names(self) -> tuple[str, ...]:
        own = self._names([part.task.input_names for part in self.tasks], self.inputs, "input")
        return own + tuple(f"cue {label}" for label in self.labels if self.cue)

    @property
    def output_names(self) -> tuple[str, ...]:
        return self._names([part.task.output_names for part in self.tasks], self.outputs, "output")

    @property
    def variables(self) -> tuple[Variable, ...]:
        own = (
            Variable(f"{label} {v.name}", v.kind, v.unit, v.period, v.labels)
            for label, part in zip(self.labels, self.tasks, strict=True)
            for v in part.task.variables
        )
        return Variable("task", "categorical", labels=self.labels), *own

    @property
    def shares(self) -> Float[Tensor, " tasks"]:
        """Share of the trials that every task has."""
        weights = torch.tensor([part.weight for part in self.tasks], dtype=torch.float64)
        return weights / weights.sum()

    @property
    def chance(self) -> float:
        return sum(s * part.task.chance for s, part in zip(self.shares.tolist(), self.tasks, strict=True))

    @property
    def accuracy_is(self) -> str:
        return "Mean score of the trials, each as its own task scores it."

    def trials(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        return self._made(n, dt_ms, rng, "trials")

    def held_out(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        return self._made(n, dt_ms, rng, "held_out")

    def _made(self, n: int, dt_ms: float, rng: torch.Generator, by: Literal["trials", "held_out"]) -> Trials:
        epochs = [self._epochs(i, dt_ms) for i in range(len(self.tasks))]
        steps = max(each.steps for each in epochs)
        which = self._which(n, rng)
        inputs = torch.zeros(n, steps, len(self.input_names))
        if self.cue:
            inputs[..., -len(self.tasks) :] = one_hot(which, len(self.tasks))[:, None].float()
        classes = self.loss == "cross_entropy"
        targets = torch.zeros((n, steps) if classes else (n, steps, len(self.output_names)))
        targets, scored = targets.long() if classes else targets, torch.zeros(n, steps, dtype=torch.bool)
        conditions, traces = {"task": which}, {}
        for i, (rows, label) in enumerate(zip(self._rows(which), self.labels, strict=True)):
            made = getattr(self.tasks[i].task, by)(max(len(rows), 1), dt_ms, rng)
            made = made if len(rows) else made.at(rows)
            inputs[rows, : made.steps, self._columns(i, "inputs")] = made.inputs
            scored[rows, : made.steps] = made.scored
            self._put_targets(targets, rows, made, i)
            conditions |= {f"{label} {k}": _spread(v, rows, (n,)) for k, v in made.conditions.items()}
            traces |= {f"{label} {k}": _spread(v, rows, (n, steps)) for k, v in made.traces.items()}
        return Trials(inputs, targets, scored, Epochs(dt_ms, {"trial": slice(0, steps)}), conditions, traces)

    def _epochs(self, i: int, dt_ms: float) -> Epochs:
        """Those of one task. Raises Invalid with the address below `tasks`."""
        try:
            return _epochs(self.tasks[i].task, dt_ms)
        except Invalid as fault:
            below = fault.address.removeprefix("task").removeprefix(".")
            raise Invalid(str(fault), f"task.tasks.{i}.task.{below}".rstrip(".")) from None

    def _which(self, n: int, rng: torch.Generator) -> Int[Tensor, " trials"]:
        """The task of every trial, in random order; rounding is random and fair."""
        ends = (self.shares.cumsum(0) * n + torch.rand((), generator=rng, dtype=torch.float64)).floor().long()
        ends[-1] = n
        counts = ends.diff(prepend=torch.zeros(1, dtype=torch.long))
        return torch.arange(len(self.tasks)).repeat_interleave(counts)[torch.randperm(n, generator=rng)]

    def _rows(self, which: Int[Tensor, " trials"]) -> Iterator[Int[Tensor, " rows"]]:
        return ((which == i).nonzero()[:, 0] for i in range(len(self.tasks)))

    def _columns(self, i: int, side: Literal["inputs", "outputs"]) -> slice:
        """The channels of one task."""
        widths = [len(getattr(part.task, f"{side[:-1]}_names")) for part in self.tasks]
        start = 0 if getattr(self, side) == "shared" else sum(widths[:i])
        return slice(start, start + widths[i])

    def _put_targets(self, targets: Tensor, rows: Int[Tensor, " rows"], made: Trials, i: int) -> None:
        columns = self._columns(i, "outputs")
        if self.loss == "cross_entropy":
            targets[rows, : made.steps] = made.targets + columns.start
        elif made.targets.is_floating_point():
            targets[rows, : made.steps, columns] = made.targets
        else:
            targets[rows, : made.steps, columns] = one_hot(made.targets, columns.stop - columns.start).float()

    def _own(self, trials: Trials, i: int, rows: Int[Tensor, " rows"]) -> Trials:
        """The trials of one task, as that task made them."""
        task, label, columns = self.tasks[i].task, self.labels[i], self._columns(i, "outputs")
        epochs = _epochs(task, trials.epochs.dt_ms)
        owed = trials.targets[rows, : epochs.steps]
        if self.loss == "cross_entropy":
            owed = owed - columns.start
        else:
            owed = owed[..., columns] if task.loss == "mse" else owed[..., columns].argmax(-1)
        categories = {v.name for v in task.variables if v.kind == "categorical"}

        def taken(values: dict[str, Tensor], steps: int | None) -> dict[str, Tensor]:
            mine = {k.removeprefix(f"{label} "): v[rows] for k, v in values.items() if k.startswith(f"{label} ")}
            cut = {k: v if steps is None else v[:, :steps] for k, v in mine.items()}
            return {k: v.long() if k in categories else v for k, v in cut.items()}

        inputs = trials.inputs[rows, : epochs.steps, self._columns(i, "inputs")]
        scored = trials.scored[rows, : epochs.steps]
        conditions, traces = taken(dict(trials.conditions), None), taken(dict(trials.traces), epochs.steps)
        return Trials(inputs, owed, scored, epochs, conditions, traces)

    def correct(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        scores = outputs.new_zeros(outputs.shape[:-2])
        for i, rows in enumerate(self._rows(trials.conditions["task"])):
            if len(rows):
                own = self._own(trials, i, rows)
                said = outputs[..., rows, : own.steps, :][..., self._columns(i, "outputs")]
                scores[..., rows] = self.tasks[i].task.correct(said, own).to(scores.dtype)
        return scores

    def ideal(self, trials: Trials) -> Float[Tensor, "trials steps outputs"]:
        said = torch.zeros(trials.n, trials.steps, len(self.output_names))
        for i, rows in enumerate(self._rows(trials.conditions["task"])):
            if len(rows):
                own = self._own(trials, i, rows)
                said[rows, : own.steps, self._columns(i, "outputs")] = self.tasks[i].task.ideal(own)
        return said


def _spread(
    values: Shaped[Tensor, "rows *some"], rows: Int[Tensor, " rows"], shape: tuple[int, ...]
) -> Float[Tensor, "..."]:
    """Values of some trials among all; the other trials, and steps after the end, have none (NaN)."""
    found = torch.full(shape, torch.nan)
    if values.ndim == 1:
        found[rows] = values.float()
    else:
        found[rows, : values.shape[1]] = values.float()
    return found


@lru_cache(maxsize=256)
def _epochs(task: Task, dt_ms: float) -> Epochs:
    """The epochs of a task's trials, which chance does not change."""
    return task.trials(1, dt_ms, torch_stream(0, "epochs")).epochs
