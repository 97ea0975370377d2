"""Selectivity of any run: what was planted is found, in its window, and told of the network as the paper tells it."""

import dataclasses

import numpy as np
import pytest
import torch

from engine.analysis import SelectivityAnalysis
from engine.analysis.selectivity import spatial_rank
from engine.component import Invalid
from engine.recording import Recording
from engine.tasks.one_choice_inference import OneChoiceInference
from tests.engine.test_analysis_battery import a_subject

PREFERRED = "units that prefer {}", "spatial rank of units that prefer {}"


def planted(units: int = 12):
    """Units 0-5 follow the goal while it is shown, 6-10 the answer at the choices; the last one is silent."""
    subject = a_subject(OneChoiceInference(), units, trials=64)
    trials, rng = subject.recording.trials, np.random.default_rng(0)
    rates = 0.02 * rng.random(subject.recording.rates.shape)
    goal, answer = (trials.conditions[name].numpy() for name in ("goal", "answer"))
    for unit in range(units - 1):
        of, epoch = (goal, "goal") if unit < 6 else (answer, "choices")
        rates[:, trials.epochs[epoch], unit] += (of == unit % 4)[:, None]
    rates[..., -1] = 0
    rates = torch.from_numpy(rates).float()
    made = Recording(trials, rates, rates, subject.recording.outputs)
    return type(subject)(**{**vars(subject), "recording": made})


def test_units_are_selective_for_what_they_follow_in_the_window_where_they_do():
    subject = planted()
    found = SelectivityAnalysis(variables=("goal", "answer"), draws=50).compute(subject)
    at = found.windows.index("goal")
    assert found.preferred[at][:6].tolist() == [found.variables.index("goal")] * 6
    late = found.windows.index("choices")
    assert found.preferred[late][6:11].tolist() == [found.variables.index("answer")] * 5
    assert found.explained[at, 0, :6].min() > 0.5 > np.nanmax(found.explained[at, :, 6:])
    assert np.isnan(found.explained[..., -1]).all()
    assert any("1 of 12 units do not vary" in remark for remark in found.remarks)
    told = SelectivityAnalysis(only="choices", tells="network", draws=50).compute(subject).table()
    value = told.set_index("measure")["value"]
    assert set(told.window) == {"choices"}
    assert value["units that prefer answer"] >= 5
    assert value["sum of |w|"] == pytest.approx(float(subject.weights["W_rec"].abs().sum()), rel=1e-6)
    rates = subject.recording.rates[:, subject.recording.trials.epochs["choices"]]
    assert value["mean rate"] == pytest.approx(float(rates.mean()), rel=1e-5)


def test_parts_of_equal_length_are_windows_too_and_name_their_times():
    found = SelectivityAnalysis(windows="parts", parts=5, variables=("goal",), draws=20).compute(planted())
    assert found.windows[0] == "0–200 ms"
    assert len(found.windows) == 5
    assert (found.explained[:2, 0, :6] > 0.5).all()


def test_a_unit_without_a_place_is_left_out_of_where_others_lie():
    subject = planted()
    places = np.zeros((12, 3))
    places[:6, 0], places[6:11, 1], places[11] = np.arange(6), 1000.0 * 2 ** np.arange(5), np.nan
    there = dataclasses.replace(subject, connectome=subject.connectome.but("", positions_um=places))
    asked = SelectivityAnalysis(variables=("goal", "answer"), only="choices", tells="network", draws=50)
    found = asked.compute(there)
    assert found.table().set_index("measure")["value"]["spatial rank of units that prefer answer"] > 0.8
    assert any("1 units have no place" in remark for remark in found.remarks)


def test_where_it_cannot_answer_it_says_so_in_one_sentence():
    with pytest.raises(Invalid, match="no window 'nowhere'"):
        SelectivityAnalysis(only="nowhere").compute(planted())
    with pytest.raises(Invalid, match="no variable 'heading'"):
        SelectivityAnalysis(variables=("heading",)).compute(planted())
    with pytest.raises(Invalid, match="too few to decode"):
        SelectivityAnalysis().compute(a_subject(OneChoiceInference(), trials=8))
    alike = a_subject(OneChoiceInference())
    for values in alike.recording.trials.conditions.values():
        values[:] = 0
    with pytest.raises(Invalid, match="differs between its trials"):
        SelectivityAnalysis().compute(alike)


def test_the_spatial_rank_of_many_units_is_the_same_when_sets_are_looked_at_in_turn(monkeypatch):
    rng = np.random.default_rng(1)
    places = rng.random((40, 3))
    distance = np.linalg.norm(places[:, None] - places, axis=-1)
    strength, chosen = rng.random(40), places[:, 0] > 0.5
    whole = spatial_rank(strength, chosen.astype(float), distance, np.random.default_rng(2), 100)
    monkeypatch.setattr("engine.analysis.selectivity.MOST_PAIRS", 1000)
    assert spatial_rank(strength, chosen.astype(float), distance, np.random.default_rng(2), 100) == whole
    assert whole < 0.05
