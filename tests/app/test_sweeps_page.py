"""Sweeps on the page, without a browser: late answers, refused starts, and numbers that wait for no one."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from app import sweeps as desks
from app.pages.sweeps import Sweeps
from app.session import Session
from app.sweeps import KNOWN, Named
from app.views.sweep_curve import SweepCurve, curve_twin
from app.views.sweep_cut import Cut
from app.views.sweep_form import SweepForm
from app.views.sweep_heat import SweepHeat, heat_twin
from app.views.sweep_results import SweepResults
from engine.component import Invalid
from engine.experiments import sweep as sweeps
from engine.experiments import sweep_shelf
from engine.experiments.experiment import Experiment
from engine.experiments.stand import begin
from engine.experiments.status import Process
from engine.experiments.sweep import Axis, Sweep
from engine.experiments.sweep_folder import keep
from engine.experiments.sweep_summary import summary
from engine.whole_file import VARIABLE


class Later:
    """Slow work that is done when the test says so."""

    def __init__(self):
        self.asked = []

    def latest(self, name, work, then, fault=None, soon=False, waits=False):
        self.asked.append((work, then, fault))

    def done(self):
        work, then, _ = self.asked.pop(0)
        then(work())


@pytest.fixture
def form():
    session = Session(Experiment(), wire=lambda e: None, judge=lambda e: None)
    session.background, made = Later(), []
    form = SweepForm(session, made.append)
    form.take_experiment()
    while session.background.asked:
        session.background.done()
    return form


def test_a_plan_that_comes_after_the_form_became_invalid_is_not_shown(form):
    values = form.axes[0].values
    values.value = "0.1, 0.2"
    values.value = "log:0:1:3"
    assert "low" in form.plan.object
    form.session.background.done()
    assert "low" in form.plan.object
    assert form.go.disabled
    assert form.sweep is None
    values.value = "0.1, 0.2"
    form.session.background.done()
    assert "2 points" in form.plan.object
    assert not form.go.disabled


def test_why_a_sweep_cannot_begin_stays_until_something_else_is_asked_for(form):
    form.block("The points are being checked …")
    form.session.background.done()
    assert form.go.disabled
    form.refuse_start(Invalid("At <b> = 1: no."))
    form.session.background.done()
    assert "At &lt;b&gt; = 1: no." in form.told.object
    assert not form.go.disabled
    form.seeds.value = "5"
    form.session.background.done()
    assert not form.told.object


@pytest.mark.parametrize("text", ["0", "-1", "2.5", "65", "1e400", "abc", "nan", " "])
def test_a_senseless_number_of_networks_stays_in_its_box_and_gets_its_reason(form, text):
    form.seeds.value = text
    assert "Networks per point" in form.plan.object
    assert (form.seeds.value, form.go.disabled, form.sweep) == (text, True, None)
    form.seeds.value = "4"
    form.session.background.done()
    assert "× 4 =" in form.plan.object
    assert not form.go.disabled


def test_rows_of_a_third_parameter_are_chosen_without_reading_the_experiment_for_each(monkeypatch):
    axes = [Axis.parse(f"{address}=lin:1:3:3") for address in ("dt_ms", "dynamics.tau_ms", "training.steps")]
    sweep, read = Sweep(axes=axes), []
    usual = sweeps.parameter_at
    monkeypatch.setattr(sweeps, "parameter_at", lambda *of: read.append(of) or usual(*of))
    seen = SimpleNamespace(kept=SimpleNamespace(sweep=sweep))
    rows = pd.DataFrame({"point": range(27), "training.steps": [1, 2, 3] * 9})
    assert set(Cut(seen, "loss", 1)._chosen(rows)["training.steps"]) == {2}
    assert len(read) == len(axes)


@pytest.mark.parametrize("over", ["dynamics.tau_ms=60,70", "dynamics.activation=relu,tanh"])
def test_a_drawn_interval_of_accuracies_stays_within_what_there_is_and_its_numbers_are_as_they_are(over):
    sweep = Sweep(axes=[Axis.parse(over)])
    (address,), values = sweep.addresses, sweep.axes[0].values(sweep.experiment)
    found = [0, 0.02, 0.2], [0.6, 0.98, 1]
    rows = [{"point": k, address: values[k], "accuracy": a, "loss": a} for k in (0, 1) for a in found[k]]
    table = pd.DataFrame(rows).assign(diverged=0, done=1, chance=0.5, ideal=1.0)
    seen = SimpleNamespace(kept=SimpleNamespace(sweep=sweep), table=table, points=summary(table, (address,)))
    cut = Cut(seen, "accuracy")
    drawn = SweepCurve(cut, print).means.data
    assert (min(drawn["low"]), max(drawn["high"])) == (0, 100)
    page = Figure()
    curve_twin(cut).draw(page)
    ends = np.concatenate([path.vertices[:, 1] for band in page.axes[0].collections for path in band.get_paths()])
    assert (ends.min(), ends.max()) == (0, 100)
    numbers = curve_twin(cut).numbers
    assert min(numbers["held-out accuracy (%), 95 % interval, low"]) < 0
    assert max(numbers["held-out accuracy (%), 95 % interval, high"]) > 100
    assert ", 100]" in cut.told(cut.points.to_dict("records")[1])
    assert min(SweepCurve(Cut(seen, "loss"), print).means.data["low"]) < 0


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ("dynamics.tau_ms=60.00000001,60.00000002,70", ["60.00000001", "60.00000002", "70"]),
        ("dynamics.tau_ms=lin:60:60.000002:3", ["60", "60.000001", "60.000002"]),
        ("weights.spectral_radius=none,1", ["none", "1"]),
    ],
)
def test_values_of_a_sweep_that_differ_late_or_are_none_have_a_place_of_their_own_in_every_figure(over, said):
    sweep = Sweep(axes=[Axis.parse(over), Axis.parse("dynamics.activation=relu,tanh")])
    values = sweep.axes[0].values(sweep.experiment)
    rows = [
        {"point": 2 * k + a, sweep.addresses[0]: value, sweep.addresses[1]: name, "accuracy": 0.5, "loss": 0.1}
        for k, value in enumerate(values) for a, name in enumerate(("relu", "tanh"))
    ]  # fmt: skip
    table = pd.DataFrame(rows).assign(diverged=0, done=1, chance=0.5, ideal=1.0)
    kept = SimpleNamespace(sweep=sweep)
    seen = SimpleNamespace(kept=kept, table=table, points=summary(table, sweep.addresses))
    heat = SweepHeat(Cut(seen, "loss"), print)
    assert list(heat.figure.x_range.factors) == said
    assert sorted(zip(heat.cells.data["x"], heat.cells.data["y"], strict=True)) == sorted(
        (x, y) for x in said for y in ("relu", "tanh")
    )
    heat_twin(Cut(seen, "loss")).draw(Figure())
    one = Sweep(axes=sweep.axes[:1])
    of_one = table[table["point"] % 2 == 0].assign(point=range(len(said)))
    seen = SimpleNamespace(kept=SimpleNamespace(sweep=one), table=of_one, points=summary(of_one, one.addresses))
    assert [name.rpartition(" = ")[2] for name in SweepCurve(Cut(seen, "loss"), print).means.data["name"]] == said


def test_a_list_of_many_sweeps_is_read_once(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    for k in range(KNOWN + 2):
        keep(tmp_path / "sweeps" / f"s_{k:06x}", Sweep())
    desk, read = desks.Desk(), []
    usual = desks.open_sweep
    monkeypatch.setattr(desks, "open_sweep", lambda folder: read.append(folder) or usual(folder))
    assert desk.census() == desk.census()
    assert len(read) == KNOWN + 2
    assert not any(one.damaged for one in desk.census())


def test_a_sweep_that_is_gone_is_shown_on_and_the_list_is_that_of_the_others(tmp_path):
    results = SweepResults(None, *[lambda *_: None] * 4)
    results.offer((Named(tmp_path / "a", "a"), Named(tmp_path / "b", "b")), tmp_path / "b")
    assert results.choice.value == str(tmp_path / "b")
    results.offer((Named(tmp_path / "a", "a"),), tmp_path / "b")
    assert list(results.choice.options) == ["a"]


def test_the_choice_of_sweeps_says_in_the_browser_that_one_has_ended(tmp_path):
    results = SweepResults(None, *[lambda *_: None] * 4)
    shown = results.choice.get_root().data
    for is_running, said in ((True, "a · running"), (False, "a")):
        results.offer((Named(tmp_path, "a", is_running),), tmp_path)
        assert (shown.value, shown.options) == (said, [said])


@pytest.fixture
def dialog(tmp_path, monkeypatch):
    """The dialog over two sweeps that were begun here; the newer one is on show."""
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    desks.desk.cache_clear()
    for k in (1, 2):
        keep(tmp_path / "sweeps" / f"s_{k:06x}", Sweep())
    dialog = Sweeps(Session(Experiment(), wire=lambda e: None, judge=lambda e: None))
    dialog.open()
    yield dialog
    desks.desk.cache_clear()


def press(button):
    button.clicks += 1


def test_a_sweep_is_deleted_on_the_page_the_next_is_shown_and_undo_brings_it_back(dialog, tmp_path):
    newer, older = (tmp_path / "sweeps" / f"s_{k:06x}" for k in (2, 1))
    assert (dialog.folder, dialog.keep.delete.disabled, dialog.keep.undo.disabled) == (newer, False, True)
    press(dialog.keep.delete)
    assert (dialog.folder, newer.exists(), dialog.results.seen.kept.folder) == (older, False, older), (
        "the one before it"
    )
    assert "Undo brings it back" in dialog.session.notice
    press(dialog.keep.delete)
    assert dialog.folder is None
    assert dialog.results.holder.objects == [dialog.results.empty]
    assert (dialog.keep.delete.disabled, dialog.keep.undo.visible, dialog.keep.undo.disabled) == (True, True, False)
    press(dialog.keep.undo)
    assert (dialog.folder, dialog.keep.undo.disabled, dialog.keep.delete.disabled) == (older, True, False)
    assert dialog.results.holder.objects == [dialog.results.body]


def test_a_sweep_that_another_visitor_deleted_makes_way_for_the_next(dialog, tmp_path):
    sweep_shelf.delete(dialog.folder.name)
    dialog._ask()
    assert dialog.folder == tmp_path / "sweeps" / "s_000001"
    assert dialog.results.seen.kept.folder == dialog.folder


def test_one_that_cannot_be_read_says_so_and_can_be_deleted(dialog, tmp_path):
    broken = tmp_path / "sweeps" / "s_000003"
    broken.mkdir()
    (broken / "sweep.json").write_text("{")
    dialog._choose(broken)
    assert "wrong" in dialog.results.state.object
    assert not dialog.keep.delete.disabled
    press(dialog.keep.delete)
    assert not broken.exists()
    assert dialog.folder == tmp_path / "sweeps" / "s_000002"


def test_while_one_sweep_runs_no_other_starts_or_goes_on_and_the_page_says_why(dialog, tmp_path):
    begin(tmp_path / "sweeps" / "s_000001", Process.this())
    dialog._ask()
    assert dialog.form.go.disabled
    for said in (dialog.form.told.object, dialog.results.state.object):
        assert "One sweep runs at a time, and " in said
        assert "is running" in said
    assert (dialog.results.go.visible, dialog.keep.delete.disabled) == (False, False)
    dialog._choose(tmp_path / "sweeps" / "s_000001")
    assert (dialog.results.stop.visible, dialog.keep.delete.disabled) == (True, True), "it runs: stop it first"
    with pytest.raises(Invalid, match="One sweep runs at a time"):
        desks.desk().start(Sweep())
    with pytest.raises(Invalid, match="still at work"):
        desks.desk().delete(dialog.folder)
