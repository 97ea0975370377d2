"""Whether the files of a run at rest are whole, asked again only when one of them has changed."""

import os

from engine.experiments.damage import damage
from engine.experiments.run import Run
from engine.experiments.status import Status

FILES = (
    "experiment.json", "environment.json", "notes.json", "status.json", "metrics.jsonl", "weights.safetensors",
    "checkpoint.safetensors", "snapshots",
)  # fmt: skip


class Wholeness:
    """Keeps what is damaged in one run; a run at work is whole as long as it goes on."""

    def __init__(self, run: Run):
        self.run = run
        self.faults: tuple[str, ...] = ()
        self._stamp: tuple[object, ...] = ()

    def look(self, status: Status | None) -> tuple[str, ...]:
        """What is damaged now, one sentence per fault."""
        if (status and (status.is_active or status.state == "queued")) or not self.run.folder.is_dir():
            self.faults, self._stamp = (), ()
        elif (stamp := tuple(_stamp(self.run, name) for name in FILES)) != self._stamp:
            self.faults, self._stamp = damage(self.run), stamp
        return self.faults


def _stamp(run: Run, name: str) -> tuple[int, int]:
    try:
        found = os.lstat(run.folder / name)
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
