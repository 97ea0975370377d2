"""Race the communicability regulariser against torch: `python -m tests.benchmarks.communicability --rounds 5`.

Value and gradient of Σ |W| D C, in turns in one process and on one thread, so that both meet the same disturbances;
what counts is the median of the ratios within a round. The clock is CPU time.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from engine.training.objectives.communicability import communicability_by_torch, weighted_communicability

GOALS = {100: 5.0, 312: 7.0, 1000: 7.0}  # times faster, design/performance.md section 4; 1000 as 312
LEAST_SECONDS = 0.3


def step(form: Callable[[Tensor], Tensor], n: int) -> Callable[[], Tensor]:
    """One value and gradient, which is given back."""
    rng = torch.Generator().manual_seed(n)
    weights = (torch.randn(1, n, n, generator=rng) / n**0.5).requires_grad_()
    distance = torch.rand(n, n, generator=rng)

    def once() -> Tensor:
        strengths = weights.abs()
        return torch.autograd.grad((strengths * distance * form(strengths)).sum(), weights)[0]

    return once


def race(n: int, rounds: int) -> tuple[list[float], list[float], float]:
    """Milliseconds of ours and of torch's in every round, and how far the gradients are apart."""
    ours, theirs = step(weighted_communicability, n), step(communicability_by_torch, n)
    apart = float((ours() - theirs()).norm() / theirs().norm())
    times: tuple[list[float], list[float]] = [], []
    for _ in range(rounds):
        for found, once in zip(times, (ours, theirs), strict=True):
            start, repeats = time.process_time(), 0
            while time.process_time() - start < LEAST_SECONDS:
                once()
                repeats += 1
            found.append((time.process_time() - start) / repeats * 1e3)
    return *times, apart


def main(arguments: list[str]) -> int:
    """Print every size; the exit code is 1 if a goal was missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sizes", nargs="+", type=int, default=list(GOALS))
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    found = {}
    for n in asked.sizes:
        ours, theirs, apart = race(n, asked.rounds)
        ratio = statistics.median(b / a for a, b in zip(ours, theirs, strict=True))
        met = ratio >= GOALS.get(n, 0)
        found[n] = {"ours_ms": ours, "torch_ms": theirs, "ratio": ratio, "gradients_apart": apart, "met": met}
        print(
            f"N = {n}: ours {statistics.median(ours):.2f} ms, torch {statistics.median(theirs):.2f} ms, "
            f"{ratio:.1f} times faster (goal {GOALS.get(n, 0):g}: {'met' if met else 'MISSED'}), "
            f"gradients apart by {apart:.1e}",
            flush=True,
        )
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1))
    return int(not all(entry["met"] for entry in found.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
