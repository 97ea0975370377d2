"""Two groups of runs on the Compare page: chosen by name, compared block by block, told where they do not match."""

import pytest

from app import compared_runs
from app import subject as subject_module
from app.export import rendered
from app.pages.compare import RUNS, Compare
from app.session import Session
from engine.component import Invalid
from engine.experiments.execute import execute, take_up
from engine.experiments.experiment import Experiment
from engine.experiments.status import Process
from engine.experiments.store import Store

SMALL = {
    "wiring.kind": "areas", "training.steps": 2, "training.batch": 8, "training.evaluation_trials": 8, "dt_ms": 100,
    "seeds.networks": 3,
}  # fmt: skip


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Weak weights, strong ones, and a run without areas."""
    store, made = Store(tmp_path_factory.mktemp("runs")), {}
    asked = {
        "weak": {"seeds.weights": 1}, "strong": {"seeds.weights": 5, "weights.spectral_radius": 3.0},
        "other": {"wiring.kind": "random", "wiring.units": 20},
    }  # fmt: skip
    for name, values in asked.items():
        run = store.create(Experiment().with_values({**SMALL, **values}), name)
        assert take_up(run, Process.this())
        for _ in execute(run):
            pass
        made[name] = run.id
    return store, made


@pytest.fixture
def box(runs, monkeypatch):
    for module in (subject_module, compared_runs):
        monkeypatch.setattr(module, "store", lambda: runs[0])
    compare = Compare(Session(Experiment(), wire=lambda e: None, judge=lambda e: None))
    compare.open()
    compare.what.value = RUNS
    assert compare.runs.layout in compare.dialog.objects
    return compare.runs


def test_runs_are_chosen_by_name_and_their_blocks_compared_with_stars_and_csv(box, runs):
    ids = runs[1]
    assert sorted(label.split(" (")[0] for label in box.first.options) == ["other", "strong", "weak"]
    box.first.value, box.second.value = [ids["weak"]], [ids["strong"]]
    panel = box.panel
    assert panel.layout in box.below.objects
    assert "n = 3 and 3: A 3 networks of 1 run, B 3 networks of 1 run" in panel.summary.object
    assert "no p below 0.1" in panel.summary.object
    rows = rendered(panel.exported(panel._twin), "csv").decode().splitlines()
    assert rows[0] == "post,pre,mean_a,mean_b,difference,low,high,p,q,networks_a,networks_b"
    assert len(rows) == 1 + 9
    panel.level.value = "area_and_type"
    assert len(panel._cells.data["pre"]) == 36
    panel.moment.value = "change"
    assert panel.given.map("first").max() < 0.1
    assert rendered(panel.exported(panel._twin), "svg").startswith(b"<?xml")


def test_groups_that_do_not_match_or_share_a_run_are_told_in_one_sentence(box, runs):
    ids = runs[1]
    box.first.value, box.second.value = [ids["weak"]], [ids["other"]]
    assert "The areas of these runs do not match" in box.panel.fault.object
    box.second.value = [ids["strong"], ids["weak"]]
    assert "weak is in both groups" in box.panel.fault.object
    box.second.value = []
    assert "Choose the runs of A and of B" in box.below.objects[0].object


def test_runs_taken_away_and_chosen_again_show_their_comparison_and_nothing_spins(box, runs, monkeypatch):
    ids, waiting = runs[1], []
    box.first.value, box.second.value = [ids["weak"]], [ids["strong"]]
    assert "A: weak · B: strong" in box.panel.summary.object
    box.second.value = []
    assert box.below.objects == [box.said]
    box.second.value = [ids["strong"]]
    assert box.below.objects == [box.panel.layout]
    monkeypatch.setattr(box.session.background, "latest", lambda *asked: waiting.append(asked))
    box.second.value = [ids["other"]]
    assert box.below.loading
    box.second.value = [ids["strong"]]
    assert not box.below.loading
    waiting[0][3](Invalid("Too late."))
    assert box.below.objects == [box.panel.layout]
    assert not box.panel.fault.object
