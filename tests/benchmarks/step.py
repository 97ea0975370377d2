"""Race one training step of ours against the peers: `python -m tests.benchmarks.step --rounds 5 --json FILE`.

Round robin in one process, so that every contestant meets the same disturbances; what counts is the median of the
ratios within a round. With one thread the clock is CPU time, which waiting for a busy neighbour does not inflate.
"""

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

import torch

from tests.benchmarks.contestants import CONTESTANTS, SIZES, Step

LEAST_SECONDS = 0.15  # a contestant repeats its step within a round for at least this long
FASTER_THAN_NN4N = {"S": 2.3, "M": 1.3, "L": 1.25, "POP": 3.5}  # goals of design/performance.md section 4, pure PyTorch
OVER_THE_FLOOR = {"S": 1.75, "M": 1.25, "L": 1.1}


def race(size: str, rounds: int, threads: int) -> dict[str, list[float]]:
    """Milliseconds per step of every contestant in every round."""
    clock = time.process_time if threads == 1 else time.perf_counter
    torch.manual_seed(0)
    steps = {name: contestant(SIZES[size]) for name, contestant in CONTESTANTS.items()}
    repeats = {name: _repeats(step) for name, step in steps.items()}
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            start = clock()
            for _ in range(repeats[name]):
                step()
            times[name].append((clock() - start) / repeats[name] * 1e3)
    return times


def ratio(times: dict[str, list[float]], slow: str, fast: str) -> float:
    """How many times longer `slow` takes: the median over rounds."""
    return statistics.median(a / b for a, b in zip(times[slow], times[fast], strict=True))


def goals(size: str, times: dict[str, list[float]]) -> list[dict[str, object]]:
    """Each goal for this size with what was measured and whether it is met."""
    against_peer, over_floor = ratio(times, "nn4n", "ours"), ratio(times, "ours", "floor")
    entries: list[dict[str, object]] = [
        {"goal": "nn4n / ours", "wanted": f">= {FASTER_THAN_NN4N[size]:g}", "measured": against_peer,
         "met": against_peer >= FASTER_THAN_NN4N[size]},
    ]  # fmt: skip
    if size in OVER_THE_FLOOR:
        entries.append(
            {"goal": "ours / floor", "wanted": f"<= {OVER_THE_FLOOR[size]:g}", "measured": over_floor,
             "met": over_floor <= OVER_THE_FLOOR[size]}
        )  # fmt: skip
    return entries


def report(size: str, times: dict[str, list[float]]) -> None:
    """Print one size: every contestant's median and quietest round, their ratios to ours, and the goals."""
    print(f"\n{size}: {SIZES[size]}")
    print(f"  {'contestant':14s} {'ms / step':>10s} {'/ ours':>8s} {'quietest':>10s} {'/ ours':>8s}")
    for name in times:
        quietest = min(times[name])
        print(
            f"  {name:14s} {statistics.median(times[name]):10.2f} {ratio(times, name, 'ours'):8.2f}"
            f" {quietest:10.2f} {quietest / min(times['ours']):8.2f}"
        )
    for entry in goals(size, times):
        met = "met" if entry["met"] else "MISSED"
        print(f"  goal {entry['goal']} {entry['wanted']}: {entry['measured']:.2f}  {met}", flush=True)


def main(arguments: list[str]) -> int:
    """Race every size that was asked for; the exit code is 1 if a goal was missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--sizes", nargs="+", choices=list(SIZES), default=list(SIZES))
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args(arguments)
    torch.set_num_threads(asked.threads)
    clock = "CPU time" if asked.threads == 1 else "wall time"
    print(f"torch {torch.__version__}, {asked.threads} thread(s), {clock}, {asked.rounds} rounds")
    results = {}
    for size in asked.sizes:
        times = race(size, asked.rounds, asked.threads)
        report(size, times)
        results[size] = {"milliseconds": times, "goals": goals(size, times)}
    if asked.json:
        asked.json.write_text(
            json.dumps({"torch": torch.__version__, "threads": asked.threads, "sizes": results}, indent=1)
        )
    return 0 if all(entry["met"] for result in results.values() for entry in result["goals"]) else 1


def _repeats(step: Step) -> int:
    step()
    start = time.perf_counter()
    step()
    return max(1, round(LEAST_SECONDS / (time.perf_counter() - start)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
