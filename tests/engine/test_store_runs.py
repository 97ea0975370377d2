"""The store keeps runs as folders; its index can be made again from them; a hostile folder is a damaged run."""

import json
import os
import shutil
import time
from pathlib import Path

import pytest

from engine.component import Invalid
from engine.experiments import store as store_module
from engine.experiments.names import is_id, new_id, nickname
from engine.experiments.status import Process, Status, write_status
from engine.experiments.store import Store
from engine.whole_file import VARIABLE, data_folder
from tests.engine.small_experiment import small_experiment


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def test_a_new_run_answers_with_the_question_that_was_asked(store: Store):
    experiment = small_experiment()
    run = store.create(experiment)
    assert is_id(run.id)
    assert run.experiment() == experiment
    assert run.status().state == "stopped"
    assert run.status().is_resumable
    assert run.notes()["name"] == f"random · perceptual decision · {nickname(run.id)}"
    assert run.environment()["packages"]["torch"]
    assert len(run.history().step) == 0
    assert run.snapshots() == {}
    assert run.live() is None
    assert store.run(run.id) == run
    assert not list(store.folder.glob(".*"))


def test_runs_are_listed_with_the_newest_first(store: Store):
    made = [store.create(small_experiment(), name=f"run {i}") for i in range(3)]
    listed = store.runs()
    assert [summary.id for summary in listed] == [run.id for run in reversed(made)]
    assert (listed[0].name, listed[0].task, listed[0].wiring, listed[0].steps) == (
        "run 2", "perceptual decision", "random", 30,
    )  # fmt: skip


def test_a_thousand_runs_are_listed_without_reading_their_folders(store: Store, monkeypatch: pytest.MonkeyPatch):
    first = store.create(small_experiment())
    for index in range(999):
        copy = store.folder / f"r_{index:04d}"
        copy.mkdir()
        for name in ("experiment.json", "notes.json", "status.json"):
            shutil.copy(first.folder / name, copy)
    assert len(store.runs()) == 1000
    read: list[str] = []
    summarise = store_module.summarise
    monkeypatch.setattr(store_module, "summarise", lambda folder: read.append(folder.name) or summarise(folder))
    assert len(store.runs()) == 1000
    assert read == []
    store.rename("r_0007", "seventh")
    assert {summary.id: summary.name for summary in store.runs()}["r_0007"] == "seventh"
    assert read == ["r_0007"]


@pytest.mark.parametrize("spoil", ["missing", "garbage", "foreign", "truncated"])
def test_the_index_is_made_again_from_the_folders(store: Store, spoil: str):
    runs = [store.create(small_experiment()) for _ in range(4)]
    before = store.runs()
    index = store.path / "index.sqlite"
    for path in store.path.glob("index.sqlite-*"):
        path.unlink()
    if spoil == "missing":
        index.unlink()
    elif spoil == "garbage":
        index.write_bytes(os.urandom(5000))
    elif spoil == "foreign":
        index.write_bytes(b"SQLite format 3\0" + bytes(3000))
    else:
        index.write_bytes(index.read_bytes()[:5000])
    assert store.runs() == before
    assert store.runs() == before
    shutil.rmtree(runs[0].folder)
    assert [summary.id for summary in store.runs()] == [summary.id for summary in before if summary.id != runs[0].id]
    assert len(store._index.rows()) == 3


def test_an_index_that_cannot_be_written_only_costs_time(store: Store):
    store.create(small_experiment())
    (store.path / "index.sqlite").mkdir()
    assert len(store.runs()) == 1


def _truncate(folder: Path) -> None:
    path = folder / "experiment.json"
    path.write_bytes(path.read_bytes()[:40])


HOSTILE = {
    "truncated experiment": _truncate,
    "no experiment": lambda folder: (folder / "experiment.json").unlink(),
    "no status": lambda folder: (folder / "status.json").unlink(),
    "empty status": lambda folder: (folder / "status.json").write_bytes(b""),
    "foreign field": lambda folder: (folder / "experiment.json").write_text('{"wirring": {}}'),
    "foreign kind": lambda folder: (folder / "experiment.json").write_text('{"task": {"kind": "chess"}}'),
    "deep nesting": lambda folder: (folder / "experiment.json").write_text('{"a":' * 50_000),
    "giant": lambda folder: os.truncate(folder / "experiment.json", 1 << 33),
    "status is a folder": lambda folder: ((folder / "status.json").unlink(), (folder / "status.json").mkdir()),
    "status is no object": lambda folder: (folder / "status.json").write_text("[]"),
    "huge numbers": lambda folder: (folder / "status.json").write_text('{"state":"done","created":1e999,"step":1e400}'),
    "link": lambda folder: (
        (folder / "experiment.json").unlink(), (folder / "experiment.json").symlink_to("/etc/hostname")
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_a_spoiled_folder_is_a_damaged_run_beside_the_sound_ones(store: Store, what: str):
    sound, spoiled = store.create(small_experiment()), store.create(small_experiment())
    HOSTILE[what](spoiled.folder)
    by_id = {summary.id: summary for summary in store.runs()}
    assert by_id[sound.id].state == "stopped"
    assert by_id[spoiled.id].state == "damaged"
    assert by_id[spoiled.id].message.endswith((".", "?"))
    assert json.dumps(by_id[spoiled.id].to_json())
    store.delete(spoiled.id)


def test_spoiled_notes_only_cost_the_name(store: Store):
    run = store.create(small_experiment())
    (run.folder / "notes.json").write_text('{"name": 7, "note": ["x"]}')
    summary = store.runs()[0]
    assert (summary.state, summary.name, summary.note) == ("stopped", nickname(run.id), "")


def test_foreign_entries_are_no_runs(store: Store, tmp_path: Path):
    run = store.create(small_experiment())
    (store.folder / "holiday pictures").mkdir()
    (store.folder / "r_a_file").touch()
    (store.folder / "r_a_link").symlink_to(run.folder)
    listed = {summary.id: summary.state for summary in store.runs()}
    assert listed == {run.id: "stopped", "r_a_file": "damaged", "r_a_link": "damaged"}
    with pytest.raises(Invalid, match="no run"):
        store.run("r_a_link")


@pytest.mark.parametrize(
    "reference", ["..", "r_../../etc", "/etc", "", "r_", "R_123456", "r_1234\n", "r_12\0", "r_" + "a" * 99]
)
def test_an_id_cannot_lead_out_of_the_store(store: Store, reference: str):
    for act in (store.run, store.delete, store.restore, store.bundle):
        with pytest.raises(Invalid, match="not the id"):
            act(reference)


def test_ids_sort_by_time_and_never_meet():
    ids = [new_id() for _ in range(200)]
    assert len(set(ids)) == 200
    assert all(is_id(run_id) for run_id in ids)


def test_a_deleted_run_comes_back_whole_and_a_late_one_not(store: Store):
    run = store.create(small_experiment())
    store.note(run.id, "keep me")
    store.delete(run.id)
    assert store.runs() == []
    assert store.deleted() == [run.id]
    with pytest.raises(Invalid, match="no run"):
        store.run(run.id)
    assert store.restore(run.id).notes()["note"] == "keep me"
    assert store.deleted() == []
    store.delete(run.id)
    kept = next((store.path / ".trash").iterdir())
    kept.rename(kept.with_name(f"{run.id}~{time.time() - 31 * 86400:.0f}"))
    store.purge()
    with pytest.raises(Invalid, match="not in the trash"):
        store.restore(run.id)


def test_a_run_at_work_is_not_deleted(store: Store):
    run = store.create(small_experiment())
    write_status(run.folder, Status("running", time.time(), process=Process.this()))
    with pytest.raises(Invalid, match="stop it"):
        store.delete(run.id)


def test_an_empty_name_brings_back_the_first_one(store: Store):
    run = store.create(small_experiment(), name="mine")
    store.rename(run.id, "  ")
    assert run.notes()["name"] == f"random · perceptual decision · {nickname(run.id)}"


def test_the_store_lies_where_it_was_asked_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "from_env"))
    assert data_folder(tmp_path / "given") == tmp_path / "given"
    assert data_folder() == tmp_path / "from_env"
    monkeypatch.delenv(VARIABLE)
    assert "connectarium" in str(data_folder())


def test_a_store_that_cannot_be_written_names_its_folder(tmp_path: Path):
    (tmp_path / "file").touch()
    store = Store(tmp_path / "file" / "store")
    for act in (store.require_writable, lambda: store.create(small_experiment())):
        with pytest.raises(Invalid, match=str(store.path)):
            act()
    assert store.runs() == []


def test_a_full_disk_is_told_and_leaves_no_half_run(store: Store, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store_module, "write_status", full)
    with pytest.raises(Invalid, match="the disk is full"):
        store.create(small_experiment())
    assert list(store.folder.iterdir()) == []
