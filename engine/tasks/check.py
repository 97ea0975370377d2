"""The battery: what must hold for every task, ours and yours. Each check says in one sentence what is wrong."""

import itertools
import math
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor

from engine.component import Component, Invalid
from engine.randomness import torch_stream
from engine.tasks.task import Task, Trials


@dataclass(frozen=True)
class Sample:
    """A task with some of its trials at one time step, on which the checks look."""

    task: Task
    dt_ms: float = 20.0
    n: int = 2000
    seed: int = 0

    def draw(self, *names: str) -> Trials:
        """Trials that depend on the seed and the names alone."""
        return self.task.trials(self.n, self.dt_ms, torch_stream(self.seed, "check", *names))

    @cached_property
    def trials(self) -> Trials:
        return self.draw()

    @property
    def outputs(self) -> tuple[int, int, int]:
        """Shape of a network's outputs."""
        return self.trials.n, self.trials.steps, len(self.task.output_names)

    def accuracy(self, outputs: Tensor) -> float:
        """Mean score."""
        return self.task.correct(outputs, self.trials).mean().item()

    @property
    def most_by_chance(self) -> float:
        """Chance, four standard deviations of a coin of that bias above it, and a little where outputs are values."""
        chance = self.task.chance
        return chance + 4 * math.sqrt(chance * (1 - chance) / self.n) + (0.03 if self.task.loss == "mse" else 0.0)


def faults(task: Task, dt_ms: float = 20.0, n: int = 2000, seed: int = 0) -> Iterator[str]:
    """What is wrong with a task, one sentence each; none if it can be trained on."""
    sample = Sample(task, dt_ms, n, seed)
    for check in CHECKS:
        try:
            said = _found(check, sample)
        except Invalid as fault:
            said = str(fault)
        if said:
            yield said
            if check in FIRST:
                return


def require_runnable(task: Task, dt_ms: float) -> None:
    """Raises Invalid where training on a class of the user's own would break off or could never succeed."""
    sample = Sample(task, dt_ms, n=500)
    for check in (*FIRST, classes):
        if said := _found(check, sample):
            raise Invalid(said, "task.file")


def _found(check: "Check", sample: Sample) -> str:
    """What a check says; it may fail where it runs somebody's own class. Raises Invalid as the task does."""
    try:
        return check(sample)
    except Invalid:
        raise
    except Exception as fault:
        at, why = traceback.extract_tb(fault.__traceback__)[-1], f"{type(fault).__name__}: {str(fault).rstrip('.')}"
        return f"Its {check.__name__} could not be checked: {why} (line {at.lineno} of {Path(at.filename).name})."


def require_scored(trials: Trials, output_names: tuple[str, ...]) -> None:
    """Raises Invalid if no step of a trial counts, or if a class is owed that does not exist."""
    said = _scored(trials) or _within(trials, output_names)
    if said:
        raise Invalid(said, "task")


def _scored(trials: Trials) -> str:
    never = int((~trials.scored.any(1)).sum())
    return f"The mask scores nothing in {never} of {trials.n} trials; score a step of each." if never else ""


def _within(trials: Trials, output_names: tuple[str, ...]) -> str:
    if trials.targets.is_floating_point():
        return ""
    low, high = int(trials.targets.min()), int(trials.targets.max())
    if low < 0 or high >= len(output_names):
        return f"Targets are the classes {low} to {high}, but the outputs are the classes 0 to {len(output_names) - 1}."
    return ""


def shapes(sample: Sample) -> str:
    """Inputs, targets and scored steps have the declared shapes and types."""
    task, trials = sample.task, sample.trials
    n, steps, outputs = sample.n, trials.steps, len(task.output_names)
    wanted = {
        "inputs": (trials.inputs, (n, steps, len(task.input_names)), torch.float32),
        "scored": (trials.scored, (n, steps), torch.bool),
        "targets": (trials.targets, (n, steps), torch.long)
        if task.loss == "cross_entropy"
        else (trials.targets, (n, steps, outputs), torch.float32),
    }
    wanted |= {f"condition '{k}'": (v, (n,), v.dtype) for k, v in trials.conditions.items()}
    wanted |= {f"trace '{k}'": (v, (n, steps), v.dtype) for k, v in trials.traces.items()}
    for name, (found, shape, kind) in wanted.items():
        if tuple(found.shape) != shape or found.dtype != kind:
            return f"The {name} are {found.dtype} of shape {tuple(found.shape)}, but must be {kind} of shape {shape}."
    return ""


def numbers(sample: Sample) -> str:
    """Inputs and targets are finite; classes exist."""
    for name in ("inputs", "targets"):
        if not getattr(sample.trials, name).isfinite().all():
            return f"The {name} hold values that are not finite numbers."
    return _within(sample.trials, sample.task.output_names)


def scored(sample: Sample) -> str:
    """Every trial is scored somewhere."""
    return _scored(sample.trials)


def classes(sample: Sample) -> str:
    """Every class is owed at some step."""
    if sample.task.loss != "cross_entropy":
        return ""
    owed = set(sample.trials.targets.unique().tolist())
    missing = [name for i, name in enumerate(sample.task.output_names) if i not in owed]
    return f"No trial ever asks for the class '{missing[0]}'; give it trials or leave it out." if missing else ""


def repeatable(sample: Sample) -> str:
    """The same seed gives the same trials, another seed others."""
    again, other = sample.draw(), sample.draw("other")
    if not (torch.equal(sample.trials.inputs, again.inputs) and torch.equal(sample.trials.targets, again.targets)):
        return "The same seed gives other trials; take all chance from the generator `rng`."
    same = sample.trials.inputs.shape == other.inputs.shape and torch.equal(sample.trials.inputs, other.inputs)
    return "Another seed gives the same trials; take chance from the generator `rng`." if same else ""


def epochs(sample: Sample) -> str:
    """Epochs follow one another and cover the trial."""
    spans = list(sample.trials.epochs.slices.values())
    follow = all(a.stop == b.start for a, b in itertools.pairwise(spans))
    if spans and spans[0].start == 0 and spans[-1].stop == sample.trials.steps and follow:
        return ""
    return "The epochs do not follow one another from the first to the last step."


def variables(sample: Sample) -> str:
    """The declared variables are those of the trials, and their values are possible."""
    found = {**sample.trials.conditions, **sample.trials.traces}
    declared = {variable.name: variable for variable in sample.task.variables}
    if set(found) != set(declared):
        odd = sorted(set(found) ^ set(declared))[0]
        return f"The variable '{odd}' is declared or in the trials, but not both."
    for name, variable in declared.items():
        values = found[name][found[name].isfinite()]
        if variable.kind == "categorical" and not set(values.unique().tolist()) <= set(range(len(variable.labels))):
            return f"The variable '{name}' has values without a label."
        if variable.kind == "circular" and len(values) and not 0 <= values.min() <= values.max() < variable.period:
            return f"The variable '{name}' leaves the range from 0 up to {variable.period:g}."
    return ""


def scores(sample: Sample) -> str:
    """Scores lie in 0..1, networks are scored one by one, and NaN scores nothing."""
    outputs = torch.randn(2, *sample.outputs, generator=torch_stream(sample.seed, "check", "outputs")) * 10
    found = sample.task.correct(outputs, sample.trials)
    if found.shape != (2, sample.n):
        return f"correct() gives shape {tuple(found.shape)} for two networks; it must give (2, {sample.n})."
    if not (found.isfinite().all() and 0 <= found.min() <= found.max() <= 1):
        return "correct() gives scores outside 0..1."
    if not torch.equal(found[1], sample.task.correct(outputs[1], sample.trials)):
        return "A network's score depends on the other networks of its population."
    lost = sample.accuracy(torch.full(sample.outputs, torch.nan))
    return "" if lost == 0 else f"Outputs that are not numbers score {lost:g}; they must score 0."


def chance(sample: Sample) -> str:
    """Neither silence, nor a constant, nor a guess does better than chance."""
    stream = torch_stream(sample.seed, "check", "guess")
    guesses = {"A silent network": torch.zeros(sample.outputs)}
    guesses["A random guess"] = torch.rand(sample.outputs, generator=stream) * 2 - 1
    for _ in range(4):
        constant = torch.randn(sample.outputs[-1], generator=stream)
        guesses["A constant answer"] = constant.expand(sample.outputs)
        for who, outputs in guesses.items():
            if (found := sample.accuracy(outputs)) > sample.most_by_chance:
                return f"{who} scores {found:.3f}, more than the declared chance of {sample.task.chance:.3f}."
    return ""


def ideal(sample: Sample) -> str:
    """The ideal observer answers in the shape of outputs and does better than chance."""
    said = sample.task.ideal(sample.trials)
    if tuple(said.shape) != sample.outputs:
        return f"ideal() gives shape {tuple(said.shape)}; outputs have shape {sample.outputs}."
    found = sample.accuracy(said)
    if found <= sample.task.chance:
        return f"The ideal observer scores {found:.3f}, no more than chance ({sample.task.chance:.3f})."
    return ""


def noise(sample: Sample) -> str:
    """Halving the time step leaves the power of the noise unchanged."""
    addresses = noises(sample.task)
    if not addresses:
        return ""
    if Sample(sample.task, sample.dt_ms / 2, 1).trials.steps == sample.trials.steps:
        return ""  # its trials are as many steps long as they are, as in a file
    power = []
    for dt_ms in (sample.dt_ms, sample.dt_ms / 2):
        loud, clean = (
            Sample(sample.task.with_values(dict.fromkeys(addresses, x)), dt_ms, sample.n, sample.seed).trials
            for x in (0.5, 0.0)
        )
        power.append(((loud.inputs - clean.inputs).sum(1) * dt_ms / 1000).var(0).sum().item())
    if power[0] > 0 and abs(power[1] / power[0] - 1) <= 0.2:
        return ""
    return f"Halving dt changes the power of the noise from {power[0]:.3g} to {power[1]:.3g}; use white_noise()."


def noises(component: Component) -> list[str]:
    """The addresses of all noise below a task; there are several in several tasks."""
    own = ["noise"] if "noise" in type(component).model_fields else []
    parts = getattr(component, "tasks", ())
    return own + [f"tasks.{i}.task.{address}" for i, part in enumerate(parts) for address in noises(part.task)]


Check = Callable[[Sample], str]
FIRST: tuple[Check, ...] = (shapes, numbers, scored)  # what fails here makes the others meaningless
CHECKS: tuple[Check, ...] = (
    *FIRST, classes, repeatable, epochs, variables, scores, chance, ideal, noise,
)  # fmt: skip
