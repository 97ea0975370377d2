"""Does the two-second probe foretell the time and memory of every example?  python -m tests.benchmarks.forecast

Each example is probed in a child process and then run in another one, through the same code as on the page, round by
round. Wall time depends on what else the machine does in between; seconds at work (CPU) hardly do, so both are told.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from statistics import median
from typing import Any

from engine.commands.worker import warm_up
from engine.experiments.execute import execute, take_up
from engine.experiments.outlook import peak_bytes
from engine.experiments.presets import PRESETS
from engine.experiments.probing import Probing
from engine.experiments.status import Process
from engine.experiments.store import Store

BOUND = 0.3


def main() -> None:
    """All examples, or the one run that a child is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--run", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.run is not None:
        print(json.dumps(run_of(asked.run)))
        return
    told: dict[str, list[dict[str, Any]]] = {preset.title: [] for preset in PRESETS}
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; seconds: forecast (range) | true | ratio")
    for _ in range(asked.rounds):
        for index, preset in enumerate(PRESETS):
            told[preset.title].append(line := compared(index))
            print(_said(preset.title, line), flush=True)
    for what in ("ratio", "ratio_at_work", "ratio_memory"):
        off = {title: median(line[what] for line in lines) for title, lines in told.items()}
        within = sum(1 - BOUND <= ratio <= 1 + BOUND for ratio in off.values())
        print(f"{what}: {within} of {len(off)} within {BOUND:.0%}")


def compared(index: int) -> dict[str, Any]:
    """One probe, and the run that it foretells."""
    found = Probing().outlook(PRESETS[index].experiment(), niceness=0)
    command = [sys.executable, "-m", "tests.benchmarks.forecast", "--run", str(index)]
    true = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return {
        "found": found,
        "true": true,
        "ratio": found.seconds / true["seconds"],
        "ratio_at_work": found.alone / true["at_work"],
        "ratio_memory": found.memory_bytes / true["memory_bytes"],
        "inside": found.low <= true["seconds"] <= found.high,
        "load": os.getloadavg()[0],
    }


def run_of(index: int) -> dict[str, Any]:
    """The whole run, as a worker does it."""
    warm_up()
    with tempfile.TemporaryDirectory() as folder:
        run = Store(folder).create(PRESETS[index].experiment(), "")
        take_up(run, Process.this())
        begun, worked = time.perf_counter(), time.process_time()
        last = None
        for progress in execute(run):
            last = progress.evaluation or last
        seconds, at_work = time.perf_counter() - begun, time.process_time() - worked
    accuracy = last.accuracy.mean().item() if last else None
    told = {"seconds": seconds, "at_work": at_work, "memory_bytes": peak_bytes()}
    return {**told, "accuracy": accuracy, "chance": last.chance if last else None}


def _said(title: str, line: dict[str, Any]) -> str:
    found, true = line["found"], line["true"]
    return (
        f"{title:26} {found.seconds:6.1f} ({found.low:.1f}-{found.high:.1f}) | {true['seconds']:6.1f} | "
        f"{line['ratio']:.2f}{' ' if line['inside'] else '!'} | at work {found.alone:6.1f} | {true['at_work']:6.1f} | "
        f"{line['ratio_at_work']:.2f} | GB {found.memory_bytes / 1e9:.2f} | {true['memory_bytes'] / 1e9:.2f} | "
        f"accuracy {true['accuracy']:.3f} (chance {true['chance']:.2f}) | load {line['load']:.1f}"
    )


if __name__ == "__main__":
    main()
