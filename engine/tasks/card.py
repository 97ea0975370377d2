"""The card of a task: what a visitor should know before training on it."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass

from engine.randomness import torch_stream
from engine.tasks.probe import probe_trials
from engine.tasks.task import Task, Trials


@dataclass(frozen=True, eq=False)
class Card:
    """A task in words and numbers. Epochs hold (start, end) in ms, as they fall on the time steps."""

    title: str
    paragraph: str
    source: str
    input_names: tuple[str, ...]
    output_names: tuple[str, ...]
    epochs_ms: Mapping[str, tuple[float, float]]
    chance: float
    chance_is: str
    ideal: float  # accuracy of the ideal observer on `ideal_trials` trials
    ideal_is: str
    ideal_trials: int
    memoryless: float | None  # accuracy of the best observer without memory, where it is defined
    memoryless_is: str
    example: Trials  # one trial, to be drawn

    @property
    def duration_ms(self) -> float:
        return max(end for _, end in self.epochs_ms.values())


def card(task: Task, dt_ms: float, n: int = 1000, seed: int = 0) -> Card:
    """The card of `task` at time step `dt_ms`, its ideal observer measured on `n` fresh trials."""
    trials = task.held_out(n, dt_ms, torch_stream(seed, "card", "ideal"))
    return Card(
        title=task.title,
        paragraph=" ".join(inspect.cleandoc(type(task).__doc__ or "").split()),
        source=task.source,
        input_names=task.input_names,
        output_names=task.output_names,
        epochs_ms={name: (span.start * dt_ms, span.stop * dt_ms) for name, span in trials.epochs.slices.items()},
        chance=task.chance,
        chance_is=task.chance_is,
        ideal=task.correct(task.ideal(trials), trials).mean().item(),
        ideal_is=task.ideal_is,
        ideal_trials=n,
        memoryless=task.memoryless,
        memoryless_is=task.memoryless_is,
        example=probe_trials(task, 1, dt_ms, torch_stream(seed, "card", "example")),
    )
