"""What is damaged in a run is told, wherever the run goes."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.__main__ import main
from engine.experiments.damage import damage
from engine.experiments.execute import execute, take_up
from engine.experiments.run import Run
from engine.experiments.status import Process
from engine.experiments.store import Store
from tests.engine.small_experiment import small_experiment


@pytest.fixture
def trained(tmp_path: Path) -> tuple[Store, Run]:
    store = Store(tmp_path)
    run = store.create(small_experiment(training__steps=12))
    assert take_up(run, Process.this())
    list(execute(run))
    return store, run


def _halve(name: str) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: len(content) // 2])

    return act


def _without_line(folder: Path, number: int) -> None:
    lines = (folder / "metrics.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "metrics.jsonl").write_bytes(b"".join(lines[:number] + lines[number + 1 :]))


SPOILT = {
    "weights": (_halve("weights.safetensors"), "weights.safetensors is truncated"),
    "no weights": (lambda folder: (folder / "weights.safetensors").unlink(), "weights.safetensors is missing"),
    "snapshot": (_halve("snapshots/step_00000003.safetensors"), "snapshots/step_00000003.safetensors is truncated"),
    "checkpoint": (_halve("checkpoint.safetensors"), "checkpoint.safetensors is truncated"),
    "history": (_halve("metrics.jsonl"), "but the run came to step 12"),
    "a line of the history": (lambda folder: _without_line(folder, 4), "lacks step 4"),
    "the last line": (lambda folder: _without_line(folder, 12), "ends at step 11, but the run came to step 12"),
    "no history": (lambda folder: (folder / "metrics.jsonl").unlink(), "metrics.jsonl is missing"),
    "status": (_halve("status.json"), "status.json is truncated or not JSON"),
    "no status": (lambda folder: (folder / "status.json").unlink(), "status.json is missing"),
    "experiment": (_halve("experiment.json"), "experiment.json is truncated or not JSON"),
    "foreign experiment": (
        lambda folder: (folder / "experiment.json").write_text('{"wirring": 1}'),
        "experiment.json holds no experiment of ours",
    ),
    "no environment": (lambda folder: (folder / "environment.json").unlink(), "environment.json is missing"),
    "notes": (_halve("notes.json"), "notes.json is truncated"),
}


def test_a_whole_run_has_no_damage_at_any_stage(tmp_path: Path):
    store = Store(tmp_path)
    run = store.create(small_experiment(training__steps=12))
    assert damage(run) == ()
    assert take_up(run, Process.this())
    steps = execute(run)
    for _ in range(6):
        next(steps)
        assert damage(run) == ()
    steps.close()
    assert damage(run) == ()
    run.enqueue()
    assert take_up(run, Process.this())
    list(execute(run))
    assert run.status().state == "done"
    assert damage(run) == ()


@pytest.mark.parametrize("what", SPOILT)
def test_damage_is_one_sentence_that_names_the_file(trained: tuple[Store, Run], what: str):
    act, said = SPOILT[what]
    act(trained[1].folder)
    (sentence,) = damage(trained[1])
    assert said in sentence
    assert sentence.endswith((".", "?"))


def test_a_history_without_a_status_is_judged_by_the_weights(trained: tuple[Store, Run]):
    (trained[1].folder / "status.json").unlink()
    _without_line(trained[1].folder, 12)
    assert len(damage(trained[1])) == 2


@pytest.mark.parametrize("what", ["weights", "history", "no status"])
def test_a_damaged_run_is_exported_and_the_damage_told(
    trained: tuple[Store, Run], what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    store, run = trained
    SPOILT[what][0](run.folder)
    assert main(["export", run.id, "--store", str(store.path), "--out", str(tmp_path / "out")]) == 1
    said = capsys.readouterr()
    (path,) = json.loads(said.out)["files"]
    assert SPOILT[what][1] in said.err
    assert len(said.err.splitlines()) == 1
    with zipfile.ZipFile(path) as archive:
        assert json.loads(archive.read("manifest.json"))["damaged"] == list(damage(run))
        readme = archive.read("README.txt").decode()
    assert SPOILT[what][1] in readme
    assert main(["export", run.id, "--store", str(store.path), "--as", "csv", "--out", str(tmp_path / "out")]) == 1


def test_a_whole_run_is_exported_without_a_word(trained: tuple[Store, Run], tmp_path: Path, capsys):
    store, run = trained
    assert main(["export", run.id, "--store", str(store.path), "--out", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().err == ""
    with zipfile.ZipFile(next((tmp_path / "out").glob("*.zip"))) as archive:
        assert json.loads(archive.read("manifest.json"))["damaged"] == []
        readme = archive.read("README.txt").decode()
    assert "DAMAGED" not in readme
    assert "synapse" not in readme
    assert "the connection from unit j to unit i" in readme


def test_a_run_without_a_status_is_listed_with_what_is_intact(trained: tuple[Store, Run]):
    store, run = trained
    (before,) = store.runs()
    (run.folder / "status.json").unlink()
    (row,) = store.runs()
    assert (row.state, row.message) == ("damaged", "status.json is missing.")
    kept = ("name", "task", "wiring", "networks", "step", "steps", "loss", "accuracy", "seconds", "violations")
    assert [getattr(row, name) for name in kept[:-2]] == [getattr(before, name) for name in kept[:-2]]
    assert abs(row.created - before.created) < 100_000


def test_a_run_without_an_experiment_is_listed_with_what_is_intact(trained: tuple[Store, Run]):
    store, run = trained
    (run.folder / "experiment.json").unlink()
    (row,) = store.runs()
    assert (row.state, row.step, row.steps) == ("damaged", 12, 12)
    assert row.loss is not None
