"""The process that runs a paper: how it is started, and how it stands or ended."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from engine.component import Invalid
from engine.experiments.environment import ROOT
from engine.experiments.papers.paper import Paper, Scale
from engine.experiments.stand import GONE, Standing, read_standing

LOG = "log.txt"
SAYS = "connectarium papers: "


def spawn(chosen: Paper, scale: Scale, folder: Path) -> "subprocess.Popen[bytes]":
    """The command of the paper in a session of its own, so that it outlives the tab and the server."""
    words = [sys.executable, "-m", "engine", "papers", "run", chosen.name, "--out", str(folder), "--quiet"]
    words += ["--full"] * scale.full + (["--seeds", str(scale.seeds)] if scale.seeds is not None else [])
    words += ["--first-seed", str(scale.first_seed)]
    words += [word for what, name in scale.own for word in ("--own", f"{what}={name}")]
    apart = (
        {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}  # type: ignore[attr-defined]
        if os.name == "nt"
        else {"start_new_session": True}
    )
    with open(folder / LOG, "wb") as output:
        return subprocess.Popen(words, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output, **apart)


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
    return lines[-1].removeprefix(SAYS)[:500] if lines else ""
