"""Damage: which of a run's files can no longer be read, or no longer tell all that the run came to."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int

from engine.component import Invalid
from engine.experiments.checksums import changed
from engine.experiments.history import LARGEST
from engine.experiments.run import Run
from engine.experiments.status import Status
from engine.experiments.whole_file import read_about, read_bytes, read_json

NUMBERS = ("experiment.json", "status.json", "metrics.jsonl", "weights.safetensors")


def damage(run: Run) -> tuple[str, ...]:
    """What is damaged or missing in the run's folder, one sentence per fault; nothing if all is as it was written.

    What a kill leaves (a torn last line, no weights yet) is no damage, since a resume makes it good.
    """
    faults: list[str] = []
    status = _tried(run.status, faults)
    _tried(lambda: _experiment(run), faults)
    for name in ("environment.json", "notes.json"):
        _tried(lambda name=name: read_json(run.folder / name), faults)
    told = _weights(run, status, faults)
    reached = max(status.step if status else 0, told)
    _tried(lambda: _require_history(run, reached), faults)
    for path in run.snapshots().values():
        _tried(lambda path=path: _require_snapshot(path), faults)
    return (*faults, *changed(run.folder, told=faults))


def touches_numbers(faults: tuple[str, ...]) -> bool:
    """Whether what the run came to (its curves, counts or weights) is in doubt after these faults."""
    return any(fault.startswith(NUMBERS) for fault in faults)


def _tried(read: Callable[[], Any], faults: list[str]) -> Any:
    """What was read, or None and one fault more."""
    try:
        return read()
    except Invalid as fault:
        faults.append(str(fault))
        return None


def _experiment(run: Run) -> None:
    read_json(run.folder / "experiment.json")
    try:
        run.experiment()
    except Invalid as fault:
        raise Invalid(f"experiment.json holds no experiment of ours: {fault}") from None


def _weights(run: Run, status: Status | None, faults: list[str]) -> int:
    """The step of the latest weights, 0 without any. They are owed once the run has ended well or a checkpoint is."""
    checkpoint, weights = (run.folder / f"{name}.safetensors" for name in ("checkpoint", "weights"))
    steps = []
    for path, owed in ((weights, bool(status and status.state == "done") or checkpoint.exists()), (checkpoint, False)):
        if owed or path.exists() or path.is_symlink():
            about = _tried(lambda path=path: read_about(path), faults) or {}
            steps.append(about.get("step"))
    return max((step for step in steps if isinstance(step, int)), default=0)


def _require_history(run: Run, reached: int) -> None:
    path = run.folder / "metrics.jsonl"
    if not path.exists() and not path.is_symlink() and reached == 0:
        return
    read_bytes(path, LARGEST)
    steps = run.history().step
    if len(steps) == 0 or steps[-1] < reached:
        end = f"ends at step {steps[-1]}" if len(steps) else "holds no step"
        raise Invalid(f"metrics.jsonl {end}, but the run came to step {reached}.")
    if gaps := list(_gaps(steps)):
        raise Invalid(f"metrics.jsonl lacks {gaps[0]}" + (f" and more at {len(gaps) - 1} places." if gaps[1:] else "."))


def _gaps(steps: Int[np.ndarray, " steps"]) -> Iterator[str]:
    """The steps that nothing is told of, in words."""
    told = np.concatenate([[-1], steps])
    for k in np.flatnonzero(np.diff(told) > 1):
        first, last = told[k] + 1, told[k + 1] - 1
        yield f"step {first}" if first == last else f"steps {first} to {last}"


def _require_snapshot(path: Path) -> None:
    try:
        read_about(path)
    except Invalid as fault:
        raise Invalid(f"snapshots/{fault}") from None
