"""Sweeps that are kept: deleted with their runs, brought back, and left alone while they run."""

import time

import pytest

from engine.__main__ import main
from engine.component import Invalid
from engine.experiments.stand import FILE, begin
from engine.experiments.status import Process
from engine.experiments.sweep import Sweep
from engine.experiments.sweep_folder import keep
from engine.experiments.sweep_shelf import delete, is_running, purge, restore, sweeps


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("CONNECTARIUM_STORE", str(tmp_path))
    return tmp_path


def kept(store, name="s_000001"):
    folder = store / "sweeps" / name
    keep(folder, Sweep())
    (folder / "runs" / "group_001").mkdir()
    (folder / "runs" / "group_001" / "weights").write_bytes(b"1")
    return folder


def test_a_deleted_sweep_is_gone_with_its_runs_and_comes_back_with_them(store):
    folder, other = kept(store), kept(store, "s_000002")
    assert sweeps() == [other, folder]
    assert delete("s_000001") == folder
    assert (sweeps(), folder.exists()) == ([other], False)
    assert restore("s_000001") == folder
    assert (folder / "runs" / "group_001" / "weights").read_bytes() == b"1"
    with pytest.raises(Invalid, match="not in the trash"):
        restore("s_000001")


def test_a_sweep_that_runs_is_not_deleted_until_it_has_stopped(store):
    folder = kept(store)
    begin(folder, Process.this())
    assert is_running(folder)
    with pytest.raises(Invalid, match="still at work; stop it before"):
        delete("s_000001")
    assert folder.exists()
    (folder / FILE).write_text("{")  # damaged: nobody can tell, and it must not stay for ever
    delete("s_000001")
    assert not folder.exists()


@pytest.mark.parametrize("name", ["", "../sweeps/s_000001", "s_00001", "{store}/elsewhere", "../elsewhere"])
def test_only_what_is_kept_by_its_name_can_be_deleted(store, name):
    """Names lie below the test's own folder: without the guard nothing else would be moved."""
    folder, elsewhere = kept(store), store / "elsewhere"
    elsewhere.mkdir()
    with pytest.raises(Invalid, match="There is no sweep"):
        delete(name.format(store=store))
    assert folder.exists()
    assert elsewhere.exists()


def test_what_was_deleted_long_ago_is_gone_for_good(store):
    kept(store)
    delete("s_000001")
    (there,) = (store / ".trash" / "sweeps").iterdir()
    there.rename(there.with_name(f"s_000001~{time.time() - 31 * 86400:.0f}"))
    purge()
    with pytest.raises(Invalid, match="not in the trash"):
        restore("s_000001")


def test_the_command_lists_deletes_and_brings_back(store, capsys):
    folder = kept(store)
    assert main(["sweep", "--list"]) == 0
    assert "s_000001" in capsys.readouterr()[0]
    assert main(["sweep", "--delete", "s_000001"]) == 0
    assert "connectarium sweep --restore s_000001" in capsys.readouterr()[1]
    assert not folder.exists()
    assert main(["sweep", "--restore", "s_000001"]) == 0
    assert folder.exists()
    begin(folder, Process.this())
    assert main(["sweep", "--delete", "s_000001"]) == 2
    assert "still at work" in capsys.readouterr()[1]
