"""The executor: starts runs in processes of their own, a few at a time, and outlives none of them."""

import contextlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

from engine.component import Invalid
from engine.experiments.environment import ROOT
from engine.experiments.execute import take_up
from engine.experiments.run import Run
from engine.experiments.status import Process
from engine.experiments.store import Store
from engine.experiments.summary import Summary

TEND_S = 1.0


class Executor:
    """Starts the queued runs of a store, at most `limit` at a time, oldest first; a paused run takes no place.

    One worker process waits with torch imported, so that a start is instant. Runs belong to the store, not to their
    executor: they go on when it is gone, and any other executor of the store starts what is still queued.
    """

    def __init__(self, store: Store, limit: int | None = None):
        self.store = store
        self.limit = limit or max(2, (os.cpu_count() or 1) // 2)
        self._spare: subprocess.Popen[bytes] | None = None
        self._children: list[subprocess.Popen[bytes]] = []
        self._lock = threading.RLock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def open(self) -> "Executor":
        """A worker waits and the queue is looked after, until `close`."""
        with self._lock:
            if self._thread is None:
                self._closed.clear()
                self._thread = threading.Thread(target=self._keep_tending, name="executor", daemon=True)
                self._thread.start()
        return self

    def close(self) -> None:
        """Nothing is started any more; the waiting worker goes, runs at work go on."""
        self._closed.set()
        thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            thread.join()
        with self._lock:
            if self._spare is not None:
                _dismiss(self._spare)
                self._spare = None

    def start(self, run: Run) -> None:
        """The run begins, or goes on, as soon as a place is free. Raises Invalid if it is at work or done."""
        try:
            run.enqueue()
        except OSError as error:
            raise Invalid(
                f"The run cannot be started, since {run.folder} cannot be written: {error.strerror}."
            ) from None
        self.open()
        with contextlib.suppress(OSError):  # it stays in the queue, which is looked after every second
            self.tend()

    def resume(self, run: Run) -> None:
        """The same as `start`: a run that has a checkpoint goes on from there."""
        self.start(run)

    def place(self, run: Run) -> int | None:
        """Its place in the queue, counted from 1; None if it does not wait."""
        waiting = [summary.id for summary in self._queued(self.store.runs())]
        return waiting.index(run.id) + 1 if run.id in waiting else None

    def tend(self) -> None:
        """Queued runs are started while there are places."""
        with self._lock:
            self._children = [child for child in self._children if child.poll() is None]
            summaries = self.store.runs()
            free = self.limit - sum(summary.state == "running" for summary in summaries)
            for summary in self._queued(summaries):
                if free <= 0:
                    break
                with contextlib.suppress(Invalid, OSError):  # one that is damaged or gone must not end the others' turn
                    free -= self._launch(self.store.run(summary.id))
            if (
                self._spare is None and not self._closed.is_set()
            ):  # one that died by itself is not tried again and again
                self._worker()

    def _keep_tending(self) -> None:
        while not self._closed.is_set():
            with contextlib.suppress(OSError):  # a disk that is full now may have room later
                self.tend()
            self._closed.wait(TEND_S)

    def _queued(self, summaries: list[Summary]) -> list[Summary]:
        return sorted((s for s in summaries if s.state == "queued"), key=lambda s: (s.created, s.id))

    def _launch(self, run: Run) -> bool:
        """Whether this call has started the run; one whose claimant died before it began is offered anew."""
        worker = self._worker()
        if not take_up(run, Process.this(worker.pid)):
            run.offer_again()
            return False
        self._spare = None
        self._children.append(worker)
        with contextlib.suppress(BrokenPipeError), worker.stdin as line:  # a worker that died leaves a lost run
            line.write(json.dumps(str(run.folder)).encode() + b"\n")
        return True

    def _worker(self) -> subprocess.Popen[bytes]:
        """A living worker that waits for a run."""
        if self._spare is None or self._spare.poll() is not None:
            self._spare = spawn_worker(self.store.path / "worker.log")
        return self._spare


def spawn_worker(log: Path) -> "subprocess.Popen[bytes]":
    """A process with everything imported that waits for one line, a run's folder; it goes if its stdin closes."""
    apart = (
        {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}  # type: ignore[attr-defined]
        if os.name == "nt"
        else {"start_new_session": True}
    )
    command = [sys.executable, "-m", "engine", "worker"]
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "ab") as output:
        return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=output, stderr=output, **apart)


def _dismiss(worker: "subprocess.Popen[bytes]") -> None:
    """The worker, which has no run and so nothing to lose, is gone."""
    worker.kill()
    with contextlib.suppress(OSError):
        worker.stdin.close()
    worker.wait()
