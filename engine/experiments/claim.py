"""A claim: the file by which one process, and no other, takes up a run."""

import contextlib
import json
import os
import time
from dataclasses import asdict
from pathlib import Path

from engine.experiments.status import Process

WRITING_S = 10.0  # a claim without a readable name is this young: its owner is just writing it


def claim(folder: Path, attempt: int, owner: Process) -> bool:
    """Whether `owner` now holds this attempt at the run; of any number of claimants exactly one does."""
    try:
        handle = os.open(_file(folder, attempt), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w") as file:
        json.dump(asdict(owner), file)
    for path in folder.glob("claim.*"):
        if path.suffix[1:].isdigit() and int(path.suffix[1:]) < attempt:
            with contextlib.suppress(OSError):
                path.unlink()
    return True


def give_up(folder: Path, attempt: int) -> None:
    """Nobody holds this attempt any more; to be called by its owner only."""
    _file(folder, attempt).unlink(missing_ok=True)


def claimant(folder: Path, attempt: int) -> Process | None:
    """Who holds this attempt, if anybody does."""
    try:
        return Process(**json.loads(_file(folder, attempt).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def is_claimed(folder: Path, attempt: int) -> bool:
    """Whether a living process holds this attempt."""
    owner = claimant(folder, attempt)
    if owner is not None:
        return owner.is_alive() if owner.is_here else True
    try:
        return time.time() - os.stat(_file(folder, attempt)).st_mtime < WRITING_S
    except OSError:
        return False


def _file(folder: Path, attempt: int) -> Path:
    return folder / f"claim.{attempt}"
