"""Runs need nobody to go on: not the page, not the server that started them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from engine.experiments.executor import Executor
from engine.experiments.run import Run
from engine.experiments.store import Store
from tests.engine.processes import end_all, until
from tests.engine.small_experiment import small_experiment

LONG = {"training__steps": 1_000_000}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path)
    yield store
    end_all(store)


def _state(run: Run) -> str:
    return run.status().state


SERVER = """
import sys, time
from engine.experiments.executor import Executor
from engine.experiments.store import Store
store = Store(sys.argv[1])
executor = Executor(store, limit=1)
for run_id in sys.argv[2:]:
    executor.start(store.run(run_id))
print(executor._spare.pid, flush=True)
time.sleep(600)
"""


def test_runs_outlive_the_server_that_started_them_and_another_one_takes_over_the_queue(store: Store):
    first, second = store.create(small_experiment(**LONG)), store.create(small_experiment())
    command = [sys.executable, "-c", SERVER, str(store.path), first.id, second.id]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    spare = psutil.Process(int(server.stdout.readline()))
    until(lambda: len(first.history().step) > 0)
    server.kill()
    server.wait()
    server.stdout.close()
    until(lambda: not spare.is_running() or spare.status() == psutil.STATUS_ZOMBIE)
    steps = len(first.history().step)
    until(lambda: len(first.history().step) > steps)
    assert (_state(first), _state(second)) == ("running", "queued")
    executor = Executor(store, limit=1).open()
    first.request("stop")
    until(lambda: _state(second) == "done")
    assert _state(first) == "stopped"
    executor.close()


@pytest.mark.skipif(os.name == "nt", reason="Windows ends a process without asking it")
def test_a_shutdown_of_the_machine_stops_a_run_in_good_order(store: Store):
    run = store.create(small_experiment(**LONG))
    executor = Executor(store)
    executor.start(run)
    until(lambda: len(run.history().step) > 3)
    executor.close()
    os.kill(run.status().pid, signal.SIGTERM)
    until(lambda: _state(run) == "stopped")
    assert run.history().step[-1] == run.status().step
    assert (run.folder / "checkpoint.safetensors").exists()
