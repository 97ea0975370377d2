"""Bumps of a paper: what a visitor drove becomes a recording that can be fitted; the latest choice stays on show."""

import base64
from functools import partial
from types import SimpleNamespace

import numpy as np

from app.session import Session
from app.uploads import Uploads
from app.views.paper_bumps import PaperBumps
from app.views.recovery_setup import FitSetup
from engine.analysis.driven import driven_ring
from engine.experiments.experiment import Experiment
from engine.recordings.ring_attractor import RingAttractor

PAPER = SimpleNamespace(name="ring_identification", turned=lambda _: (driven_ring(RingAttractor(units=16)),))


def take(velocity: np.ndarray) -> str:
    return base64.b64encode(velocity.astype("<f4").tobytes()).decode()


def driven(monkeypatch, tmp_path, *takes: str) -> tuple[PaperBumps, list[tuple[str, bytes]]]:
    monkeypatch.setenv("CONNECTARIUM_STORE", str(tmp_path))
    section, saved = PaperBumps(Session(Experiment()), print), []
    section.saver.save = lambda name, _, content: saved.append((name, content))
    section.show(PAPER, None)
    assert section.save.disabled
    section.bumps.takes = list(takes)
    section.keep()
    return section, saved


def test_what_was_driven_is_kept_and_downloaded_and_the_recording_import_takes_it(monkeypatch, tmp_path):
    velocity = 2 * np.sin(np.arange(400) / 20)
    section, saved = driven(monkeypatch, tmp_path / "first", take(velocity), take(velocity[:120]))
    assert not section.save.disabled
    assert "Kept as driven_ring.npz</b>: 9 trials of 1.3 s, 16 units" in section.said.object
    ((name, content),) = saved
    assert content == (tmp_path / "first" / "recordings" / name).read_bytes()

    monkeypatch.setenv("CONNECTARIUM_STORE", str(tmp_path / "second"))  # another machine, on which it is dropped
    uploads = Uploads([(name, len(content))])
    uploads.take(0, content)
    box = FitSetup(Session(Experiment().with_values({"task.kind": "recording", "task.hidden": 4})))
    box._arrived(uploads)
    assert "Kept as driven_ring.npz" in box.told.object
    box.set_up()
    assert "16 observed and 4 hidden units" in box.said.object
    assert box.session.startable, box.session.refusal
    made = box.session.experiment.task.session()
    assert made.input_names == ("velocity",)
    np.testing.assert_allclose(made.inputs[0, :, 0], velocity[: made.steps], atol=1e-6)


def test_too_little_and_what_no_browser_sends_are_refused_in_a_sentence(monkeypatch, tmp_path):
    for sent, said in (
        (take(np.ones(20)), "at least 2.5 s"),
        ("no base64", "record it again"),
        (take(np.full(9, np.nan)), "again"),
    ):
        section, saved = driven(monkeypatch, tmp_path, sent)
        assert said in section.said.object
        assert not saved
        assert not (tmp_path / "recordings").exists()


def test_a_late_answer_of_an_earlier_choice_does_not_take_the_place_of_a_newer_one():
    asked = []
    session = Session(Experiment())
    session.background.latest = lambda name, work, then, fault: asked.append((partial(then, work()), fault))
    refused = []
    section = PaperBumps(session, refused.append)
    older = SimpleNamespace(name="older", turned=lambda _: (driven_ring(RingAttractor(units=8)),))
    section.show(older, None)
    section.show(PAPER, None)
    (late, fails), (newer, _) = asked
    newer()
    late()
    fails(ValueError("late"))
    assert [net["shown"] for net in section.bumps.nets] == [16]
    assert refused == []
