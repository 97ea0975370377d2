"""The search for the range of a weight in a process of its own: the page stays quick, and it can be ended."""

import contextlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from engine.component import Invalid
from engine.experiments.environment import ROOT
from engine.experiments.experiment import Experiment


class Searching:
    """`found` waits for the end; meanwhile `now` is how it stands; `close` ends it, from any thread."""

    def __init__(self, experiment: Experiment, objective: str, store: str):
        self.experiment, self.objective, self.store = experiment, objective, store
        self.now: dict[str, Any] = {}
        self.closed = False
        self._process: subprocess.Popen[str] | None = None

    def found(self) -> dict[str, Any]:
        """What `connectarium suggest` tells; nothing if it was closed. Raises Invalid with its sentence."""
        with tempfile.TemporaryDirectory(prefix="connectarium_") as folder:
            path = Path(folder) / "experiment.json"
            path.write_text(json.dumps(self.experiment.changes()), encoding="utf-8")
            self._process = process = _spawned(path, self.objective, self.store)
            if self.closed:
                self.close()
            for line in process.stdout or ():
                with contextlib.suppress(ValueError):
                    self.now = json.loads(line)
            process.wait()
        if "fault" in self.now:
            raise Invalid(self.now["fault"], self.now["address"])
        if not self.closed and not self.now.get("done"):
            raise Invalid("The search ended early, for want of memory or of time.", "training")
        return {} if self.closed else self.now

    def close(self) -> None:
        """It ends."""
        self.closed = True
        if self._process is not None and self._process.poll() is None:
            self._process.kill()


def _spawned(path: Path, objective: str, store: str) -> "subprocess.Popen[str]":
    words = ["suggest", str(path), "--objective", objective, "--lines", "--store", store]
    return subprocess.Popen(
        [sys.executable, "-m", "engine", *words], cwd=ROOT, text=True, encoding="utf-8",
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
