"""`connectarium connectomes add` recognises a file, asks what it cannot tell, and keeps it in the library."""

import json
from pathlib import Path

import numpy as np
import pytest

from engine.__main__ import main
from engine.connectomes.catalogue import measurement
from tests.fuzz.seeds import make, matrix


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return {path.name: str(path) for path in make(tmp_path_factory.mktemp("formats"))}


@pytest.fixture(autouse=True)
def own_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONNECTARIUM_STORE", str(tmp_path))
    return tmp_path


def _add(*words: str) -> int:
    return main(["connectomes", "add", *words])


def test_an_open_question_is_shown_with_its_choices_and_nothing_is_kept(
    files: dict[str, str], own_library: Path, capsys: pytest.CaptureFixture[str]
):
    assert _add(files["labelled.csv"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "--set source_axis=columns" in said.err
    assert said.err.splitlines()[-1].startswith("connectarium connectomes: 1 question is open")
    assert not list(own_library.rglob("*.npz"))


@pytest.mark.parametrize("axis", ["rows", "columns"])
def test_an_answered_file_is_kept_and_its_id_printed(
    files: dict[str, str], axis: str, capsys: pytest.CaptureFixture[str]
):
    assert _add(files["labelled.csv"], "--set", f"source_axis={axis}", "name=Small brain", "licence=CC0") == 0
    id = capsys.readouterr().out.strip()
    assert id.startswith("small_brain_")
    kept = measurement(id)
    np.testing.assert_array_equal(kept.weights, matrix().T if axis == "rows" else matrix())
    assert (kept.record.licence, kept.record.title) == ("CC0", "Small brain")
    assert main(["connectomes", "list"]) == 0
    assert id in capsys.readouterr().out
    assert main(["connectomes", "show", id, "--json"]) == 0
    assert "labelled.csv" in json.loads(capsys.readouterr().out)["steps"][0]
    assert main(["connectomes", "remove", id]) == 0
    assert main(["connectomes", "show", id]) == 2


def test_what_needs_no_answer_is_kept_at_once(files: dict[str, str], capsys: pytest.CaptureFixture[str]):
    assert _add(files["utilities.h5"], "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["units"], told["id"][:10]) == (9, "utilities_")
    assert _add(files["field.zip"]) == 0
    assert "by id, as stored" in capsys.readouterr().err
    assert _add(files["field.zip"], "--set", "variable=as stored") == 0


def test_files_that_belong_together_are_one_connectome(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "edges.csv").write_text("source,target,weight\na,b,2\nb,c,3\n")
    (tmp_path / "units.csv").write_text("name,group\na,x\nb,x\nc,y\n")
    assert _add(str(tmp_path / "edges.csv"), str(tmp_path / "units.csv"), "--yes", "--json") == 0
    assert measurement(json.loads(capsys.readouterr().out)["id"]).labels["group"] == ("x", "x", "y")


def test_yes_takes_what_is_proposed(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "half.csv").write_text("0,1,2\n0,0,3\n0,0,0\n")
    assert _add(str(tmp_path / "half.csv"), "--json") == 2
    asked = json.loads(capsys.readouterr().out)["questions"]
    assert {question["address"]: question["proposal"] for question in asked}["triangle"] == "mirror"
    assert _add(str(tmp_path / "half.csv"), "--yes", "--json") == 0
    assert json.loads(capsys.readouterr().out)["edges"] == 6


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "Which file?"),
        (["nowhere.csv"], "missing"),
        (["labelled.csv", "--set", "source_axis=left"], "source_axis is 'left'"),
        (["labelled.csv", "--set", "sourceaxis=rows"], "Did you mean 'source_axis'?"),
        (["labelled.csv", "--set", "rows"], "ADDRESS=VALUE"),
        (["bundle.npz", "--set", "variable=W"], "no matrix 'W'"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    words: list[str], sentence: str, files: dict[str, str], capsys: pytest.CaptureFixture[str]
):
    assert _add(*(files.get(word, word) for word in words)) == 2
    assert sentence in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["list", "--yes"], "--yes goes with connectarium connectomes add or download"),
        (["write", "w.mtx", "--out", "there.mtx"], "--out goes with connectarium connectomes add;"),
        (["write", "w.mtx", "--yes"], "--yes goes with"),
        (["download", "nothing", "--out", "there"], "--out goes with"),
        (["add", "labelled.csv", "--non-commercial"], "--non-commercial goes with connectarium connectomes download"),
        (["human_dk84", "--accept", "0" * 64], "--accept goes with"),
    ],
)
def test_an_option_that_an_act_does_not_take_is_refused_and_not_ignored(
    words: list[str], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    assert main(["connectomes", *words]) == 2
    assert sentence in capsys.readouterr().err
    assert not [*tmp_path.glob("*.mtx")]


def test_remove_asks_which_one(capsys: pytest.CaptureFixture[str]):
    assert main(["connectomes", "remove"]) == 2
    assert "Which one?" in capsys.readouterr().err
