"""How long trials take beside the training step that they are for: `python -m tests.benchmarks.trials --rounds 5`.

Config S: 100 units, batches of 64, one thread and its CPU time. The step is a whole one of the same task: forward,
loss, backward, Adam and the laws, on trials that are there already. Trials are made as training makes them, of which
some tasks draw several batches at once; what a batch takes is the mean. Goal: it costs under 10 % of a step.
"""

import argparse
import itertools
import statistics
import sys
import time
from collections.abc import Callable

import torch

from engine.constraints import Constraints
from engine.networks import LeakyRate, Network, Normal
from engine.randomness import torch_stream
from engine.tasks import TASKS, PathIntegration
from engine.tasks.task import Task, Trials
from engine.training.objectives.task_loss import TaskLoss
from engine.training.trial_supply import FreshTrials, Place
from tests.benchmarks.contestants import SIZES

GOAL = 0.10
DT_MS = 20.0
LEAST_SECONDS = 0.05  # each is repeated within a round for at least this long


def trials_of(task: Task, seed: int = 0) -> Trials:
    """A batch of config S."""
    return task.trials(SIZES["S"].trials, DT_MS, torch_stream(seed, "benchmark"))


def batches(task: Task) -> Callable[[], None]:
    """As many batches as are drawn at once, for as many steps."""
    source, step = FreshTrials().source(DT_MS, 0), itertools.count()

    def make() -> None:
        for _ in range(task.at_once):
            at = next(step)
            source.trials(task, SIZES["S"].trials, Place(0, at, at))

    return make


def training_step(task: Task) -> Callable[[], None]:
    """One optimiser step on trials that have been made before."""
    trials, dynamics = trials_of(task), LeakyRate(tau_ms=100.0)
    names = task.input_names, task.output_names
    network = Network(SIZES["S"].connectome(), Constraints(), Normal(), dynamics, *names, DT_MS, 0, 1)
    optimiser = torch.optim.Adam(network.parameters(), 1e-3, fused=True)

    def step() -> None:
        optimiser.zero_grad()
        TaskLoss().of(network(trials.inputs).outputs, trials).sum().backward()
        optimiser.step()
        network.after_step()

    return step


def seconds(work: Callable[[], object]) -> float:
    """CPU seconds of one call, over as many as fill the least time."""
    begun, calls = time.process_time(), 0
    while calls == 0 or time.process_time() - begun < LEAST_SECONDS:
        work()
        calls += 1
    return (time.process_time() - begun) / calls


def measured(task: Task, rounds: int) -> tuple[float, float, float]:
    """Medians over rounds: seconds of a batch of trials, of a step, and their ratio within a round."""
    step, make = training_step(task), batches(task)
    seconds(step), seconds(make)
    found = [(seconds(make) / task.at_once, seconds(step)) for _ in range(rounds)]
    made, stepped = (statistics.median(times) for times in zip(*found, strict=True))
    return made, stepped, statistics.median(each / step for each, step in found)


def main(arguments: list[str]) -> int:
    """Print every task; the exit code is 1 if one misses the goal."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tasks", nargs="+", help="only these kinds")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    print(f"{'task':28s} {'steps':>6s} {'trials ms':>10s} {'step ms':>9s} {'ratio':>7s}")
    missed = 0
    for task in [*(of() for of in TASKS), PathIntegration(walls="turn")]:
        if asked.tasks and task.kind not in asked.tasks:
            continue
        made, stepped, ratio = measured(task, asked.rounds)
        missed += ratio >= GOAL
        said = "  MISSED" if ratio >= GOAL else ""
        steps = trials_of(task).steps
        print(f"{task.kind:28s} {steps:6d} {made * 1e3:10.2f} {stepped * 1e3:9.2f} {ratio:7.1%}{said}", flush=True)
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
