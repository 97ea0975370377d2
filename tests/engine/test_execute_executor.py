"""The executor starts runs in processes of their own, a few at a time; they need nobody to go on."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.component import Invalid
from engine.experiments.claim import claim
from engine.experiments.executor import Executor
from engine.experiments.run import Run
from engine.experiments.status import Process, write_status
from engine.experiments.store import Store
from tests.engine.processes import end_all, until
from tests.engine.small_experiment import small_experiment

LONG = {"training__steps": 1_000_000}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path)
    yield store
    end_all(store)


@pytest.fixture
def executor(store: Store) -> Iterator[Executor]:
    executor = Executor(store, limit=1)
    yield executor
    executor.close()


def _state(run: Run) -> str:
    return run.status().state


def test_a_run_trains_in_another_process_and_stops_when_asked(store: Store, executor: Executor):
    run = store.create(small_experiment(**LONG))
    executor.start(run)
    assert run.status().pid != os.getpid()
    until(lambda: len(run.history().step) > 3)
    with pytest.raises(Invalid, match="is running"):
        executor.start(run)
    run.request("stop")
    until(lambda: _state(run) == "stopped")
    step = run.status().step
    assert run.history().step.tolist() == list(range(step + 1))
    executor.resume(run)
    until(lambda: len(run.history().step) > step + 1)
    run.request("stop")
    until(lambda: _state(run) == "stopped")
    assert run.status().attempt == 2


def test_runs_beyond_the_limit_wait_in_order_and_a_stopped_one_leaves_the_queue(store: Store, executor: Executor):
    first, second, third = (store.create(small_experiment(**LONG)) for _ in range(3))
    for run in (first, second, third):
        executor.start(run)
    assert [_state(run) for run in (first, second, third)] == ["running", "queued", "queued"]
    assert [executor.place(run) for run in (first, second, third)] == [None, 1, 2]
    second.request("stop")
    assert _state(second) == "stopped"
    assert executor.place(third) == 1
    first.request("stop")
    until(lambda: _state(third) == "running")
    third.request("stop")
    until(lambda: _state(third) == "stopped")


def test_a_run_whose_folder_lost_its_experiment_fails_with_a_sentence(store: Store, executor: Executor):
    run = store.create(small_experiment())
    (run.folder / "experiment.json").write_text('{"task": {"kind": "chess"}}')
    executor.start(run)
    until(lambda: store.runs()[0].state == "damaged")
    write = small_experiment().model_dump_json()
    (run.folder / "experiment.json").write_text(write)
    executor.start(run)
    until(lambda: _state(run) == "done")


def test_a_queued_run_whose_claimant_died_is_started_by_another_executor(store: Store, executor: Executor):
    run = store.create(small_experiment())
    run.enqueue()
    dead = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert claim(run.folder, run.status().attempt, Process.this(dead.pid))
    dead.kill()
    dead.wait()
    executor.open()
    until(lambda: _state(run) == "done")
    assert run.status().attempt == 2


def test_a_lost_run_goes_on_where_it_was_saved(store: Store, executor: Executor):
    run = store.create(small_experiment(training__checkpoint_every_s=0.05, **LONG))
    executor.start(run)
    until(lambda: (run.folder / "checkpoint.safetensors").exists())
    os.kill(run.status().pid, signal.SIGKILL)
    until(lambda: _state(run) == "lost")
    executor.resume(run)
    until(lambda: run.status().step > 0 and _state(run) == "running")
    run.request("stop")
    until(lambda: _state(run) == "stopped")
    steps = run.history().step
    assert steps.tolist() == list(range(len(steps)))


def test_a_run_that_cannot_be_taken_up_stays_in_the_queue_until_it_can(
    store: Store, executor: Executor, monkeypatch: pytest.MonkeyPatch
):
    run = store.create(small_experiment(training__steps=3))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("engine.experiments.execute.write_status", full)
        executor.start(run)
        assert _state(run) == "queued"
    until(lambda: _state(run) == "done")


def test_a_closed_executor_leaves_no_worker_behind(store: Store):
    executor = Executor(store).open()
    until(lambda: executor._spare is not None)
    spare = executor._spare
    executor.close()
    assert spare.poll() is not None


def test_a_read_only_run_says_so(store: Store, executor: Executor, monkeypatch: pytest.MonkeyPatch):
    run = store.create(small_experiment())

    def refuse(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("engine.experiments.run.write_status", refuse)
    with pytest.raises(Invalid, match="Read-only"):
        executor.start(run)


def test_a_done_run_is_not_started_again(store: Store, executor: Executor):
    run = store.create(small_experiment())
    write_status(run.folder, replace(run.status(), state="done"))
    with pytest.raises(Invalid, match="nothing to resume"):
        executor.start(run)
