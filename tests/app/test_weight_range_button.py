"""The button at an objective's weight tells the range, and forgets it when the form is another one."""

import pytest

from app.session import Session
from app.views import weight_range
from app.views.weight_range import WeightRange, progress_said
from engine.component import Invalid
from engine.experiments.experiment import Experiment

LOWERED = {"training.objectives": ({"kind": "weight_norm", "weight": 0.01},)}
NOW = {"round": 2, "step": 50, "steps": 200, "weights": [0.01, 0.1], "solved": 0.01, "fails": None}


class Made:
    """A search that has its answer at once."""

    now = NOW

    def __init__(self, experiment, objective, store):
        self.asked = objective

    def found(self):
        if self.asked == "none":
            raise Invalid("No objective 'none' is lowered.")
        return {**NOW, "fails": 0.02, "upper": 0.03, "limit": 0.015, "threshold": 0.8, "accuracy": {"0.01": 0.9}}


@pytest.fixture
def session(monkeypatch):
    monkeypatch.setattr(weight_range, "Searching", Made)
    return Session(Experiment().with_values(LOWERED))


def test_the_range_is_told_until_anything_but_the_weight_changes(session):
    button = WeightRange(session, "training.objectives.0", lambda: "weight_norm")
    button.search()
    assert "0 to 0.03" in button.said.object
    assert button.find.visible
    assert not button.cancel.visible
    session.change("training.objectives.0.weight", 0.03)
    button.follow()
    assert "0 to 0.03" in button.said.object
    session.change("training.batch", 16)
    button.follow()
    assert not button.said.object


def test_a_fault_is_one_sentence_and_the_way_there_is_told(session):
    button = WeightRange(session, "training.objectives.0", lambda: "none")
    button.search()
    assert button.said.object == "No objective &#x27;none&#x27; is lowered."
    assert progress_said(NOW) == "Training 2, weights 0.01 to 0.1: 25 %, solved at 0.01"


def test_one_search_runs_at_a_time_whichever_page_or_objective_asks(session, monkeypatch):
    one, other = (WeightRange(owner, "training.objectives.0", lambda: "weight_norm") for owner in (session, twin()))
    begun = []

    class Busy(Made):
        def found(self):
            begun.append(self)
            for button in (one, other):  # while it is under way
                button.search()
            assert one.searching is self  # a second click leaves it to be cancelled
            return super().found()

    monkeypatch.setattr(weight_range, "Searching", Busy)
    one.search()
    assert len(begun) == 1
    assert "0 to 0.03" in one.said.object
    assert "One search runs at a time" in other.said.object
    assert other.find.visible
    monkeypatch.setattr(weight_range, "Searching", Made)
    other.search()
    assert "0 to 0.03" in other.said.object


def twin():
    """Another page of the same visitor."""
    return Session(Experiment().with_values(LOWERED))
