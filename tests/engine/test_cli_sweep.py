"""The command `sweep`: a grid is trained, a table written, and bad input told in one sentence."""

import json
from pathlib import Path

import pandas as pd
import pytest

from engine.__main__ import main
from engine.commands import sweep
from engine.experiments.experiment import Experiment
from engine.experiments.sweep import Axis, Sweep
from engine.experiments.sweep_folder import keep
from tests.engine.small_experiment import VALUES

SMALL = ["--set", *(f"{address}={value}" for address, value in {**VALUES, "dynamics.state_noise": 0}.items())]
OVER = ["--over", "training.optimiser.learning_rate=log:1e-3:1e-1:3", "--over", "dynamics.activation=tanh,relu"]


def test_a_grid_is_trained_into_a_table_and_the_same_command_has_nothing_left_to_do(tmp_path, capsys):
    out = tmp_path / "swept"
    asked = ["sweep", *SMALL, "--steps", "10", *OVER, "--seeds", "2", "--out", str(out)]
    assert main(asked) == 0
    said, shown = capsys.readouterr()
    told = json.loads(said)
    assert (told["state"], told["networks"], told["diverged"], len(told["points"])) == ("done", 12, 0, 6)
    assert told["best"]["loss"].keys() == {"training.optimiser.learning_rate", "dynamics.activation"}
    assert "6 points x 2 networks = 12, in 2 runs" in shown
    assert "left" in shown
    table = pd.read_csv(out / "networks.csv")
    assert list(table)[:4] == ["point", "training.optimiser.learning_rate", "dynamics.activation", "seed"]
    assert len(table) == 12
    assert table["done"].all()
    runs = sorted((out / "runs").iterdir())
    before = [run.stat().st_mtime_ns for run in runs]
    assert main(["sweep", "--out", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr()[0])["points"] == told["points"]
    assert [run.stat().st_mtime_ns for run in runs] == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Nothing is swept"),
        (["--over", "dynamics.taum=1,2"], "Did you mean 'dynamics.tau_ms'?"),
        (["--over", "dynamics.tau_ms=100,20"], "At dynamics.tau_ms = 20: A time step of 50 ms"),
        (["--over", "dynamics.tau_ms=log:0:5:3"], "In dynamics.tau_ms=log:0:5:3: low is 0.0"),
        (["--over", "a=1", "--over", "b=1", "--over", "c=1", "--over", "d=1"], "3 at most"),
        (["--over", "dynamics.tau_ms=60,70", "--seeds", "0"], "seeds is 0"),
        (["--over", "dynamics.tau_ms=lin:60:70:3:9"], "is no range"),
        (["--over", "training.steps=lin:-1e308:1e308:3"], "low"),
        (["--over", "dynamics.tau_ms=" + "[" * 9000], "tau_ms"),
    ],
)
def test_bad_input_ends_with_2_and_one_sentence_and_leaves_no_folder(words, said, tmp_path, capsys):
    assert main(["sweep", *SMALL, *words, "--out", str(tmp_path / "out")]) == 2
    shown = capsys.readouterr()[1]
    assert said in shown
    assert len(shown.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_file_where_the_folder_should_be_and_other_seeds_than_begun_with_are_told(tmp_path, capsys):
    taken, out = tmp_path / "taken", tmp_path / "out"
    taken.write_text("x")
    assert main(["sweep", *SMALL, *OVER, "--out", str(taken)]) == 2
    assert "holds something else" in capsys.readouterr()[1]
    keep(out, Sweep(seeds=2))
    assert main(["sweep", "--out", str(out), "--seeds", "5"]) == 2
    assert "2 networks per point" in capsys.readouterr()[1]


def test_with_a_store_a_sweep_lies_and_finds_its_weights_there_and_the_way_to_go_on_names_it(
    tmp_path, capsys, monkeypatch
):
    store, few = tmp_path / "store", [*SMALL, "--steps", "2", "--store", str(tmp_path / "store")]
    assert main(["run", *few, "--quiet"]) == 0
    run = Path(json.loads(capsys.readouterr()[0])["run"])
    asked = ["sweep", *few, "--set", "weights.kind=from_run", f"weights.run={run.name}", "--json"]
    asked += ["--over", "weights.step=none", "--seeds", "1"]
    assert main(asked) == 0
    told = json.loads(capsys.readouterr()[0])
    assert (told["state"], Path(told["sweep"]).parent) == ("done", store / "sweeps")
    with monkeypatch.context() as patched:
        patched.setattr(sweep, "followed", lambda *_: False)  # as after Ctrl-C
        assert main([*asked, "--out", str(tmp_path / "out")]) == 130
    again = capsys.readouterr()[1].partition("go on with: connectarium ")[2].split()
    assert main([*again, "--json"]) == 0
    assert json.loads(capsys.readouterr()[0])["state"] == "done"


def test_a_number_that_is_listed_twice_is_one_point():
    assert Axis.parse("dynamics.tau_ms=100,100.0,200").values(Experiment()) == (100.0, 200)
