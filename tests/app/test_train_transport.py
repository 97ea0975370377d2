"""The transport: what can be done in each state of a run, what the keys mean, and what the readout says."""

import time
from dataclasses import replace
from types import SimpleNamespace

import pytest

from app.growing import Curves
from app.pages.transport import Transport, offers
from app.runs import Sight
from app.session import Session
from app.views.readout import others, readout
from engine.experiments.experiment import Experiment
from engine.experiments.history import History
from engine.experiments.status import STATES, Status


def enabled(state, **how):
    return {name for name, offer in offers(state, **how).items() if offer.enabled}


@pytest.mark.parametrize(
    ("state", "possible"),
    [
        ("", {"start", "step"}),
        ("queued", {"reset", "stop"}),
        ("running", {"pause", "step", "reset", "stop"}),
        ("paused", {"pause", "step", "reset", "stop"}),
        ("stopped", {"start", "pause", "step", "reset"}),
        ("lost", {"start", "pause", "step", "reset"}),
        ("failed", {"start", "pause", "step", "reset"}),
        ("done", {"start", "reset"}),
    ],
)
def test_each_state_offers_what_can_be_done_in_it(state, possible):
    assert enabled(state) == possible


@pytest.mark.parametrize("state", ["", *STATES, "damaged"])
def test_every_control_says_what_it_does_or_why_it_cannot(state):
    for name, offer in offers(state, "brave-otter", "the batch is too large.").items():
        verbs = {"pause": ("Pause", "Resume")}.get(name, (name.capitalize(),))
        assert offer.says.startswith(verbs)


def test_an_experiment_that_cannot_run_is_not_started_and_the_reason_is_told():
    refused = offers("", reason="the batch is too large.")
    assert not refused["start"].enabled
    assert "the batch is too large" in refused["start"].says
    assert not refused["step"].enabled


def test_nothing_can_be_pressed_twice_while_a_request_is_on_its_way():
    assert enabled("", busy=True) == set()


def test_a_second_start_while_a_run_trains_starts_nothing(monkeypatch):
    session = Session(Experiment(), wire=lambda e: None, judge=lambda e: None)
    transport = Transport(session)
    begun = []
    monkeypatch.setattr(transport, "_start", lambda: begun.append(1))
    monkeypatch.setattr(type(transport.watching), "state", property(lambda self: "running"))
    transport.press("start")
    assert not begun
    assert "Start is free again" in session.notice


def sight(state="running", **but):
    curves = Curves()
    lines = [
        {"step": k, "seconds": 0.5 * k, "loss": [1.0], "gradient_norm": [1.0], "violations": [0]} for k in range(11)
    ]
    curves.add(History.of(lines))
    status = replace(Status(state, time.time(), step=9, steps=100, seconds=5.0), **but)
    return Sight(1, 1, status, "", curves.history(), None)


def test_the_readout_tells_progress_pace_and_time_left():
    said = readout("running", "worm · go nogo · brave-otter", sight())
    assert "step 10 of 100" in said
    assert "2 steps/s" in said
    assert "45 s left" in said
    assert ">brave-otter<" in said


def test_a_name_cannot_smuggle_html_into_the_readout():
    assert "<img" not in readout("done", '<img src=x onerror="1">', sight("done"))


def test_a_refused_value_disables_start_and_the_reason_is_in_sight():
    session = Session(Experiment())
    transport = Transport(session)
    assert not transport.start.disabled
    session.change("dynamics.tau_ms", "abc")
    assert transport.start.disabled
    assert session.message("dynamics.tau_ms") in transport.start.description
    assert "Start is not possible: " in transport.readout.object
    session.undo()
    assert not transport.start.disabled
    assert "Start is not possible" not in transport.readout.object


@pytest.mark.parametrize(
    ("state", "notice", "label"),
    [("running", "goes on", "is training"), ("paused", "stays paused", "is paused"), ("queued", "waits", "is waiting")],
)
def test_reset_says_what_becomes_of_the_run(monkeypatch, state, notice, label):
    session = Session(Experiment(), wire=lambda e: None, judge=lambda e: None)
    transport = Transport(session)
    monkeypatch.setattr(type(transport.watching), "state", property(lambda self: state))
    transport.press("reset")
    assert notice in session.notice
    monkeypatch.undo()
    transport.watching.census = (SimpleNamespace(state=state), SimpleNamespace(state="done"))
    assert transport.other.visible
    assert transport.other.label == f"1 run {label} · open"
    assert others({"running": 2, "paused": 1, "done": 3}) == "2 training, 1 paused"
