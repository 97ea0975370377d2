"""Checksums: what the files of a run were when it ended, so that a single changed bit is told later."""

import contextlib
import hashlib
import os
import re
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from engine.component import Invalid
from engine.experiments.status import read_status
from engine.experiments.whole_file import read_json, write_json

NAME = "checksums.json"
FORM = 1
_FINISHED = re.compile(
    r"(experiment|environment[.\w]*|status)\.json|metrics\.jsonl|((weights|checkpoint)|snapshots/step_\d+)\.safetensors"
)


def write_checksums(folder: Path, attempt: int) -> None:
    """checksums.json holds SHA-256, size and time of every file that this attempt at the run came to."""
    files = {name: _seal(folder / name) for name in _found(folder) if _FINISHED.fullmatch(name)}
    write_json(folder / NAME, {"form": FORM, "attempt": attempt, "files": files})
    if _attempt(folder) not in (attempt, None):  # it was resumed meanwhile, and the files change again
        (folder / NAME).unlink(missing_ok=True)


def changed(
    folder: Path, thorough: bool = True, told: Iterable[str] = (), only: Iterable[str] | None = None
) -> tuple[str, ...]:
    """One sentence per file that is not what it was when the run ended; none for a run that keeps no checksums.

    A file with which a sentence of `told` begins is passed over, and with `only`, every other file too. Unless
    `thorough`, files with the size and time of then pass unread: enough to list runs, blind to a failing disk.
    """
    if not os.path.lexists(folder / NAME):
        return ()
    try:
        kept = read_json(folder / NAME, limit=16 << 20)
        named = {fault.split(" ")[0] for fault in told}
        files = {
            name: seal
            for name, seal in kept["files"].items()
            if _FINISHED.fullmatch(name)
            and name not in named
            and (only is None or name in only)
            and isinstance(seal, dict)
        }
    except Invalid as fault:
        return (str(fault),)
    except (KeyError, AttributeError):
        return (f"{NAME} holds no checksums.",)
    return tuple(fault for name, seal in files.items() if (fault := _fault(folder, name, seal, kept, thorough)))


def require_unchanged(folder: Path, name: str) -> None:
    """Raises Invalid with one sentence if this file is not what it was when the run ended."""
    for fault in changed(folder):
        if fault.startswith((f"{name} ", NAME)):
            raise Invalid(fault)


def stamp(folder: Path) -> str:
    """Changes whenever a file of the run does, as far as sizes and times tell."""
    kept = {
        name: of for name, of in _found(folder).items() if _FINISHED.fullmatch(name) or name in ("notes.json", NAME)
    }
    told = " ".join(f"{name}.{of.st_mtime_ns}.{of.st_size}" for name, of in kept.items())
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def _found(folder: Path) -> dict[str, os.stat_result]:
    """Every file of the run and of its snapshots, by its name in the run, in order."""
    found = {}
    for box in ("", "snapshots/"):
        with contextlib.suppress(OSError), os.scandir(folder / box) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):  # gone since it was listed
                    found[f"{box}{entry.name}"] = entry.stat(follow_symlinks=False)
    return dict(sorted(found.items()))


def _seal(path: Path) -> dict[str, Any]:
    found = os.lstat(path)
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"sha256": digest, "bytes": found.st_size, "mtime_ns": found.st_mtime_ns}


def _fault(folder: Path, name: str, seal: dict[str, Any], kept: dict[str, Any], thorough: bool) -> str:
    """What is wrong with one file, or ''. A status that another attempt has written since is right to differ."""
    path = folder / name
    try:
        found = os.lstat(path)
        if not stat.S_ISREG(found.st_mode):
            return f"{name} is not a plain file."
        if not thorough and (found.st_size, found.st_mtime_ns) == (seal.get("bytes"), seal.get("mtime_ns")):
            return ""
        if name == "status.json" and _attempt(folder) not in (kept.get("attempt"), None):
            return ""
        same = found.st_size == seal.get("bytes") and _seal(path)["sha256"] == seal.get("sha256")
        return "" if same else f"{name} has changed since the run ended: its SHA-256 is another one."
    except FileNotFoundError:
        return f"{name} is missing."
    except OSError as error:
        return f"{name} cannot be read: {error.strerror or error}."


def _attempt(folder: Path) -> int | None:
    try:
        return read_status(folder).attempt
    except Invalid:
        return None
