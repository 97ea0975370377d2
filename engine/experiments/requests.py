"""Requests to a run: small files that the training process looks for before every step."""

import os
from pathlib import Path
from typing import Literal, get_args

Request = Literal["pause", "resume", "step", "stop"]
REQUESTS: tuple[str, ...] = get_args(Request)
_WITHDRAWS = {"pause": ("resume", "step"), "resume": ("pause", "step"), "step": ("pause", "resume"), "stop": ()}


def ask(folder: Path, request: Request) -> None:
    """The run whose folder this is finds the request before its next step; a contrary one before it is withdrawn."""
    box = folder / "requests"
    box.mkdir(exist_ok=True)
    for contrary in _WITHDRAWS[request]:
        (box / contrary).unlink(missing_ok=True)
    (box / request).touch()


def pending(folder: str | Path) -> set[str]:
    """The requests that wait for an answer."""
    try:
        with os.scandir(os.path.join(folder, "requests")) as entries:
            return {entry.name for entry in entries if entry.name in REQUESTS}
    except OSError:
        return set()


def answered(folder: Path, *requests: str) -> None:
    """These requests wait no longer."""
    for request in requests:
        (folder / "requests" / request).unlink(missing_ok=True)
