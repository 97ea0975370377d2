"""Files of a run are whole or absent, and are read with suspicion."""

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.component import Invalid
from engine.experiments import requests
from engine.experiments.claim import claim, is_claimed
from engine.experiments.history import History, Tail, cut_after, read_history
from engine.experiments.status import Process, Status, read_status, write_status
from engine.experiments.whole_file import read_json, read_tensors, write_bytes, write_json, write_tensors


def _line(step: int, networks: int = 1, **more: object) -> bytes:
    numbers = {name: [0.5] * networks for name in ("loss", "gradient_norm", "violations")}
    return json.dumps({"step": step, "seconds": step / 10, **numbers, **more}).encode() + b"\n"


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "a.json"
    write_json(path, {"a": 1})
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="space"):
        write_json(path, {"a": 2})
    assert read_json(path) == {"a": 1}
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]


def test_tensors_come_back_bit_for_bit_with_what_was_said_about_them(tmp_path: Path):
    path = tmp_path / "w.safetensors"
    weights = torch.randn(2, 3, 4).transpose(1, 2)
    write_tensors(path, {"W": weights, "b": torch.tensor([True])}, {"step": 3, "best": None})
    tensors, about = read_tensors(path)
    assert torch.equal(tensors["W"], weights)
    assert about == {"step": 3, "best": None}


@pytest.mark.parametrize("content", [b"", b"{", b"[1, 2]", b"\xff\xfe", b"[" * 100_000, b'"text"'])
def test_json_that_is_no_object_is_refused_in_one_sentence(tmp_path: Path, content: bytes):
    path = tmp_path / "status.json"
    path.write_bytes(content)
    with pytest.raises(Invalid, match=r"status\.json"):
        read_json(path)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_truncated_tensors_are_refused_in_one_sentence(tmp_path: Path, share: float):
    path = tmp_path / "w.safetensors"
    write_tensors(path, {"W": torch.ones(50, 50)}, {})
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(Invalid, match="truncated"):
        read_tensors(path)


def test_a_link_a_folder_a_giant_and_a_missing_file_are_refused(tmp_path: Path):
    (tmp_path / "secret").write_text("{}")
    (tmp_path / "link.json").symlink_to(tmp_path / "secret")
    (tmp_path / "folder.json").mkdir()
    with open(tmp_path / "giant.json", "wb") as giant:
        giant.truncate(1 << 34)
    for name in ("link.json", "folder.json", "giant.json", "missing.json"):
        with pytest.raises(Invalid, match=name):
            read_json(tmp_path / name)


def test_a_torn_last_line_does_not_count(tmp_path: Path):
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(_line(0) + _line(1) + _line(2)[:-9])
    assert read_history(path).step.tolist() == [0, 1]


def test_a_cut_history_has_every_step_once_when_it_is_continued(tmp_path: Path):
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(b"".join(_line(step) for step in range(8)) + b'{"step": 8, "lo')
    cut_after(path, 4)
    with open(path, "ab") as file:
        file.write(_line(5) + _line(6))
    assert read_history(path).step.tolist() == [0, 1, 2, 3, 4, 5, 6]


@given(st.lists(st.one_of(st.binary(max_size=40), st.integers(0, 9).map(_line)), max_size=12))
@settings(deadline=None)
def test_any_bytes_make_a_history(tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]):
    path = tmp_path_factory.mktemp("h") / "metrics.jsonl"
    path.write_bytes(b"".join(lines))
    cut_after(path, 5)
    history = read_history(path)
    assert history.loss.shape == (len(history.step), 1 if len(history.step) else 0)
    assert (history.step <= 5).all()


def test_numbers_that_are_not_finite_come_back_as_nan():
    line = json.loads(_line(0)) | {"loss": [None]}
    told = {"step": 0, "loss": [None], "accuracy": [0.5], "ideal": 0.9, "chance": 0.5}
    history = History.of([line | {"evaluation": told}])
    assert np.isnan(history.loss).all()
    assert np.isnan(history.evaluation_loss).all()
    assert history.accuracy.tolist() == [[0.5]]


def test_a_tail_tells_each_line_once_and_begins_anew_when_the_history_was_cut(tmp_path: Path):
    path = tmp_path / "metrics.jsonl"
    tail = Tail(path)
    assert tail.lines() == []
    path.write_bytes(_line(0) + _line(1) + _line(2)[:5])
    assert [line["step"] for line in tail.lines()] == [0, 1]
    path.write_bytes(_line(0) + _line(1) + _line(2))
    assert [line["step"] for line in tail.lines()] == [2]
    assert tail.lines() == []
    path.write_bytes(_line(0) + _line(1) + _line(2, again=True) + _line(3))
    assert [line["step"] for line in tail.lines()] == [0, 1, 2, 3]
    assert tail.restarts == 1


def test_a_tail_passes_over_a_line_that_is_too_long_to_be_ours(tmp_path: Path):
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(b"x" * 1000 + b"\n" + _line(1))
    tail = Tail(path)
    told = [line["step"] for _ in range(9) for line in tail.lines(limit=200)]
    assert (told, tail.restarts) == ([1], 0)


def test_a_run_whose_process_is_gone_is_lost(tmp_path: Path):
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    write_status(tmp_path, Status("running", 0.0, process=Process.this(process.pid), heartbeat=5.0))
    assert read_status(tmp_path).state == "running"
    process.kill()
    process.wait()
    lost = read_status(tmp_path)
    assert (lost.state, lost.is_resumable, lost.ended) == ("lost", True, 5.0)


def test_another_process_with_the_same_number_is_not_the_run(tmp_path: Path):
    mine = Process.this()
    write_status(tmp_path, Status("paused", 0.0, process=replace(mine, started=mine.started - 1000)))
    assert read_status(tmp_path).state == "lost"


def test_a_run_of_another_machine_is_lost_when_it_falls_silent(tmp_path: Path):
    there = Process(1, 0.0, "elsewhere")
    write_status(tmp_path, Status("running", 0.0, process=there, heartbeat=time.time()))
    assert read_status(tmp_path).state == "running"
    write_status(tmp_path, Status("running", 0.0, process=there, heartbeat=time.time() - 1000))
    assert read_status(tmp_path).state == "lost"


@pytest.mark.parametrize(
    "content",
    [
        {"state": "flying", "created": 1},
        {},
        {"state": "done", "created": "soon"},
        {"state": "done", "created": 1, "loss": 3},
    ],
)
def test_a_status_with_foreign_values_is_refused_in_one_sentence(tmp_path: Path, content: dict[str, object]):
    write_json(tmp_path / "status.json", content)
    with pytest.raises(Invalid, match=r"status\.json is damaged"):
        read_status(tmp_path)


def test_a_status_with_foreign_keys_is_read(tmp_path: Path):
    write_json(tmp_path / "status.json", {"state": "done", "created": 1, "mood": "fine"})
    assert read_status(tmp_path).state == "done"


def test_of_many_claimants_one_gets_the_run(tmp_path: Path):
    code = (
        "import sys, pathlib; from engine.experiments.claim import claim;"
        "from engine.experiments.status import Process;"
        "input(); print(claim(pathlib.Path(sys.argv[1]), 1, Process.this()))"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    crowd = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    answers = [member.communicate("\n")[0].strip() for member in crowd]
    assert sorted(answers) == ["False", "False", "True"]


def test_a_claim_of_a_dead_process_does_not_hold(tmp_path: Path):
    assert claim(tmp_path, 1, Process.this())
    assert is_claimed(tmp_path, 1)
    assert claim(tmp_path, 2, Process(psutil.pids()[-1] + 10_000_000, 0.0, Process.this().host))
    assert not is_claimed(tmp_path, 2)
    assert not (tmp_path / "claim.1").exists()


def test_a_contrary_request_withdraws_the_one_before(tmp_path: Path):
    for request in ("pause", "resume"):
        requests.ask(tmp_path, request)
    assert requests.pending(tmp_path) == {"resume"}
    requests.ask(tmp_path, "stop")
    (tmp_path / "requests" / "foreign").touch()
    assert requests.pending(tmp_path) == {"resume", "stop"}
    requests.answered(tmp_path, "resume", "stop")
    assert requests.pending(tmp_path) == set()


def test_bytes_are_replaced_whole_under_a_reader(tmp_path: Path):
    path = tmp_path / "a"
    write_bytes(path, b"old")
    with open(path, "rb") as reader:
        if os.name != "nt":
            write_bytes(path, b"new and longer")
        assert reader.read() == b"old"
