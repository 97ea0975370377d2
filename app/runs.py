"""Runs as the page reads them: one thread of the process follows the folders that somebody watches.

Nothing here knows a visitor or a document. Sessions ask for the latest `Sight` of a run on their own clock; a run that
nobody asked for during five seconds is forgotten, and with the last one the thread ends.
"""

import logging
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

import numpy as np

from app.growing import Curves
from app.wholeness import Wholeness
from engine.component import Invalid
from engine.experiments.executor import Executor
from engine.experiments.history import History
from engine.experiments.run import Run
from engine.experiments.status import Status
from engine.experiments.store import Store
from engine.experiments.summary import Summary

PERIOD_S, PACE_S, CENSUS_S = 0.5, 5.0, 2.0
FORGET_S = 5.0  # a run that nobody asked for so long is read no more
LIVE_S = 2.0  # live pictures are asked of a training process as long as somebody looked within this time
HASTE_S, HASTY_PERIOD_S = 2.0, 0.1
BITE = 8 << 20  # bytes of history parsed at a time: a long run appears piece by piece
GONE = "This run is no longer in the store."
log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Live:
    """The latest picture of a network at work: arrays by name (W_rec, rates, outputs, …) after training step `step`."""

    step: int
    arrays: dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Sight:
    """What is known of a run. `version` grows with every change. `origin` is another number when the history was cut
    and told anew, so that what was drawn of it must be drawn again.

    `fault` says in a sentence why its status cannot be read; then `status` is the last one that could, or None.
    `damage` names the files of a run at rest that are not as they were written.
    """

    version: int
    origin: int
    status: Status | None
    fault: str
    history: History
    live: Live | None
    damage: tuple[str, ...] = ()

    @property
    def told(self) -> tuple[object, ...]:
        """Equal for two sights of which the later tells nothing new."""
        return self.origin, self.status, self.fault, len(self.history.step), self.live, self.damage

    @property
    def networks(self) -> int:
        return self.history.loss.shape[1]

    @property
    def diverged(self) -> tuple[int, ...]:
        """Networks (from 0) whose latest loss is no number any more; before the first step none has a loss."""
        if not len(self.history.step) or self.history.step[-1] == 0:
            return ()
        return tuple(np.flatnonzero(~np.isfinite(self.history.loss[-1])).tolist())

    @property
    def step(self) -> int:
        """The latest step that was told; 0 is the untrained network."""
        told = int(self.history.step[-1]) if len(self.history.step) else 0
        return max(told, self.status.step) if self.status and self.status.is_active else told

    @property
    def steps_per_second(self) -> float | None:
        """Over the last seconds of training; pauses do not count."""
        step, seconds = self.history.step, self.history.seconds
        first = int(np.searchsorted(seconds, seconds[-1] - PACE_S)) if len(seconds) else 0
        span = seconds[-1] - seconds[first] if len(seconds) else 0.0
        return float((step[-1] - step[first]) / span) if span > 0 else None

    @property
    def seconds_left(self) -> float | None:
        """Until the last step, at the pace of the last seconds; stop rules may end it sooner."""
        pace = self.steps_per_second
        return (self.status.steps - self.step) / pace if self.status and pace else None


class Reader:
    """Follows the runs that somebody asks for, twice a second, on one thread that ends when there are none."""

    def __init__(self, store: Store | None = None, period_s: float = PERIOD_S, forget_s: float = FORGET_S):
        self.store, self.period_s, self.forget_s = store, period_s, forget_s
        self._census: tuple[Summary, ...] | None = None
        self._census_asked = self._counted = self._haste_until = -np.inf
        self._watched: dict[Run, _Watched] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def look(self, run: Run, live: bool = False) -> Sight | None:
        """The latest sight of the run, None before the first; never waits. `live` asks for live pictures too."""
        with self._lock:
            watched = self._watched.get(run)
            if watched is None:
                watched = self._watched[run] = _Watched(run)
                self._wake.set()
            watched.asked = time.monotonic()
            if live:
                watched.live_asked = watched.asked
            self._begin()
            return watched.sight

    def census(self) -> tuple[Summary, ...] | None:
        """Every run of the store as it was up to two seconds ago, the newest first; None before the first reading."""
        with self._lock:
            self._census_asked = time.monotonic()
            self._begin()
            return self._census

    def hurry(self) -> None:
        """Look more often for a moment: something was just asked of a run, and the answer is due."""
        self._counted = -np.inf
        self._haste_until = time.monotonic() + HASTE_S
        self._wake.set()

    @property
    def is_idle(self) -> bool:
        """Whether no run is watched and no thread is at work."""
        return self._thread is None

    def _begin(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._follow, name="connectarium-reader", daemon=True)
            self._thread.start()

    def _follow(self) -> None:
        while (watched := self._still_watched()) is not None:
            self._wake.clear()
            for one in watched:
                try:
                    one.read()
                except Exception:
                    log.exception("%s could not be read.", one.run)
            self._count_runs()
            hasty = time.monotonic() < self._haste_until
            self._wake.wait(HASTY_PERIOD_S if hasty else self.period_s)

    def _still_watched(self) -> list["_Watched"] | None:
        """The runs to read; None, and the end of the thread, when nobody asks for anything."""
        with self._lock:
            now = time.monotonic()
            self._watched = {r: w for r, w in self._watched.items() if now - w.asked < self.forget_s}
            if not self._watched and now - self._census_asked >= self.forget_s:
                self._thread, self._census, self._counted = None, None, -np.inf
                return None
            return list(self._watched.values())

    def _count_runs(self) -> None:
        now = time.monotonic()
        if self.store is None or now - self._census_asked >= self.forget_s or now - self._counted < CENSUS_S:
            return
        try:
            self._census = tuple(self.store.runs())
        except Exception:
            log.exception("The store %s could not be listed.", self.store.path)
        self._counted = time.monotonic()


class _Watched:
    """One run that somebody watches."""

    def __init__(self, run: Run):
        self.run = run
        self.asked = self.live_asked = -np.inf
        self.sight: Sight | None = None
        self._tail = run.tail()
        self._restarts = 0
        self._curves = Curves()
        self._live: Live | None = None
        self._live_stamp = 0
        self._wholeness = Wholeness(run)

    def read(self) -> None:
        """Whatever is new is in `sight`."""
        if time.monotonic() - self.live_asked < LIVE_S:
            with suppress(FileNotFoundError):  # a run that was deleted, of which the status tells
                self._read_live()
        status, fault = self._read_status()
        self._publish(status, fault)
        while lines := self._tail.lines(BITE):
            if self._tail.restarts != self._restarts:
                self._restarts, self._curves = self._tail.restarts, Curves()
            self._curves.add(History.of(lines))
            self._publish(status, fault)
        self._wholeness.look(None if fault else status)
        self._publish(status, fault)

    def _read_status(self) -> tuple[Status | None, str]:
        try:
            return self.run.status(), ""
        except Invalid as error:
            said = str(error) if self.run.folder.is_dir() else GONE
            return (self.sight.status if self.sight else None), said

    def _read_live(self) -> None:
        self.run.watch()
        path = self.run.folder / "live.safetensors"
        stamp = path.stat().st_mtime_ns if path.exists() else 0
        if stamp in (0, self._live_stamp):
            return
        self._live_stamp = stamp
        if (found := self.run.live()) is not None:
            step, tensors = found
            self._live = Live(step, {name: tensor.numpy() for name, tensor in tensors.items()})

    def _publish(self, status: Status | None, fault: str) -> None:
        old, history = self.sight, self._curves.history()
        version, origin = old.version + 1 if old else 1, self._curves.origin
        new = Sight(version, origin, status, fault, history, self._live, self._wholeness.faults)
        if old is None or old.told != new.told:
            self.sight = new


@cache
def store() -> Store:
    """The store of this process."""
    return Store()


@cache
def reader() -> Reader:
    """The one reader of this process."""
    return Reader(store())


@cache
def executor() -> Executor:
    """What starts runs for this process; a worker is warm after its first use."""
    return Executor(store()).open()
