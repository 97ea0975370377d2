"""A run in training obeys requests, keeps its books, and goes on bit for bit after any interruption."""

import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.component import Invalid
from engine.experiments import logbook
from engine.experiments.execute import execute, take_up
from engine.experiments.live import probe_trials
from engine.experiments.logbook import is_kept
from engine.experiments.run import Run
from engine.experiments.status import Process, Status, write_status
from engine.experiments.store import Store
from engine.training import Progress
from tests.engine.processes import until
from tests.engine.small_experiment import small_experiment


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def _train(run: Run, at: dict[int, str] | None = None) -> list[Progress]:
    """Train until the run ends; `at` a step, a request is made."""
    assert take_up(run, Process.this())
    seen = []
    for progress in execute(run):
        seen.append(progress)
        if progress.step in (at or {}):
            run.request(at[progress.step])
    return seen


def _same_weights(one: Run, other: Run) -> bool:
    left, right = one.weights(), other.weights()
    return left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)


def test_a_finished_run_holds_all_that_it_came_to(store: Store):
    run = store.create(small_experiment(seeds__networks=2))
    seen = _train(run)
    status, history = run.status(), run.history()
    assert (status.state, status.step, status.steps, status.violations) == ("done", 30, 30, [0, 0])
    assert history.step.tolist() == list(range(31))
    assert history.loss.shape == (31, 2)
    assert np.isnan(history.loss[0]).all()
    assert history.loss[-1].tolist() == seen[-1].loss.tolist()
    assert history.evaluated.tolist() == [0, 10, 20, 30]
    assert status.accuracy == history.accuracy[-1].tolist()
    assert len(history.ledger) == 2
    assert list(run.snapshots()) == [0, 1, 2, 3, 5, 8, 13, 21, 30]
    assert torch.equal(run.weights("last")["W_rec"], run.weights(30)["W_rec"])
    assert not torch.equal(run.weights("first")["W_rec"], run.weights(30)["W_rec"])
    network = run.experiment().network()
    network.load_lawful(run.weights())
    assert network.violations().sum() == 0
    with pytest.raises(Invalid, match="nothing to resume"):
        run.enqueue()


def test_a_stopped_run_goes_on_bit_for_bit(store: Store):
    straight, broken = store.create(small_experiment()), store.create(small_experiment())
    _train(straight)
    assert [progress.step for progress in _train(broken, at={15: "stop"})] == list(range(16))
    assert (broken.status().state, broken.status().step) == ("stopped", 15)
    assert list(broken.snapshots())[-1] == 15
    assert [progress.step for progress in _train(broken)] == list(range(16, 31))
    assert broken.status().state == "done"
    assert _same_weights(straight, broken)
    np.testing.assert_array_equal(straight.history().loss, broken.history().loss)
    np.testing.assert_array_equal(straight.history().accuracy, broken.history().accuracy)
    assert broken.history().step.tolist() == list(range(31))


def test_leaving_the_loop_stops_the_run_in_good_order(store: Store):
    run = store.create(small_experiment())
    assert take_up(run, Process.this())
    steps = execute(run)
    for _ in range(5):
        next(steps)
    steps.close()
    assert (run.status().state, run.status().step) == ("stopped", 4)
    assert _train(run)[0].step == 5


def test_a_paused_run_takes_single_steps_and_goes_on(store: Store):
    run = store.create(small_experiment())
    assert take_up(run, Process.this())
    run.request("pause")
    thread = threading.Thread(target=lambda: list(execute(run)))
    thread.start()
    until(lambda: run.status().state == "paused")
    assert run.status().step == 0
    for step in (1, 2):
        run.request("step")
        until(lambda step=step: run.status().step == step and not (run.folder / "requests" / "step").exists())
        assert run.status().state == "paused"
    assert run.history().step.tolist() == [0, 1, 2]
    run.request("resume")
    thread.join(300)
    assert run.status().state == "done"


def test_a_paused_run_can_be_stopped(store: Store):
    run = store.create(small_experiment())
    assert take_up(run, Process.this())
    run.request("pause")
    thread = threading.Thread(target=lambda: list(execute(run)))
    thread.start()
    until(lambda: run.status().state == "paused")
    run.request("stop")
    thread.join(300)
    assert run.status().state == "stopped"


def test_live_pictures_are_made_of_the_same_trials_and_only_while_watched(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("engine.experiments.run.WATCHED_S", 600)  # a busy machine needs more than five to begin
    run = store.create(small_experiment(training__steps=5))
    _train(run)
    assert run.live() is None
    run = store.create(small_experiment(training__steps=5))
    run.watch()
    _train(run)
    step, picture = run.live()
    assert 0 <= step <= 5
    assert torch.equal(picture["inputs"], probe_trials(run.experiment()).inputs)
    assert picture["rates"].shape[-1] == 12
    assert picture["outputs"].shape[:2] == picture["inputs"].shape[:2]


def test_watching_changes_no_number(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("engine.experiments.run.WATCHED_S", 600)
    watched, alone = store.create(small_experiment()), store.create(small_experiment())
    watched.watch()
    _train(watched)
    _train(alone)
    assert watched.live() is not None
    assert _same_weights(watched, alone)


def test_a_diverged_run_fails_with_a_sentence_and_keeps_finite_weights(store: Store):
    wild = {"training__optimiser__kind": "sgd", "training__optimiser__learning_rate": 1e30, "training__clip_norm": None}
    run = store.create(small_experiment(**wild))
    _train(run)
    assert run.status().state == "failed"
    assert "diverged" in run.status().message
    assert all(tensor.isfinite().all() for tensor in run.weights().values())


def test_a_full_disk_ends_the_run_in_order_and_it_can_go_on(store: Store, monkeypatch: pytest.MonkeyPatch):
    straight, run = store.create(small_experiment()), store.create(small_experiment())
    _train(straight)
    write = logbook.write_tensors

    def full(path: Path, *rest: object) -> None:
        if path.name == "step_00000013.safetensors":
            raise OSError(28, "No space left on device", str(path))
        write(path, *rest)

    monkeypatch.setattr(logbook, "write_tensors", full)
    with pytest.raises(OSError, match="space"):
        _train(run)
    assert run.status().state == "failed"
    assert run.status().message.startswith("The disk is full")
    monkeypatch.undo()
    _train(run)
    assert run.status().state == "done"
    assert _same_weights(straight, run)


def test_a_run_killed_after_its_last_checkpoint_is_done_once_it_is_taken_up_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    straight, run = store.create(small_experiment()), store.create(small_experiment())
    _train(straight)

    def dies(folder: Path, status: Status, *rest: object) -> None:
        if status.state == "done":
            raise SystemExit
        write_status(folder, status, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(logbook, "write_status", dies)
        with pytest.raises(SystemExit):
            _train(run)
    assert _train(run) == []
    said, expected = run.status(), straight.status()
    assert (said.state, said.step, said.accuracy) == ("done", 30, expected.accuracy)
    assert list(run.snapshots()) == list(straight.snapshots())


def test_a_damaged_checkpoint_is_told_and_not_repaired(store: Store):
    run = store.create(small_experiment())
    _train(run, at={5: "stop"})
    checkpoint = run.folder / "checkpoint.safetensors"
    checkpoint.write_bytes(checkpoint.read_bytes()[:100])
    with pytest.raises(Invalid, match="checkpoint"):
        _train(run)
    assert run.status().state == "failed"
    assert "checkpoint.safetensors is truncated" in run.status().message
    assert run.history().step.tolist() == list(range(6))


def test_a_run_is_executed_only_by_the_process_that_took_it_up(store: Store):
    run = store.create(small_experiment())
    with pytest.raises(Invalid, match="another process"):
        next(execute(run))
    assert take_up(run, Process.this())
    assert not take_up(run, Process.this())


def test_snapshots_are_spaced_as_fibonacci_numbers():
    assert [step for step in range(100) if is_kept(step)] == [0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89]
