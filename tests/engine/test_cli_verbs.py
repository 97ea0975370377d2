"""The command line does what the page does, and says in one sentence what is wrong."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from engine.__main__ import main
from engine.commands import analyse, forecast, serve
from engine.commands.progress_bar import ProgressBar, duration
from engine.experiments.experiment import Experiment
from engine.experiments.papers import PAPERS
from engine.experiments.papers.paper import Paper, Scale
from engine.experiments.run import Run
from engine.experiments.store import Store
from engine.experiments.typed import parsed_value, with_nothings
from tests.engine.small_experiment import VALUES

SMALL = [f"{address}={json.dumps(value)}" for address, value in VALUES.items()]


def _run(tmp_path: Path, *words: str) -> int:
    return main(["run", "--store", str(tmp_path / "store"), *words])


def test_run_prints_one_line_of_json_and_keeps_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert _run(tmp_path, "--set", *SMALL, "--name", "mine") == 0
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 1
    numbers = json.loads(said.out)
    assert {"loss", "accuracy", "violations", "steps", "seconds", "run"} <= numbers.keys()
    assert (numbers["steps"], numbers["violations"]) == (30, 0)
    assert "30/30 steps" in said.err
    summary = Store(tmp_path / "store").runs()[0]
    assert (summary.folder, summary.name, summary.loss) == (numbers["run"], "mine", numbers["loss"])


def test_run_takes_a_file_and_writes_into_the_folder_that_was_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    # bio 9.13: a second run into a folder fails halfway
    asked = tmp_path / "experiment.json"
    asked.write_text(json.dumps({"wiring": {"kind": "random", "units": 10}, "training": {"steps": 3}}))
    out = tmp_path / "deep" / "result"
    assert main(["run", str(asked), "--out", str(out), "--steps", "2", "--quiet"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["steps"] == 2
    assert said.err == ""
    assert Run(out).status().state == "done"
    assert main(["run", str(asked), "--out", str(out)]) == 2
    assert "exists already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--set", "task.knd=go_nogo"], "Did you mean 'task.kind'?"),
        (["--set", "task.kind=go_nogoo"], "Did you mean 'go_nogo'?"),
        (["--set", "dynamics.tau_ms=-1"], "dynamics.tau_ms"),
        (["--set", "dynamics.tau_ms=fast"], "dynamics.tau_ms"),
        (["--set", "training.steps"], "ADDRESS=VALUE"),
        (["--steps", "0"], "training.steps"),
        (["--steps", "many"], "many"),
        (["nowhere.json"], "nowhere.json is missing"),
        (["--resume", "r_nothing"], "There is no run"),
        (["--resume", "r_nothing", "--steps", "3"], "goes alone"),
        (["--set", "dt_ms=500"], "dt_ms"),
        (["--set", "dt_ms=none"], "dt_ms is 'none'"),
        (["--set", "training.learning_rate=1"], "Did you mean 'training.optimiser.learning_rate'?"),
        (["--set", "wiring.connectome=worm_cook"], "worm_cook"),
        (["--nonsense"], "--nonsense"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
):
    try:
        code = _run(tmp_path, *words)
    except SystemExit as ended:
        code = ended.code
    said = capsys.readouterr()
    assert code == 2
    assert sentence in said.err
    assert len(said.err.splitlines()) == 1
    assert said.out == ""
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("option", [("forecast", "--minutes"), ("forecast", "--probe"), ("tasks", "--dt-ms")])
@pytest.mark.parametrize("value", ["nan", "inf", "1e308", "0", "soon"])
def test_a_number_that_is_none_or_beyond_reason_is_one_sentence(option, value, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        main([*option, value])
    said = capsys.readouterr().err
    assert (ended.value.code, len(said.splitlines())) == (2, 1)
    assert f"{option[1]}: '{value}' is not a number above 0" in said


@pytest.mark.parametrize("words", [["analyse", "RUN", "rates"], ["forecast", "--minutes", "5"]])
@pytest.mark.parametrize(("out", "said"), [("no/x.csv", "does not exist"), ("f/x.csv", "is a file"), (".", "a folder")])
def test_a_file_that_cannot_be_written_is_told_before_any_work(tmp_path, capsys, monkeypatch, words, out, said):
    (tmp_path / "f").touch()
    assert _run(tmp_path, "--set", *SMALL, "--quiet", "--out", str(tmp_path / "run")) == 0
    capsys.readouterr()
    monkeypatch.setattr(analyse, "subject_of", lambda *_: pytest.fail("It was computed."))
    monkeypatch.setattr(forecast, "Probing", lambda: pytest.fail("It was computed."))
    asked = [str(tmp_path / "run") if word == "RUN" else word for word in words]
    assert main([*asked, "--out", str(tmp_path / out)]) == 2
    shown = capsys.readouterr()
    assert (shown.out, len(shown.err.splitlines())) == ("", 1)
    assert said in shown.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "."], "is a folder; name a file"),
        (["run", "--out", "empty.csv/run"], "empty.csv is a file, no folder; name another with --out"),
        (["papers", "report", "nn4n", "--out", "nowhere"], "connectarium papers run nn4n"),
        (["analyse", "list", "nope"], "list stands alone"),
        (["serve", "--address", "300.1.1.1"], "300.1.1.1 is no address of this machine"),
        (["tasks", "check", "empty.csv"], "empty.csv is empty"),
        (
            ["suggest", "--objective", "spatially_embedded"],
            '--set \'training.objectives=[{"kind": "spatially_embedded"}',
        ),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(tmp_path, capsys, monkeypatch, words: list[str], said: str):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.csv").touch()
    assert main(words) == 2
    shown = capsys.readouterr()
    assert (shown.out, len(shown.err.splitlines())) == ("", 1)
    assert said in shown.err


@pytest.mark.parametrize("content", ["", "{", "[]", '{"wirring": {}}', '{"dt_ms": "NaN"}', '{"dt_ms": NaN}', "\x00"])
def test_a_foreign_file_is_one_sentence_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str
):
    asked = tmp_path / "experiment.json"
    asked.write_text(content)
    assert _run(tmp_path, str(asked)) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_store_that_cannot_be_written_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "store").touch()
    assert _run(tmp_path, "--set", *SMALL) == 2
    assert str(tmp_path / "store") in capsys.readouterr().err


def test_a_diverged_run_fails_with_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    wild = ["training.optimiser.kind=sgd", "training.optimiser.learning_rate=1e30", "training.clip_norm=null"]
    assert _run(tmp_path, "--quiet", "--set", *SMALL, *wild) == 1
    said = capsys.readouterr()
    assert "diverged" in said.err
    assert json.loads(said.out)["state"] == "failed"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to a console, not to a process")
def test_ctrl_c_stops_in_order_and_the_run_can_be_resumed(tmp_path: Path):
    command = [
        sys.executable,
        "-m",
        "engine",
        "run",
        "--out",
        str(tmp_path / "run"),
        "--set",
        *SMALL,
        "training.steps=100000",
    ]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    child.stderr.readline()  # the first line of progress: it trains
    child.send_signal(2)
    out, err = child.communicate(timeout=300)
    assert child.returncode == 130
    assert "Traceback" not in err
    assert "--resume" in err
    assert json.loads(out)["state"] == "stopped"
    run = Run(tmp_path / "run")
    assert run.status().is_resumable
    assert (run.folder / "checkpoint.safetensors").exists()


def test_export_writes_bundle_csv_and_script(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    _run(tmp_path, "--quiet", "--set", *SMALL)
    run = json.loads(capsys.readouterr().out)["run"]
    for form, suffixes in (("bundle", [".zip"]), ("csv", [".csv", ".csv"]), ("script", [".py"])):
        assert main(["export", run, "--as", form, "--out", str(tmp_path / "out")]) == 0
        files = [Path(name) for name in json.loads(capsys.readouterr().out)["files"]]
        assert [path.suffix for path in files] == suffixes
        assert all(path.is_file() for path in files)
    assert zipfile.is_zipfile(next((tmp_path / "out").glob("*.zip")))
    assert main(["export", "r_nothing", "--store", str(tmp_path)]) == 2


def test_connectomes_are_listed_and_shown(capsys: pytest.CaptureFixture[str]):
    assert main(["connectomes"]) == 0
    assert "worm_cook2019" in capsys.readouterr().out
    assert main(["connectomes", "list", "--json"]) == 0
    assert "human_dk84" in {record["id"] for record in json.loads(capsys.readouterr().out)}
    assert main(["connectomes", "show", "worm_cook2019", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["species"] == "Caenorhabditis elegans"
    assert main(["connectomes", "show", "worm_cook2019"]) == 0
    assert "citation" in capsys.readouterr().out
    assert main(["connectomes", "human_dk84", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == "human_dk84"
    assert main(["connectomes", "list", "human_dk84"]) == 2
    assert "connectomes show human_dk84" in capsys.readouterr().err
    assert main(["connectomes", "worm_cook"]) == 2
    assert "worm_cook2019" in capsys.readouterr().err
    assert main(["connectomes", "show", "worm_cook"]) == 2
    assert "worm_cook2019" in capsys.readouterr().err


@pytest.mark.parametrize("chosen", PAPERS, ids=lambda one: one.name)
def test_the_experiment_of_every_part_of_a_paper_can_be_run_by_itself(
    chosen: Paper, capsys: pytest.CaptureFixture[str]
):
    for part in chosen.parts(Scale(first_seed=10)):
        code = main(["papers", "show", chosen.name, part.name, "--first-seed", "10"])
        said = capsys.readouterr()
        if part.experiment is None:
            assert code == 2
            assert f"{part.name} trains nothing" in said.err
        else:
            assert code == 0
            assert Experiment.read(json.loads(said.out)) == part.experiment


def test_a_part_that_a_paper_does_not_have_is_one_sentence(capsys: pytest.CaptureFixture[str]):
    assert main(["papers", "show", "ring_identification", "seperated"]) == 2
    assert "Did you mean 'separated'?" in capsys.readouterr().err
    assert main(["papers", "run", "ring_identification", "separated"]) == 2
    assert "papers show ring_identification separated" in capsys.readouterr().err


def test_the_doctor_tells_versions_and_folders(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["doctor", "--json", "--store", str(tmp_path)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["healthy"]
    assert found["store"] == str(tmp_path)
    (tmp_path / "file").touch()
    assert main(["doctor", "--store", str(tmp_path / "file")]) == 1
    assert "cannot write" in capsys.readouterr().out


def test_serve_takes_the_next_free_port(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(serve, "_is_free", lambda _, port: port >= serve.PORT + 2)
    assert serve._port("127.0.0.1", None) == serve.PORT + 2
    with pytest.raises(serve.Invalid, match="taken"):
        serve._port("127.0.0.1", serve.PORT)


def test_serve_refuses_a_store_that_is_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "file").touch()
    monkeypatch.setattr(serve.subprocess, "Popen", lambda *_, **__: pytest.fail("the server was started"))
    for store in (tmp_path / "file", tmp_path / "file" / "below"):
        assert main(["serve", "--no-browser", "--store", str(store)]) == 2
        said = capsys.readouterr().err
        assert f"{tmp_path / 'file'} is a file" in said
        assert len(said.splitlines()) == 1


@pytest.mark.parametrize("word", ["none", "None", "null", "off"])
def test_a_word_for_nothing_leaves_out_what_may_be_left_out(word: str):
    values = {"training.clip_norm": parsed_value(word), "constraints.dales_law.method": "off", "dt_ms": "none"}
    said = with_nothings(Experiment(), values)
    assert said == {"training.clip_norm": None, "constraints.dales_law.method": "off", "dt_ms": "none"}


def test_serve_admits_the_names_it_was_told():
    command = serve.panel_command("0.0.0.0", 5010, ["lab.example.org"], show=False)
    assert {"--allow-websocket-origin=lab.example.org", "--allow-websocket-origin=localhost:5010"} <= set(command)
    assert "--show" not in command


def test_serve_is_quick_to_ask_since_it_imports_neither_torch_nor_panel():
    code = (
        "import sys, engine.commands.serve, engine.__main__;"
        "print([name for name in ('torch', 'panel', 'param', 'bokeh', 'holoviews', 'app') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("text", "value"),
    [("3", 3), ("0.5", 0.5), ("true", True), ("null", None), ("go_nogo", "go_nogo"), ('["a"]', ["a"])],
)
def test_values_are_json_where_they_can_be(text: str, value: object):
    assert parsed_value(text) == value


def test_a_bar_off_the_terminal_is_ten_lines():
    stream = io.StringIO()
    bar = ProgressBar(stream)
    for step in range(101):
        bar.show(step, 100, "")
    assert len(stream.getvalue().splitlines()) == 11
    assert [duration(seconds) for seconds in (42, 185, 7800)] == ["42 s", "3:05 min", "2:10 h"]


def test_an_unknown_verb_is_one_sentence(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        main(["trian"])
    assert ended.value.code == 2
    assert "trian" in capsys.readouterr().err
