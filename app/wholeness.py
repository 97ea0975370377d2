"""Whether the files of a run at rest are whole, asked again only when one of them has changed."""

from concurrent.futures import Future

from app.background import workers
from engine.experiments.checksums import stamp
from engine.experiments.damage import damage
from engine.experiments.run import Run
from engine.experiments.status import Status


class Wholeness:
    """Keeps what is damaged in one run; a run at work is whole as long as it goes on."""

    def __init__(self, run: Run):
        self.run = run
        self.faults: tuple[str, ...] = ()
        self._stamp = ""
        self._asked: Future[tuple[str, ...]] | None = None

    def look(self, status: Status | None) -> tuple[str, ...]:
        """What is damaged, one sentence per fault, as soon as it is known: a worker reads every byte meanwhile."""
        if (status and (status.is_active or status.state == "queued")) or not self.run.folder.is_dir():
            self.faults, self._stamp, self._asked = (), "", None
            return self.faults
        if (now := stamp(self.run.folder)) != self._stamp:
            self._stamp, self._asked = now, workers().submit(damage, self.run)
        if self._asked is not None and self._asked.done():
            self.faults, self._asked = self._asked.result(), None
        return self.faults
