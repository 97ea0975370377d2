"""Recovery in Explore, and a recording that is dropped and fitted in Build."""

import numpy as np
import pytest

from app.export import rendered
from app.pages.explore import VIEWS, Explore
from app.session import Session
from app.uploads import Uploads
from app.views.recovery import RecoveryView
from app.views.recovery_setup import FitSetup
from engine.experiments.experiment import Experiment
from engine.experiments.fit import fit

RING = {"units": 14, "trials": 8, "steps": 16, "burn_in": 20, "wave_number": 0.4}


def fitted(**changes: object) -> Experiment:
    recording = {"kind": "ring_attractor", **RING}
    asked = Experiment.read({"task": {"kind": "recording", "recording": recording, "hidden": 6}})
    asked = asked.with_values({name.replace("__", "."): value for name, value in changes.items()})
    return asked.with_values({**fit(asked), "seeds.networks": 2, "training.evaluation_trials": 4})


def recovery_of(experiment: Experiment) -> RecoveryView:
    explore = Explore(Session(experiment))
    explore.tabs.active = VIEWS.index(RecoveryView)
    return explore.view


def parts(view: RecoveryView) -> list[str]:
    return [name for name, drawn in view._parts.items() if drawn[0] in view.figures.objects]


def test_a_fit_to_a_known_ring_shows_all_scores_and_all_figures_export():
    view = recovery_of(fitted())
    assert parts(view) == ["maps", "profile", "null", "shifters", "error", "explained"]
    for words in ("true weights", "ringness", "relabelled", "persistence", "pair of seeds", "foretold", "hidden ones"):
        assert words in view.summary.object
    assert len(view.classes.source.data["x"]) == 20
    assert view.maps.sources[1].data["image"][0].shape == (14, 14)
    for twin in (view._maps_twin, view._profile_twin, view._nulls_twin, view._shifters_twin, view._errors_twin,
                 view._explained_twin):  # fmt: skip
        made = view.exported(twin)
        assert rendered(made, "csv").count(b"\n") > 1
        assert rendered(made, "svg").startswith(b"<?xml")


def test_units_that_cannot_be_silenced_are_told_in_one_sentence():
    view = recovery_of(fitted())
    view.silenced.value = "3-99"
    assert "Unit 99 is to be silenced, but 14 units were recorded" in view.summary.object
    assert "maps" in parts(view)


def test_without_a_known_wiring_it_says_so_and_shows_the_held_out_error():
    view = recovery_of(fitted(task__recording__kind="two_photon", task__recording__samples=3, task__shown="activity"))
    assert "true wiring behind this recording is not known" in view.summary.object
    assert parts(view) == ["error", "explained"]
    assert not view.controls.visible


def test_a_network_of_another_task_is_told_to_have_no_recording():
    view = recovery_of(Experiment().with_values({"wiring.kind": "random", "wiring.units": 20}))
    assert "not fitted to a recording" in view.summary.object
    assert parts(view) == []


@pytest.fixture
def dropped(tmp_path, monkeypatch) -> Uploads:
    """Two sessions that were dropped, and a data folder for them."""
    monkeypatch.setenv("CONNECTARIUM_STORE", str(tmp_path))
    uploads = Uploads([("a.npz", 1), ("b.npz", 1)])
    for seed, path in enumerate(uploads.paths):
        rng = np.random.default_rng(seed)
        np.savez(path, rates=rng.random((4, 10, 5)), inputs=rng.random((4, 10, 1)), dt_ms=20.0)
    return uploads


def test_a_dropped_recording_is_chosen_and_one_button_sets_up_the_fit_in_one_step(dropped):
    session = Session(Experiment().with_value("task.kind", "recording"))
    box = FitSetup(session)
    box._arrived(dropped)
    assert session.experiment.task.recording.file == "a_sessions"
    assert "Kept as a_sessions" in box.told.object
    session.change_all({"task.hidden": 3, "task.hold_out": "sessions", "task.held_back": 0.5})
    before = session.experiment
    box.set_up()
    assert "5 observed and 3 hidden units" in box.said.object
    assert session.startable, session.refusal
    assert session.experiment.network().W_in[0].ne(0).sum() == 3
    session.undo()
    assert session.experiment == before


def test_choices_that_contradict_each_other_are_told_at_the_button():
    session = Session(Experiment().with_values({"task.kind": "recording", "task.hidden": 0}))
    box = FitSetup(session)
    box.set_up()
    assert "input is to reach the hidden units, but there are none" in box.said.object
    assert session.experiment.wiring.kind == "measured"


def test_what_is_no_recording_is_refused_and_not_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("CONNECTARIUM_STORE", str(tmp_path))
    uploads = Uploads([("rates.npz", 1)])
    np.savez(uploads.paths[0], rates=np.full((2, 5, 3), np.nan), dt_ms=20.0)
    box = FitSetup(Session(Experiment().with_value("task.kind", "recording")))
    box._arrived(uploads)
    assert "no finite number, first at trial 1, step 1, unit 1" in box.told.object
    assert not (tmp_path / "recordings").exists()
