"""Neurodata Without Borders: activity, trials and behaviour of an .nwb file as plain arrays, read by pynwb.

pynwb follows whatever a file says, so it reads in a process of its own, within limits of time and memory.
"""

import json
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from engine.component import Invalid
from engine.connectomes.formats import limits
from engine.connectomes.formats.hdf5 import require_harmless
from engine.connectomes.formats.limits import shown

ROOT = Path(__file__).parents[2]
LIMIT_S = 120.0
MEMORY_BYTES = 6 << 30  # of address space, of which libraries map one
GET_IT = 'NWB files are read by pynwb, which is not installed; get it by: pip install "connectarium[nwb]".'
ADDRESS = "task.recording.file"


def nwb_parts(path: Path, asked: dict[str, object]) -> dict[str, np.ndarray]:
    """The arrays of the session in a file, as an .npz holds them. Raises Invalid with one sentence for each fault.

    `asked` are the choices of `engine.recordings.nwb_session.parts`.
    """
    if find_spec("pynwb") is None:
        raise Invalid(GET_IT, ADDRESS)
    limits.require_file(path)
    with tempfile.TemporaryDirectory(prefix="connectarium_nwb_") as folder:
        target = Path(folder) / "parts.npz"
        _ask(path, json.dumps({"path": str(path), "target": str(target), **asked}))
        with np.load(target, allow_pickle=False) as kept:
            return dict(kept)


def _ask(path: Path, request: str) -> None:
    words = [sys.executable, "-m", "engine.recordings.nwb_file"]
    try:
        done = subprocess.run(words, input=request, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        raise Invalid(f"{shown(path.name)} could not be read within {LIMIT_S:.0f} s.", ADDRESS) from None
    try:
        told = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        raise Invalid(f"{shown(path.name)} is damaged, or needs more memory than there is.", ADDRESS) from None
    if "fault" in told:
        raise Invalid(told["fault"], told["address"] or ADDRESS)


def main() -> None:
    """In the process of its own: a line of JSON in, the arrays into a file, a line of JSON out."""
    from engine.recordings.nwb_session import parts

    request = json.loads(sys.stdin.readline())
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a library prints is no answer
    _limit_memory()
    path, target = Path(request.pop("path")), request.pop("target")
    told: dict[str, str] = {}
    try:
        with limits.reading(path.name, "NWB file"):
            require_harmless(path)
            np.savez(target, **parts(path, **request))
    except Invalid as fault:
        told = {"fault": str(fault), "address": fault.address}
    print(json.dumps(told), file=answers, flush=True)


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:
        return  # Windows: the limit of time remains
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


if __name__ == "__main__":
    main()
