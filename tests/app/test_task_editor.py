"""Build's task: every kind shows a trial, or says in a sentence why there is none."""

import numpy as np
import pytest

from app.forms import Form
from app.session import Session
from app.views.task import TaskView
from engine.component import kinds_of
from engine.experiments.experiment import Experiment
from engine.own_files import FOLDER
from engine.tasks import TASKS

FILES = ("arrays", "own")
OWN = """
from engine.tasks.flip_flop import FlipFlop


class Mine(FlipFlop):
    title = "Mine"
"""


def test_every_task_shows_a_trial_with_its_lines_and_what_chance_is():
    session = Session(Experiment())
    view = TaskView(session)
    kinds = kinds_of(Experiment.model_fields["task"])
    assert {of.model_fields["kind"].default for of in TASKS} <= set(kinds)
    for of in TASKS:
        session.change("task.kind", of.model_fields["kind"].default)
        task = session.experiment.task
        assert len(view.picture.inputs.data["xs"]) == len(task.input_names)
        assert len(view.picture.targets.data["xs"]) == len(task.output_names)
        assert len(view.picture.scored.data["left"]) > 0
        assert "Chance" in view.facts.object
        assert view.shown.visible and not view.missed.visible  # noqa: PT018


@pytest.mark.parametrize(
    ("kind", "said"), [("arrays", "No file is named"), ("own", "--own-tasks"), ("neurogym", "pip install")]
)
def test_a_task_that_has_no_trial_says_why_instead_of_showing_that_of_another(kind, said, monkeypatch):
    monkeypatch.delenv(FOLDER, raising=False)
    monkeypatch.setattr("engine.tasks.neurogym.find_spec", lambda _: None)
    session = Session(Experiment())
    view = TaskView(session)
    session.change("task.kind", kind)
    assert not view.shown.visible
    assert said in view.missed.object
    assert not session.startable
    session.undo()
    assert view.shown.visible
    assert not view.missed.visible


def test_files_of_ones_own_are_suggested_and_show_their_trials(tmp_path, monkeypatch):
    monkeypatch.setenv(FOLDER, str(tmp_path))
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "mine.npz", inputs=rng.normal(size=(8, 10, 3)), targets=np.zeros((8, 10), int))
    (tmp_path / "mine.py").write_text(OWN)
    session = Session(Experiment())
    view = TaskView(session)
    for kind, name in (("arrays", "mine.npz"), ("own", "mine.py")):
        session.change("task.kind", kind)
        box = Form("", session, only=("task.file",), bare=True).controls["task.file"]
        assert name in box.widget.options
        box.widget.value = name
        assert session.experiment.task.file == name
        assert view.shown.visible
        assert len(view.picture.inputs.data["xs"]) == 3
