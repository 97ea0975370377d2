"""The tailing reader: what a page is told of a run, and that it leaves nothing behind."""

import json
import threading
import time

import numpy as np
import pytest
import torch

from app.growing import Curves, Growing
from app.runs import GONE, Reader
from engine.experiments.experiment import Experiment
from engine.experiments.history import History
from engine.experiments.run import Run
from engine.experiments.status import Status, write_status
from engine.experiments.store import Store
from engine.experiments.whole_file import write_tensors


def line(step, networks=1, evaluation=False, **but):
    row = {"step": step, "seconds": 0.1 * step, "loss": [1.0] * networks, "gradient_norm": [2.0] * networks}
    row |= {"violations": [0] * networks}
    if evaluation:
        row["evaluation"] = {
            "step": step,
            "loss": [1.0] * networks,
            "accuracy": [0.5] * networks,
            "ideal": 0.9,
            "chance": 0.5,
        }
    return json.dumps({**row, **but}) + "\n"


def tell(run, *lines):
    with open(run.folder / "metrics.jsonl", "a") as file:
        file.writelines(lines)


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "r_one"
    folder.mkdir()
    write_status(folder, Status("stopped", time.time()))
    return Run(folder)


@pytest.fixture
def reader():
    made = Reader(period_s=0.01, forget_s=0.3)
    yield made
    until(lambda: made.is_idle)


def until(true, limit_s=120):
    end = time.monotonic() + limit_s
    while not (value := true()):
        assert time.monotonic() < end
        time.sleep(0.005)
    return value


def sees(reader, run, what, **how):
    """Look again and again until the sight is as it should be."""

    def look():
        sight = reader.look(run, **how)
        return sight if sight is not None and what(sight) else None

    return until(look)


def test_new_lines_are_told_and_the_version_grows(reader, run):
    tell(run, line(0, evaluation=True), line(1))
    first = sees(reader, run, lambda s: len(s.history.step) == 2)
    tell(run, line(2), '{"step": 3, "seco')
    second = sees(reader, run, lambda s: len(s.history.step) == 3)
    assert second.version > first.version
    assert first.history.step.tolist() == [0, 1]
    assert second.history.accuracy.tolist() == [[0.5]]


def test_a_history_that_was_cut_begins_anew(reader, run):
    tell(run, line(0), line(1), line(2))
    first = sees(reader, run, lambda s: len(s.history.step) == 3)
    (run.folder / "metrics.jsonl").write_text(line(0) + line(1, loss=[7.0]))
    sight = sees(reader, run, lambda s: s.origin != first.origin)
    assert sight.history.loss[:, 0].tolist() == [1.0, 7.0]


def test_a_run_that_nobody_asks_for_is_forgotten_and_the_thread_ends(reader, run):
    sees(reader, run, lambda s: s.status is not None)
    until(lambda: reader.is_idle)
    until(lambda: not any(t.name == "connectarium-reader" for t in threading.enumerate()))
    assert reader.look(run) is None
    sees(reader, run, lambda s: s.status is not None)


def test_a_damaged_status_is_a_sentence_and_the_curves_stay(reader, run):
    tell(run, line(0), line(1))
    sees(reader, run, lambda s: len(s.history.step) == 2)
    (run.folder / "status.json").write_text("{")
    sight = sees(reader, run, lambda s: s.fault)
    assert "truncated" in sight.fault
    assert sight.status.state == "stopped"
    assert len(sight.history.step) == 2


def test_damage_is_told_when_it_comes_and_taken_back_when_it_is_mended(reader, tmp_path):
    run = Store(tmp_path).create(Experiment())
    assert sees(reader, run, lambda s: s.status).damage == ()
    environment = run.folder / "environment.json"
    content = environment.read_bytes()
    environment.unlink()
    assert sees(reader, run, lambda s: s.damage).damage == ("environment.json is missing.",)
    environment.write_bytes(content)
    sees(reader, run, lambda s: not s.damage)


def test_a_run_that_was_deleted_says_so(reader, tmp_path):
    assert "no longer in the store" in sees(reader, Run(tmp_path / "r_gone"), lambda s: s.fault).fault


def test_a_run_that_is_deleted_while_it_is_on_show_is_no_surprise_to_the_log(reader, run, caplog):
    sees(reader, run, lambda s: s.status is not None, live=True)
    run.folder.rename(run.folder.with_name("trash"))  # as the store does: whole, whatever is written into it meanwhile
    assert sees(reader, run, lambda s: s.fault == GONE, live=True)
    assert not [said for record in caplog.records if run.id in (said := record.getMessage())]


def test_live_pictures_are_asked_for_only_while_somebody_looks(reader, run):
    sees(reader, run, lambda s: s.status is not None)
    assert not run.is_watched()
    write_tensors(run.folder / "live.safetensors", {"W_rec": torch.eye(3)[None]}, {"step": 7})
    sight = sees(reader, run, lambda s: s.live is not None and run.is_watched(), live=True)
    assert sight.live.step == 7
    assert np.array_equal(sight.live.arrays["W_rec"][0], np.eye(3))


def test_diverged_networks_are_told_by_number(reader, run):
    tell(run, line(0, 2, loss=[None, None]))
    assert sees(reader, run, lambda s: s.networks == 2).diverged == ()
    tell(run, line(1, 2, loss=[0.5, None]))
    assert sees(reader, run, lambda s: len(s.history.step) == 2).diverged == (1,)


def test_views_of_a_growing_array_keep_their_values():
    grown = Growing(np.zeros((0, 2)))
    views = []
    for k in range(50):
        grown.add(np.full((100, 2), k))
        views.append(grown.values)
    assert all(len(view) == 100 * (k + 1) and view[-1, 0] == k for k, view in enumerate(views))


def test_lines_about_another_number_of_networks_are_left_out():
    curves = Curves()
    curves.add(History.of([json.loads(line(0, 2))]))
    curves.add(History.of([json.loads(line(1, 3))]))
    curves.add(History.of([json.loads(line(2, 2))]))
    assert curves.history().step.tolist() == [0, 2]
