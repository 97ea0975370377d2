"""Waiting for what other processes do, and ending those that a test left at work."""

import contextlib
import time
from collections.abc import Callable

import psutil

from engine.experiments.status import Process
from engine.experiments.store import Store


def until(claim: Callable[[], bool], limit_s: float = 120) -> None:
    """Returns as soon as the claim is true."""
    end = time.monotonic() + limit_s
    while not claim():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.02)


def end_all(store: Store) -> None:
    """No other process trains a run of this store any more."""
    for summary in store.runs():
        process = store.run(summary.id).status().process
        if process is not None and process.pid != Process.this().pid and process.is_alive():
            with contextlib.suppress(psutil.NoSuchProcess):  # it ended by itself since it was asked
                psutil.Process(process.pid).kill()
