"""The process that runs a paper or a sweep: how it is started, and how it stands or ended."""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from engine.component import Invalid
from engine.experiments.environment import ROOT
from engine.experiments.stand import GONE, Standing, read_standing

LOG = "log.txt"


def spawn(words: Sequence[str], folder: Path) -> "subprocess.Popen[bytes]":
    """A command of ours in a session of its own, so that it outlives the tab and the server; its log is in `folder`."""
    apart = (
        {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}  # type: ignore[attr-defined]
        if os.name == "nt"
        else {"start_new_session": True}
    )
    command = [sys.executable, "-m", "engine", *words]
    with open(folder / LOG, "wb") as output:
        return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output, **apart)


def standing_of(folder: Path) -> Standing | None:
    """Where the work stands; a damaged note of it is as good as none. Of one that fell silent the log tells the end."""
    try:
        found = read_standing(folder)
    except Invalid:
        return None
    if found is None or found.message != GONE:
        return found
    said = _last_line(folder / LOG)
    return replace(found, state="failed", message=said) if said else found


def _last_line(path: Path) -> str:
    try:
        with open(path, "rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 4000))
            lines = file.read().decode(errors="replace").strip().splitlines()
    except OSError:
        return ""
    return re.sub(r"^connectarium \w+: ", "", lines[-1])[:500] if lines else ""
