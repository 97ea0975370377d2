"""A single changed bit in a finished run is told in one sentence that names the file."""

import json
import os
import zipfile
from pathlib import Path

import pytest
from safetensors.torch import load_file

from engine.component import Invalid
from engine.experiments.bundle import bundle
from engine.experiments.checksums import NAME, changed, stamp, write_checksums
from engine.experiments.damage import damage
from engine.experiments.execute import execute, take_up
from engine.experiments.run import Run
from engine.experiments.status import Process
from engine.experiments.store import Store
from tests.engine.small_experiment import small_experiment

FILES = (
    "weights.safetensors",
    "checkpoint.safetensors",
    "snapshots/step_00000003.safetensors",
    "metrics.jsonl",
    "experiment.json",
    "environment.json",
    "status.json",
)


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Store, Run]:
    store = Store(tmp_path)
    run = store.create(small_experiment(training__steps=12))
    assert take_up(run, Process.this())
    list(execute(run))
    return store, run


def flip(path: Path, quietly: bool = False) -> None:
    """One bit of the last number changes; `quietly`, as a failing disk does it, the time of the file does not."""
    before = path.stat()
    content = bytearray(path.read_bytes())
    at = len(content) - 3
    if path.suffix != ".safetensors":
        at = max(k for k, letter in enumerate(content) if chr(letter) in "0123")
    content[at] ^= 2
    path.write_bytes(bytes(content))
    if quietly:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_bit_is_told_wherever_the_run_goes(kept: tuple[Store, Run], name: str, tmp_path: Path):
    store, run = kept
    assert damage(run) == ()
    assert [row.state for row in store.runs()] == ["done"]
    flip(run.folder / name)
    (said,) = damage(run)
    assert said == f"{name} has changed since the run ended: its SHA-256 is another one."
    (row,) = store.runs()
    assert (row.state, row.message) == ("damaged", said)
    with zipfile.ZipFile(bundle(run, tmp_path / "out")) as archive:
        assert said in archive.read("README.txt").decode()
        assert json.loads(archive.read(NAME)) == json.loads((run.folder / NAME).read_text())


def test_a_bit_that_a_disk_lost_is_found_when_the_run_is_opened(kept: tuple[Store, Run]):
    run = kept[1]
    flip(run.folder / "weights.safetensors", quietly=True)
    load_file(run.folder / "weights.safetensors")  # nothing else would notice
    assert changed(run.folder, thorough=False) == ()
    assert len(damage(run)) == 1


def test_a_run_does_not_go_on_from_a_changed_checkpoint(tmp_path: Path):
    run = Store(tmp_path).create(small_experiment(training__steps=12))
    assert take_up(run, Process.this())
    steps = execute(run)
    for _ in range(6):
        next(steps)
    steps.close()
    flip(run.folder / "checkpoint.safetensors")
    assert take_up(run, Process.this())
    with pytest.raises(Invalid, match=r"checkpoint\.safetensors has changed"):
        list(execute(run))
    assert "checkpoint.safetensors has changed" in run.status().message


def test_a_run_that_goes_on_is_sealed_anew_when_it_ends(tmp_path: Path):
    run = Store(tmp_path).create(small_experiment(training__steps=12))
    assert take_up(run, Process.this())
    steps = execute(run)
    next(steps)
    assert not (run.folder / NAME).exists()
    steps.close()
    assert changed(run.folder) == ()
    run.enqueue()
    assert changed(run.folder) == ()
    assert take_up(run, Process.this())
    list(execute(run))
    assert json.loads((run.folder / NAME).read_text())["attempt"] == 2
    assert changed(run.folder) == ()


def test_a_seal_that_comes_late_when_the_run_goes_on_already_is_not_kept(tmp_path: Path):
    run = Store(tmp_path).create(small_experiment(training__steps=12))
    for _ in range(2):
        assert take_up(run, Process.this())
        steps = execute(run)
        next(steps)
        steps.close()
    write_checksums(run.folder, attempt=1)
    assert not (run.folder / NAME).exists()
    write_checksums(run.folder, attempt=2)
    assert (run.folder / NAME).exists()


def test_an_old_run_without_checksums_is_whole(kept: tuple[Store, Run]):
    store, run = kept
    (run.folder / NAME).unlink()
    assert damage(run) == ()
    assert [row.state for row in store.runs()] == ["done"]


@pytest.mark.parametrize("content", ["{", "[]", '{"files": 3}', '{"files": {"../../etc/passwd": {}, "x": 3}}'])
def test_foreign_checksums_are_one_sentence_at_most(kept: tuple[Store, Run], content: str):
    (kept[1].folder / NAME).write_text(content)
    assert len(changed(kept[1].folder)) <= 1


def test_name_and_note_are_free_to_change(kept: tuple[Store, Run]):
    store, run = kept
    before = stamp(run.folder)
    store.rename(run.id, "another")
    store.note(run.id, "a note")
    assert damage(run) == ()
    assert stamp(run.folder) != before
