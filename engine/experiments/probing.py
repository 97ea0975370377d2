"""A probe in a process of its own: the page stays quick, and the memory found is that of the run."""

import json
import os
import subprocess
import sys
import threading

from engine.component import Invalid
from engine.experiments.environment import ROOT
from engine.experiments.experiment import Experiment
from engine.experiments.outlook import PROBE_S, Outlook

LIMIT_S = 120.0
NICENESS = 5  # as a run that was started from the page


class Probing:
    """One probe at a time; `close` ends it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def outlook(
        self, experiment: Experiment, seconds: float = PROBE_S, store: str | None = None, niceness: int = NICENESS
    ) -> Outlook:
        """What the run will take; waits for it. Raises Invalid if it cannot be started, or takes too long to begin."""
        asked = {"experiment": experiment.changes(), "seconds": seconds, "store": store, "niceness": niceness}
        process = self._process = _spawned()
        timer = threading.Timer(LIMIT_S + 10 * seconds, process.kill)
        timer.start()
        try:
            out, _ = process.communicate(json.dumps(asked))
        finally:
            timer.cancel()
            self.close()
        told = _read(out)
        if told is None:
            raise Invalid("No forecast can be made: the probe ended early, for want of memory or of time.", "training")
        if "fault" in told:
            raise Invalid(told["fault"], told["address"])
        return Outlook.of_json(told["outlook"])

    def close(self) -> None:
        """The process is gone."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.kill()
            process.wait()


def _spawned() -> "subprocess.Popen[str]":
    hidden = {"creationflags": subprocess.CREATE_NO_WINDOW} if os.name == "nt" else {}  # type: ignore[attr-defined]
    return subprocess.Popen(
        [sys.executable, "-m", "engine", "probe"], cwd=ROOT, text=True, encoding="utf-8",
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **hidden,
    )  # fmt: skip


def _read(out: str) -> dict | None:
    lines = out.strip().splitlines()
    return json.loads(lines[-1]) if lines else None
