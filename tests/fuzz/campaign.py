"""A fuzz campaign: damaged files go to a worker process; crash, hang, hunger and foreign errors are findings.

    nice python -m tests.fuzz.campaign --inputs 20000 --seed 1 --out record.json

A job is fully told by (seed, number), so `--only NUMBER` repeats it.
"""

import argparse
import json
import os
import re
import select
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import psutil

from tests.fuzz.seeds import make

HANG_S = 5.0  # of computing
WAITS = 12  # times as long on the clock, if other programs hold the processor
PEAK_BYTES = 2**30  # resident memory of a worker


def outcomes(seed: int, jobs: Iterable[int], extra: Iterable[Path] = (), match: str = "") -> Iterator[dict]:
    """What came of each job, in order; a worker that dies or hangs is replaced."""
    with tempfile.TemporaryDirectory() as folder:
        files = [file for file in (*make(Path(folder) / "seeds"), *extra) if re.search(match, file.name)]
        worker = None
        for job in jobs:
            worker = worker or _worker(seed, files)
            print(job, file=worker.stdin, flush=True)
            ready = _answers(worker)
            line = worker.stdout.readline() if ready else ""
            if line:
                yield json.loads(line)
                continue
            worker.kill()
            fault = f"crash with signal {-worker.wait()}" if ready else f"no answer in {HANG_S:g} s"
            yield {"job": job, "seed": files[job % len(files)].name, "said": "", "fault": fault, "form": ""}
            worker = None
        if worker:
            worker.stdin.close()
            worker.wait()


def _answers(worker: subprocess.Popen) -> bool:
    """Whether the worker says something before it has computed for too long; on a busy machine it may wait longer."""
    computed = psutil.Process(worker.pid).cpu_times().user
    for _ in range(WAITS):
        if select.select([worker.stdout], [], [], HANG_S)[0]:
            return True
        if psutil.Process(worker.pid).cpu_times().user - computed > HANG_S:
            return False
    return False


def findings(told: list[dict]) -> list[dict]:
    """Outcomes that are the fault of a reader."""
    return [
        each for each in told if each["fault"] or each.get("peak", 0) > PEAK_BYTES or each.get("seconds", 0) > HANG_S
    ]


def record(seed: int, told: list[dict], seconds: float) -> dict:
    """Counts by file and outcome."""
    counts: dict[str, Counter] = {}
    for each in told:
        outcome = "finding" if each["fault"] else "refused" if each["said"] else "read"
        counts.setdefault(each["seed"], Counter())[outcome] += 1
    total = sum(counts.values(), Counter())
    return {
        "seed": seed, "inputs": len(told), "seconds": round(seconds, 1), "total": dict(total),
        "findings": len(findings(told)), "longest_s": round(max(each.get("seconds", 0) for each in told), 3),
        "peak_mb": max(each.get("peak", 0) for each in told) // 2**20,
        "sentences": len({each["said"] for each in told}),
        "by_file": {name: dict(counts[name]) for name in sorted(counts)},
    }  # fmt: skip


def _worker(seed: int, files: list[Path]) -> subprocess.Popen:
    command = [sys.executable, "-m", "tests.fuzz.worker", str(seed), *map(str, files)]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    root = Path(__file__).parents[2]
    pipe = subprocess.PIPE
    worker = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=root, env=os.environ | threads)
    if worker.stdout.readline() != "ready\n":
        raise RuntimeError("The worker does not start.")
    return worker


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--only", type=int)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--with", dest="extra", type=Path, nargs="*", default=[], help="more good files to begin with")
    parser.add_argument("--match", default="", help="only files whose name matches")
    asked = parser.parse_args()
    began = time.perf_counter()
    jobs = range(asked.first, asked.first + asked.inputs) if asked.only is None else [asked.only]
    told = []
    for each in outcomes(asked.seed, jobs, asked.extra, asked.match):
        told.append(each)
        if findings([each]) or asked.only is not None:
            print(json.dumps(each), flush=True)
    kept = record(asked.seed, told, time.perf_counter() - began)
    print(json.dumps(kept))
    if asked.out:
        asked.out.write_text(json.dumps(kept | {"causes": Counter(e["form"] for e in told if e["said"])}, indent=1))


if __name__ == "__main__":
    main()
