"""The Train column beside the loss: objectives, what happened, forecast, and the wiring that is recovered."""

import numpy as np
import pytest

from app.export import rendered
from app.growing import Curves as History
from app.runs import Live
from app.session import Session
from app.views.curves import Curves
from app.views.curves_on_paper import loss_twin
from app.views.events import pruning_note
from app.views.forecast_card import ForecastCard
from app.views.objectives_on_paper import shares_twin, terms_twin
from app.views.recovery_line import RecoveryLine
from engine.experiments.experiment import Experiment
from engine.experiments.history import History as Told
from engine.experiments.history import line_of
from engine.experiments.outlook import outlook
from engine.experiments.pace import Pace
from engine.experiments.presets import PRESETS
from engine.experiments.recovery_so_far import recovered
from tests.app.test_train_curves import sight_of
from tests.engine.small_experiment import small_experiment

NORM, RATE = {"kind": "weight_norm", "weight": 0.5}, {"kind": "firing_rate", "weight": 0.2, "scaling": "relative"}
STAGES = (
    {"kind": "gradient", "name": "dense", "steps": 6},
    {"kind": "gradient", "name": "sparse", "steps": 6, "lowers": "own", "objectives": (RATE,),
     "prune": ({"density": 0.5, "rounds": 2, "every": 3},)},
)  # fmt: skip


@pytest.fixture(scope="module")
def staged():
    experiment = small_experiment(
        training__stages=STAGES, training__objectives=(NORM,), training__evaluate_every=3, seeds__networks=2
    )
    history = History()
    for progress in experiment.train(experiment.network()):
        history.add(Told.of([line_of(progress)]))
    return experiment, sight_of(history)


def shown(experiment, sight):
    curves = Curves()
    curves.smoothing.value = 0.0
    curves.about("brave-otter", experiment)
    curves.show(sight, ended=True)
    return curves


def test_every_objective_is_drawn_at_its_weight_and_only_where_it_is_lowered(staged):
    experiment, sight = staged
    drawn, costs = shown(experiment, sight).objectives._term_source.data, sight.history.costs
    norm, rate = np.array(drawn["weight_norm"]), np.array(drawn["firing_rate"])
    np.testing.assert_allclose(norm[1:7], 0.5 * costs["weight_norm"][1:7].mean(1), rtol=1e-6)
    np.testing.assert_allclose(rate[7:], 0.2 * costs["task"][7:].mean(1), rtol=1e-6)  # relative to the task's loss
    assert np.isnan(norm[7:]).all()
    assert np.isnan(rate[:7]).all()
    total = np.nansum([drawn[name] for name in ("task", "weight_norm", "firing_rate")], 0)[1:]
    np.testing.assert_allclose(total, costs["total"][1:].mean(1), rtol=1e-5)


def test_shares_of_the_gradient_fill_a_hundred_percent_at_every_evaluation(staged):
    data = shown(*staged).objectives._share_source.data
    assert list(data["step"]) == [0, 3, 6, 9, 12]
    whole = np.sum([data[name] for name in ("task", "weight_norm", "firing_rate")], 0)
    np.testing.assert_allclose(whole, 100, atol=1e-3)


def test_stages_and_pruning_are_marked_and_told_with_the_loss_before_and_after(staged):
    experiment, sight = staged
    curves = shown(experiment, sight)
    assert list(curves.marks.source.data["step"]) == [0, 7, 7, 10]
    assert list(curves.marks.source.data["word"]) == ["dense", "sparse · pruned 1/2", "", ""]
    first, second = sight.history.pruned
    assert first["retrained"] == second["loss_before"]
    assert second["retrained"] == pytest.approx(sight.history.evaluation_loss[-1])
    assert "round 2 of 2" in pruning_note(sight.history)
    assert curves._pruned.visible
    assert "event at step" in rendered(loss_twin(curves), "csv").decode().splitlines()[0]


def test_objectives_leave_as_files(staged):
    curves = shown(*staged)
    head, *rows = rendered(terms_twin(curves.objectives), "csv").decode().splitlines()
    assert "weight_norm x weight, network 2" in head
    assert len(rows) == 13
    assert ">sparse" in rendered(terms_twin(curves.objectives), "svg").decode()
    assert rendered(shares_twin(curves.objectives), "pdf").startswith(b"%PDF")


def test_out_of_sight_nothing_is_drawn_and_all_of_it_once_it_is_seen_again(staged):
    experiment, sight = staged
    curves = Curves()
    curves.about("brave-otter", experiment)
    curves.objectives.visitor.away = True
    curves.show(sight)
    assert not len(curves.objectives._term_source.data["step"])
    curves.objectives.visitor.away = False
    assert len(curves.objectives._term_source.data["step"]) == 13


def test_with_the_loss_of_the_task_alone_there_is_a_sentence_and_no_empty_figure():
    curves = Curves()
    curves.about("brave-otter", small_experiment())
    assert curves.objectives.layout.objects == [curves.objectives.note]
    assert curves.objectives.note.visible
    assert not curves.objectives.figures


def test_the_forecast_belongs_to_the_form_and_what_fits_can_be_undone(monkeypatch):
    pace = Pace(begin=0.1, step=0.05, evaluation=0.1, pruning=0.0, doubt=0.05, busy=0.5, timed=30)
    monkeypatch.setattr("app.views.forecast_card.outlook_of", lambda e: outlook(e, (pace,), build=0.5, units=12))
    session = Session(small_experiment(training__steps=1000))
    before = session.experiment
    card = ForecastCard(session)
    assert not card._fit.visible
    card.probe()
    assert "GB free" in card.said.object
    assert "if nothing else ran" in card.said.object
    card.minutes.value = 0.5
    assert "steps 1,000 →" in card.proposal.object
    card.take()
    assert session.experiment.training.steps < 1000
    assert session.experiment.training.wall_time_s == 30
    assert card.found[0] == session.experiment
    session.undo()
    assert session.experiment == before
    assert "changed since" in card.said.object
    assert not card._fit.visible


def test_the_wiring_behind_a_recording_is_scored_while_it_is_fitted():
    preset = next(p for p in PRESETS if p.title == "A ring is found")
    experiment = preset.experiment().with_value("task.recording.trials", 4)
    truth = experiment.task.recording.weights()
    weights = np.zeros((100, 100), np.float32)
    weights[:50, :50] = truth
    score = recovered(experiment, weights, relabellings=20)
    assert score.entrywise == pytest.approx(1)
    assert score.ringness == pytest.approx(1)
    line = RecoveryLine(Session(Experiment()).background)
    line.about(experiment)
    line.show(Live(7, {"W_rec": weights}))
    assert "step 7: entrywise 1.00" in line.pane.object
    line.about(Experiment())
    line.show(Live(8, {"W_rec": weights}))
    assert not line.pane.visible
