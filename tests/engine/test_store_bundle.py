"""What leaves the store is complete, checked, and repeats the run."""

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from engine.component import Invalid
from engine.connectomes.catalogue import record
from engine.experiments.environment import connectome_files
from engine.experiments.execute import execute, take_up
from engine.experiments.run import Run
from engine.experiments.script import script
from engine.experiments.status import Process
from engine.experiments.store import Store
from tests.engine.small_experiment import small_experiment


@pytest.fixture
def trained(tmp_path: Path) -> tuple[Store, Run]:
    store = Store(tmp_path)
    measured = {"wiring__kind": "measured", "wiring__connectome": "worm_cook2019", "training__steps": 4}
    run = store.create(
        small_experiment(seeds__networks=2).with_values({n.replace("__", "."): v for n, v in measured.items()})
    )
    assert take_up(run, Process.this())
    list(execute(run))
    return store, run


def test_a_bundle_holds_everything_and_its_sums_agree(trained: tuple[Store, Run]):
    store, run = trained
    with zipfile.ZipFile(store.bundle(run.id)) as archive:
        names = set(archive.namelist())
        manifest = json.loads(archive.read("manifest.json"))
        assert manifest["files"].keys() == names - {"manifest.json"}
        for name, checksum in manifest["files"].items():
            assert hashlib.sha256(archive.read(name)).hexdigest() == checksum
        assert {"experiment.json", "environment.json", "script.py", "history.csv", "metrics.jsonl"} <= names
        assert {"weights.safetensors", "evaluations.csv", "status.json", "notes.json", "README.txt"} <= names
        assert {f"snapshots/step_{step:08d}.safetensors" for step in (0, 1, 2, 3, 4)} <= names
        assert {"connectome/worm_cook2019.npz", "connectome/worm_cook2019.json", "connectome/NOTICE"} <= names
        assert {"connectome/CITATION.txt", "connectome/MIT-cect.txt"} <= names
        assert "connectome/HCP.txt" not in names
        rows = archive.read("history.csv").decode().splitlines()
        assert rows[0] == "step,network,seconds,loss,gradient_norm,violations"
        assert len(rows) == 1 + 5 * 2
        assert rows[1].startswith("0,0,")
    assert not list(store.path.glob("exports/*.part"))


def test_a_bundle_of_a_damaged_run_holds_what_is_left(trained: tuple[Store, Run]):
    store, run = trained
    (run.folder / "experiment.json").write_text("{")
    (run.folder / "environment.json").unlink()
    (run.folder / "environment.json").symlink_to("/etc/hostname")
    with zipfile.ZipFile(store.bundle(run.id)) as archive:
        names = set(archive.namelist())
    assert "weights.safetensors" in names
    assert not {"script.py", "environment.json"} & names


def test_a_bundle_holds_every_measured_part_of_a_composition_and_its_licence(tmp_path: Path):
    inner = {"name": "brain", "wiring": {"kind": "measured", "connectome": "human_dk84"}}
    nested = {"name": "rest", "wiring": {"kind": "composed", "parts": [inner, {"name": "rule"}]}}
    worm = {"name": "worm", "wiring": {"kind": "measured", "connectome": "worm_cook2019"}}
    run = Store(tmp_path).create(small_experiment().with_value("wiring", {"kind": "composed", "parts": [worm, nested]}))
    with zipfile.ZipFile(Store(tmp_path).bundle(run.id)) as archive:
        names = set(archive.namelist())
        cited = archive.read("connectome/CITATION.txt").decode()
    for id in ("worm_cook2019", "human_dk84"):
        assert {f"connectome/{id}.npz", f"connectome/{id}.json"} <= names
        assert record(id).citation in cited
        assert {f"connectome/{file}" for file in record(id).licence_files} <= names
    assert run.environment()["connectome_sha256"].keys() == {
        f"{id}.{suffix}" for id in ("worm_cook2019", "human_dk84") for suffix in ("npz", "json")
    }


def test_a_foreign_connectome_name_reads_no_file_and_writes_no_code(tmp_path: Path):
    (tmp_path / "secret.json").write_text("{}")
    for name in (str(tmp_path / "secret"), "../../../pyproject", '"""\nraise SystemExit(7)\n"""'):
        hostile = small_experiment().with_values({"wiring.kind": "measured"})
        hostile = hostile.model_copy(update={"wiring": hostile.wiring.model_copy(update={"connectome": name})})
        assert connectome_files(hostile) == []
        first = script(hostile).partition("experiment = ")[0]
        assert "raise SystemExit" not in first.replace("_raise SystemExit_7_", "")
        assert first.count('"""') == 2


def test_a_bundle_that_cannot_be_written_names_its_folder(trained: tuple[Store, Run], tmp_path: Path):
    store, run = trained
    (tmp_path / "file").touch()
    with pytest.raises(Invalid, match="file"):
        store.bundle(run.id, tmp_path / "file")


def test_the_script_repeats_the_run_with_the_same_numbers(tmp_path: Path):
    experiment = small_experiment(seeds__networks=2, seeds__trials=7)
    path = tmp_path / "again.py"
    path.write_text(script(experiment))
    network = experiment.network()
    last = list(experiment.train(network))[-1].evaluation
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    said = subprocess.run(
        [sys.executable, str(path)], capture_output=True, text=True, check=True, env=environment, cwd=tmp_path
    ).stdout.splitlines()
    assert said[-1] == f"step 30 of 30 held-out loss {last.loss.tolist()} accuracy {last.accuracy.tolist()}"
