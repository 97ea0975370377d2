"""Explore: one network, seen from several sides, with one selection in all of them."""

import os
from dataclasses import replace

import numpy as np
import pytest

from app import subject as subject_module
from app.export import rendered
from app.pages.explore import VIEWS, Explore
from app.session import Selection, Session
from app.subject import LAST, Asked, network_of, recording, subject
from engine.component import Invalid
from engine.experiments.execute import execute, take_up
from engine.experiments.experiment import Experiment
from engine.experiments.status import Process
from engine.experiments.store import Store

SMALL = {
    "wiring.kind": "random", "wiring.units": 30, "training.steps": 3, "training.batch": 8,
    "training.evaluation_trials": 16, "dt_ms": 50,
}  # fmt: skip
TASKS = ("perceptual_decision", "context_decision", "delayed_match", "flip_flop", "ring_integration", "go_nogo")


def small(**more: object) -> Experiment:
    return Experiment().with_values({**SMALL, **{key.replace("__", "."): value for key, value in more.items()}})


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A run of two networks that trained for three steps."""
    store = Store(tmp_path)
    monkeypatch.setattr(subject_module, "store", lambda: store)
    made = store.create(small(seeds__networks=2), "small")
    assert take_up(made, Process.this())
    for _ in execute(made):
        pass
    assert made.status().state == "done"
    return made


def column(experiment: Experiment, **more: object) -> Explore:
    return Explore(Session(experiment, **more))


def opened(explore: Explore, title: str):
    explore.tabs.active = [view.title for view in explore.views].index(title)
    return explore.view


@pytest.mark.parametrize("kind", TASKS)
def test_every_view_shows_the_untrained_network_of_every_task(kind):
    explore = column(small(task__kind=kind))
    for view_class in VIEWS:
        view = opened(explore, view_class.title)
        assert view.layout.objects == [view.body], (view.title, view.fault.object)
        assert "Untrained network of the form" in view.summary.object
        assert "nan" not in view.summary.object


def test_a_view_that_is_not_open_is_asked_nothing():
    explore = column(small())
    assert explore.views[0].shown is not None
    assert all(view.shown is None for view in explore.views[1:])


def test_a_run_that_is_not_there_leaves_nothing_to_wait_for(run):
    explore = column(small(), run="r_nope")
    assert "There is no run" in explore.problem.object
    assert explore.caption.object == "Nothing to explore."
    explore.session.run = run.id
    assert "small · step 3" in explore.caption.object
    assert not explore.problem.visible


def test_a_run_is_shown_at_its_latest_step_and_the_form_no_longer_matters(run):
    explore = column(small(), run=run.id)
    assert "small · step 3" in explore.caption.object
    key = explore.subject.key
    explore.session.change("wiring.units", 20)
    assert explore.subject.key == key
    explore.session.run = None
    assert explore.subject.connectome.n == 20
    assert "Untrained" in explore.caption.object


def test_a_network_that_begins_with_the_weights_of_a_run_is_another_one_once_these_are_newer(run, monkeypatch):
    monkeypatch.setenv("CONNECTARIUM_STORE", str(run.folder.parents[1]))
    asked = Asked(small(seeds__networks=2, weights__kind="from_run", weights__run=run.id))
    first = subject(asked).key
    assert subject(asked).key == first
    os.utime(run.folder / "weights.safetensors", ns=(1, 1))
    assert subject(asked).key != first


def test_any_kept_step_and_any_network_of_a_run_can_be_looked_at(run):
    explore = column(small(), run=run.id)
    explore.step.value = 0
    assert not explore.subject.is_trained
    explore.step.value = LAST
    first = explore.subject.after["W_rec"]
    explore.network.value = 1
    assert "network 2 of 2" in explore.caption.object
    assert not np.allclose(first, explore.subject.after["W_rec"])


def test_newer_weights_of_a_followed_run_are_drawn_and_the_zoom_stays(run):
    explore = column(small(), run=run.id)
    explore._poll()
    heat_map = explore.views[0].map
    heat_map.figure.x_range.update(start=3, end=9)
    before = explore.subject.key
    (run.folder / "weights.safetensors").touch()
    explore._poll()
    assert explore.subject.key != before
    assert (heat_map.figure.x_range.start, heat_map.figure.x_range.end) == (3, 9)
    explore.follow.value = False
    (run.folder / "weights.safetensors").touch()
    kept = explore.subject.key
    explore._poll()
    assert explore.subject.key == kept


def test_units_marked_in_one_view_are_marked_in_all_until_they_are_let_go():
    explore = column(small())
    heat_map = explore.view.map
    heat_map._tapped(type("Tap", (), {"x": 2.5, "y": 7.5}))
    units = explore.session.selection.units
    assert units == tuple(int(explore.view.given.connectivity.ordering.units[place]) for place in (2, 7))
    assert len(heat_map._marks.data["left"]) == 4
    trajectories = opened(explore, "Trajectories")
    assert trajectories._loadings.selected.indices == list(units)
    activity = opened(explore, "Activity")
    assert activity.traces[0].figure.title.text.startswith("▸ ")
    tuning = opened(explore, "Tuning")
    assert tuning.table.selection == list(units)
    tuning.table.selection = [4]
    assert explore.session.selection.units == (4,)
    explore.session.selection = Selection()
    assert tuning.table.selection == []
    assert not explore.marking.clear.visible


def test_a_chip_marks_its_group():
    explore = column(small())
    chips = {chip.label: chip for chip in explore.marking._chips}
    chips["I"].clicks += 1
    signs = explore.subject.connectome.signs
    assert explore.session.selection.units == tuple(np.flatnonzero(signs < 0).tolist())
    assert explore.session.selection.label == "I"


# Recovery has figures only where a network was fitted to a recording: see tests/app/test_recovery_view.py
@pytest.mark.parametrize("title", [view.title for view in VIEWS if view.title != "Recovery"])
def test_every_figure_exports_as_vectors_and_numbers(title):
    explore = column(small())
    view = opened(explore, title)
    twins = [getattr(view, name) for name in dir(view) if name.endswith("_twin")]
    assert twins
    for twin in twins:
        made = twin(view.subject, view.given)
        assert rendered(made, "svg").startswith(b"<?xml")
        assert rendered(made, "csv").count(b"\n") > 1


def test_a_network_that_cannot_be_built_is_explained_and_the_last_one_stays():
    explore = column(small())
    explore.session.change("dt_ms", 500)
    assert explore.problem.visible
    assert "dt" in explore.problem.object or "step" in explore.problem.object
    explore.session.undo()
    assert not explore.problem.visible


def test_the_recording_is_of_the_weights_on_show(run):
    found = subject(Asked(small(), run.id))
    network = network_of(found)
    assert np.allclose(network.lawful_weights()["W_rec"][0], found.after["W_rec"])
    assert recording(found) is recording(found)
    assert recording(found).rates.shape[2] == 30


def test_a_run_without_weights_shows_its_untrained_network(tmp_path, monkeypatch):
    store = Store(tmp_path)
    monkeypatch.setattr(subject_module, "store", lambda: store)
    waiting = store.create(small(), "waiting")
    found = subject(Asked(small(), waiting.id))
    assert found.step == 0
    with pytest.raises(Invalid, match="There is no run"):
        subject(Asked(small(), "r_none_of_this_name"))


def test_weights_that_changed_on_disk_are_told_in_every_figure_and_file(run):
    before = subject(Asked(run.experiment(), run.id))
    assert before.damage == ()
    path = run.folder / "weights.safetensors"
    content = bytearray(path.read_bytes())
    content[-3] ^= 2
    path.write_bytes(content)
    explore = column(run.experiment(), run=run.id)
    for view_class in VIEWS:
        assert "weights.safetensors has changed" in opened(explore, view_class.title).summary.object
    twin = explore.views[0].exported(explore.views[0]._map_twin)
    for form in ("svg", "png", "pdf", "csv"):
        plain = rendered(replace(twin, warning=""), form)
        told = rendered(twin, form)
        assert told != plain
        if form in ("svg", "csv"):
            assert b"weights.safetensors has changed" in told
            assert b"weights.safetensors has changed" not in plain


def test_a_snapshot_that_is_not_looked_at_casts_no_doubt(run):
    (run.folder / "snapshots" / "step_00000001.safetensors").unlink()
    assert subject(Asked(run.experiment(), run.id)).damage == ()
