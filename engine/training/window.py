"""Windows: truncated backpropagation through time, from a random step of a trial on."""

import math
from dataclasses import replace
from typing import Literal, Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from engine.networks.network import Network
from engine.randomness import stream_seed
from engine.tasks.task import Epochs, Trials

Start = Literal["run_up", "zero", "teacher"]


@runtime_checkable
class Teacher(Protocol):
    """A task that knows what the first units did, such as a recording, so that a window can start from there."""

    def rates_before(self, trials: Trials, step: int) -> Float[Tensor, "trials known"]:
        """The rates that precede a step of these trials."""


def window_steps(window_ms: float, dt_ms: float) -> int:
    """At least one."""
    return max(1, math.floor(window_ms / dt_ms + 0.5))


def random_start(counts: Bool[Tensor, "trials steps"], steps: int, rng: torch.Generator) -> int:
    """The first step of a window in which some step of some trial counts; all such are equally probable."""
    counted = counts.any(0).cpu().long().cumsum(0)
    before = torch.cat([counted.new_zeros(1), counted])
    there = (before[steps:] > before[:-steps]).nonzero().flatten()
    return int(there[torch.randint(len(there), (1,), generator=rng)]) if len(there) else 0


def part(trials: Trials, start: int, steps: int) -> Trials:
    """The same trials from one step on, for some steps; epochs are cut as well."""
    cut = slice(start, start + steps)
    kept = {n: slice(max(0, s.start - start), min(steps, s.stop - start)) for n, s in trials.epochs.slices.items()}
    epochs = Epochs(trials.epochs.dt_ms, {name: s for name, s in kept.items() if s.stop > s.start})
    traces = {name: trace[:, cut] for name, trace in trials.traces.items()}
    shown = {"inputs": trials.inputs[:, cut], "targets": trials.targets[:, cut], "scored": trials.scored[:, cut]}
    first = trials.initial_rates if start == 0 else None
    return replace(trials, epochs=epochs, traces=traces, initial_rates=first, **shown)


@torch.no_grad()
def states_at(
    network: Network, task: object, trials: Trials, start: int, how: Start, noise_seed: int, step: int
) -> Float[Tensor, "networks trials units"] | None:
    """The states from which the window starts: those after the steps before it, 0 (None), or those of the teacher.

    From the first step of the trials on they are what the trials say (None).
    """
    if start == 0 or how == "zero":
        return None
    if how == "teacher":
        taught: Teacher = task  # type: ignore[assignment]
        return network.first_states(trials.n, taught.rates_before(trials, start))
    before, seed = part(trials, 0, start), stream_seed(noise_seed, "run-up")
    first = before.initial_rates
    activity = network(before.inputs, noise_seed=seed, step=step, keep_states=True, initial_rates=first)
    return activity.states[:, :, -1].contiguous()
