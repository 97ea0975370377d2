"""Reads damaged files under a limit of memory and says what came of each; started by `campaign`, dies alone."""

import json
import os
import resource
import sys
import tempfile
import time
import warnings
from contextlib import suppress
from pathlib import Path

import numpy as np

from engine.component import Invalid
from engine.connectomes.formats import look
from engine.connectomes.formats.answers import Answers
from engine.connectomes.formats.found import Found
from engine.connectomes.formats.imported import graph
from engine.connectomes.formats.questions import questions
from tests.fuzz.mutations import mutated

ADDRESS_SPACE = 3 * 2**30  # bytes; numpy, scipy, pandas and h5py alone map 1 GB of it


def main() -> None:
    """Each line of stdin is a job; each line of stdout its outcome."""
    warnings.simplefilter("ignore")
    seeds = [Path(name) for name in sys.argv[2:]]
    contents = [path.read_bytes() for path in seeds]
    for path in seeds:  # loads the libraries, so that they do not count
        with suppress(Invalid):
            look(path)
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    print("ready", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for line in sys.stdin:
            outcome = _outcome(int(sys.argv[1]), int(line), seeds, contents, Path(folder))
            print(json.dumps(outcome), flush=True)


def _outcome(seed: int, job: int, seeds: list[Path], contents: list[bytes], folder: Path) -> dict:
    rng = np.random.default_rng([seed, job])
    which = job % len(seeds)
    data = mutated(contents[which], contents, rng)
    path = folder / seeds[which].name
    path.write_bytes(data)
    began = time.process_time()
    said, fault, form = _looked(path)
    seconds = time.process_time() - began
    if path.read_bytes() != data or len(os.listdir(folder)) != 1:
        fault = "the file was changed, or another one was written"
    path.unlink()
    peak = _peak_bytes()
    return {
        "job": job,
        "seed": seeds[which].name,
        "said": said,
        "fault": fault,
        "form": form,
        "seconds": seconds,
        "peak": peak,
    }


def _looked(path: Path) -> tuple[str, str, str]:
    """(sentence of the refusal, what is wrong with the reader, format)."""
    try:
        found = look(path)
        graph(found, _answered(found))
        return "", _wrong(found), found.format
    except Invalid as refusal:
        said = str(refusal)
        if said.endswith("new to us."):
            return said, f"in the last net: {refusal.__cause__!r}", ""
        wrong = (
            "\n" in said or "Traceback" in said or not 10 < len(said) < 600 or not said.endswith((".", "?", ")", "…"))
        )
        cause = refusal.__cause__ or refusal.__context__
        return said, f"not one sentence: {said!r}" if wrong else "", f"<- {type(cause).__name__}"
    except BaseException as error:
        return "", f"{type(error).__name__}: {error}", ""


def _answered(found: Found) -> Answers:
    """An answer to every question: what is proposed, or the first choice."""
    answers = Answers()
    for question in questions(found, answers):
        value = question.proposal or (question.choices[0][0] if question.choices else "x")
        answers = answers.with_value(question.address, value)
    return answers


def _wrong(found: Found) -> str:
    """Why this cannot be the content of a file; empty if it can."""
    n = len(found.matrix) if found.edges is None else len(found.names)
    if found.names is not None and not all(isinstance(name, str) for name in found.names):
        return "names that are no texts"
    if found.edges is not None:
        ends = np.r_[found.edges.source, found.edges.target]
        if not (len(found.edges.source) == len(found.edges.target) == len(found.edges.weight)):
            return "edges of different lengths"
        if ends.size and not (ends.min() >= 0 and ends.max() < n):
            return "an edge beyond the units"
    elif found.names is not None and len(found.names) != n:
        return f"{len(found.names)} names of {n} rows"
    sizes = [len(values) for values in (*found.labels.values(), *found.maps.values(), *found.pairs.values())]
    if any(size != n for size in sizes) or (found.positions_um is not None and found.positions_um.shape != (n, 3)):
        return "labels, maps, pairs or positions of another length"
    return ""


def _peak_bytes() -> int:
    """The most memory this process ever held. Not ru_maxrss, which counts that of whoever started it too."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    told = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(told.split()[1]) * 1024


if __name__ == "__main__":
    main()
