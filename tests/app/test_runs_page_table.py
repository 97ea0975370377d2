"""The Runs dialog: what the table shows of a store, and what can be done with the chosen runs."""

import json
import time
from dataclasses import replace

import pytest

from app.pages import runs as page
from app.pages.runs import Runs
from app.runs import Reader
from app.session import Session
from app.views import overlay
from app.views.overlay import lines_of, run_colour
from engine.experiments.experiment import Experiment
from engine.experiments.status import Status, write_status
from engine.experiments.store import Store


@pytest.fixture
def store(tmp_path, monkeypatch):
    made = Store(tmp_path)
    reader = Reader(made, period_s=0.01, forget_s=0.2)
    monkeypatch.setattr(page, "store", lambda: made)
    monkeypatch.setattr(overlay, "store", lambda: made)
    monkeypatch.setattr(page, "reader", lambda: reader)
    return made


def kept(store, state="done", step=3, **but):
    run = store.create(Experiment())
    status = Status(state, time.time(), step=step, steps=600, loss=[0.25], accuracy=[0.9], seconds=65, **but)
    write_status(run.folder, status)
    lines = [
        {"step": k, "seconds": 0.1 * k, "loss": [1.0 / (k + 1)], "gradient_norm": [1.0], "violations": [0]}
        for k in range(step + 1)
    ]
    lines[0]["evaluation"] = {"step": 0, "loss": [1.0], "accuracy": [0.5], "ideal": 0.9, "chance": 0.5}
    (run.folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return run


@pytest.fixture
def runs():
    session = Session(Experiment(), wire=lambda e: None, judge=lambda e: None)
    return Runs(session)


def test_the_table_shows_every_run_with_its_numbers(store, runs):
    run = kept(store)
    runs.open()
    row = runs.table.value.loc[run.id]
    assert (row["state"], row["loss"], row["accuracy"], row["steps"]) == ("done", "0.25", "90.0 %", "3 / 600")
    assert row["time"] == "1 min 05 s"
    assert runs.dialog.open


def test_an_empty_store_says_what_to_do(store, runs):
    runs.open()
    assert "Press <b>Start</b>" in runs.count.object


def test_a_damaged_run_shows_its_sentence(store, runs):
    run = kept(store)
    (run.folder / "status.json").write_text("{")
    runs.open()
    runs.table.selection = [0]
    assert "truncated" in runs.said.object
    assert "Open shows what can still be read" in runs.said.object
    assert not runs.open_run.disabled
    (run.folder / "experiment.json").write_text("{")
    runs.open()
    runs.table.selection = [0]
    assert "It cannot be opened" in runs.said.object
    assert runs.open_run.disabled


def test_deleting_is_undone(store, runs):
    first, second = kept(store), kept(store)
    runs.open()
    runs.table.selection = [runs._ids.index(first.id)]
    runs._delete()
    assert {s.id for s in store.runs()} == {second.id}
    runs._undo()
    assert {s.id for s in store.runs()} == {first.id, second.id}


def test_the_only_run_leaves_the_table_when_it_is_deleted(store, runs):
    kept(store)
    runs.open()
    runs.table.selection = [0]
    runs._delete()
    end = time.monotonic() + 120
    while runs._ids and time.monotonic() < end:
        runs.refresh()
        time.sleep(0.01)
    assert (runs._ids, len(runs.table.value), runs.chosen) == ([], 0, [])
    assert (runs.delete.disabled, runs.undo.disabled, runs.name_box.disabled) == (True, False, True)
    assert "Press <b>Start</b>" in runs.count.object


def test_a_run_that_trains_is_not_deleted(store, runs):
    kept(store, "queued")
    runs.open()
    runs.table.selection = [0]
    assert runs.delete.disabled
    assert not runs.stop.disabled


def test_names_and_notes_are_written_only_when_the_visitor_changes_them(store, runs):
    first, second = kept(store), kept(store)
    before = {r.id: r.notes() for r in (first, second)}
    runs.open()
    for k in (0, 1, 0):
        runs.table.selection = [k]
    assert {r.id: r.notes() for r in (first, second)} == before
    runs.note_box.value = "with <b>less</b> noise"
    assert store.run(runs._ids[0]).notes()["note"] == "with <b>less</b> noise"


def test_the_filter_finds_words_anywhere_and_keeps_what_was_chosen(store, runs):
    chosen, other = kept(store), kept(store)
    store.rename(chosen.id, "needle in hay")
    runs.open()
    runs.table.selection = [runs._ids.index(chosen.id)]
    runs.filter.value_input = "NEEDLE done"
    assert runs._ids == [chosen.id]
    assert [s.id for s in runs.chosen] == [chosen.id]
    assert other.id not in runs._ids


def test_opening_a_run_shows_it_and_puts_its_experiment_into_the_form(store, runs):
    run = store.create(Experiment().with_value("dt_ms", 10))
    runs.open()
    runs.table.selection = [0]
    runs._open_chosen()
    assert runs.session.run == run.id
    assert runs.session.experiment.dt_ms == 10
    assert not runs.dialog.open
    runs.session.undo()
    assert runs.session.experiment.dt_ms == 20


def test_a_run_has_the_same_colour_in_every_overlay(store):
    runs = [kept(store) for _ in range(3)]
    summaries = store.runs()
    all_lines = {line.name: line.colour for line in lines_of(summaries)}
    assert all_lines == {s.name: run_colour(s.id) for s in summaries}
    assert len(runs) == len(all_lines)


def test_a_curve_is_called_as_its_run_is_called_now(store, runs):
    run = kept(store)
    runs.open()
    runs.table.selection = [0]
    runs.name_box.value = "a better name"
    runs._rows = {s.id: s for s in store.runs()}
    runs._fill()
    assert "a better name" in runs.overlay.legend.object
    assert store.run(run.id).notes()["name"] == "a better name"


def test_changed_rows_are_patched_and_others_stay(store, runs):
    run, _ = kept(store, "paused", process=None), kept(store)
    runs.open()
    table = runs.table.value
    write_status(run.folder, replace(run.status(), state="done", step=600))
    runs._rows = {s.id: s for s in store.runs()}
    runs._fill()
    assert runs.table.value.loc[run.id]["steps"] == "600 / 600"
    assert list(runs.table.value.index) == list(table.index)
