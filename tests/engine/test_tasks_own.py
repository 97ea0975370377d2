"""Tasks of the user's own: nothing is run unasked, and every fault is told in one sentence."""

import importlib.util
import os
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.__main__ import main
from engine.component import Invalid
from engine.experiments.check import check
from engine.experiments.experiment import Experiment
from engine.own_files import FOLDER, allow
from engine.randomness import torch_stream
from engine.tasks import ArrayTask, NeuroGym, OwnTask, XorOverTime
from engine.tasks.array_file import read
from engine.tasks.check import faults

EXAMPLE = Path(__file__).parents[1] / "fixtures" / "own_task_example.py"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(FOLDER, str(tmp_path))
    shutil.copy(EXAMPLE, tmp_path)
    return tmp_path


def arrays(**changed):
    rng = np.random.default_rng(0)
    side = rng.integers(0, 2, 60)
    made = {
        "inputs": rng.normal(size=(60, 10, 1)) + (2 * side - 1)[:, None, None],
        "targets": np.repeat(side[:, None], 10, 1),
        "condition_side": np.array(["left", "right"])[side],
    }
    return {k: v for k, v in (made | changed).items() if v is not None}


def saved(folder, **changed):
    np.savez(folder / "mine.npz", **arrays(**changed))
    return ArrayTask(file="mine.npz")


def test_the_documented_example_passes_the_battery_and_trains(folder):
    task = OwnTask(file=EXAMPLE.name, settings='{"noise": 0.2}')
    assert list(faults(task, n=500)) == []
    experiment = Experiment().with_values({"task.kind": "own", "task.file": EXAMPLE.name, "wiring.kind": "random"})
    check(experiment.with_values({"wiring.n": 20} if "n" in type(experiment.wiring).model_fields else {}))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("1 + sign[:, None]", "1", "No trial ever asks for the class 'positive'; give it trials or leave it out"),
        ("torch.ones(n, epochs.steps, dtype=torch.bool)", "targets > 5", "The mask scores nothing in 500 of 500"),
        ("dtype=torch.long", "dtype=torch.int32", r"The targets are torch.int32 .*, but must be torch.int64"),
        ("balanced(n, 2, rng)", "balanced(n, 2 // 0, rng)", r"ZeroDivisionError: .* \(line 47 of mine.py\)"),
    ],
)
def test_a_class_that_cannot_be_trained_on_is_refused_before_anything_runs(folder, old, new, said):
    text = EXAMPLE.read_text()
    assert old in text
    (folder / "mine.py").write_text(text.replace(old, new))
    experiment = Experiment().with_values({"task.kind": "own", "task.file": "mine.py", "wiring.kind": "random"})
    with pytest.raises(Invalid, match=said) as refused:
        check(experiment)
    assert refused.value.address == "task.file"
    assert "\n" not in str(refused.value)


def test_a_python_file_is_not_run_unless_its_folder_was_allowed(tmp_path, monkeypatch):
    monkeypatch.delenv(FOLDER, raising=False)
    (tmp_path / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    for name in ("evil.py", str(tmp_path / "evil.py")):
        with pytest.raises(Invalid, match="only if Connectarium is started with --own-tasks"):
            OwnTask(file=name).trials(2, 20.0, torch_stream(0))
    inside = tmp_path / "inside"
    inside.mkdir()
    monkeypatch.setenv(FOLDER, str(inside))
    (inside / "link.py").symlink_to(tmp_path / "evil.py")
    for name in ("../evil.py", str(tmp_path / "evil.py"), "link.py"):
        with pytest.raises(Invalid, match="There is no file"):
            OwnTask(file=name).trials(2, 20.0, torch_stream(0))
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = (", "cannot be run in line 1: SyntaxError"),
        ("1 / 0", "cannot be run: ZeroDivisionError"),
        ("x = 1", "defines 0 whole tasks"),
        ("from engine.tasks.task import Task\nclass Mine(Task):\n    pass\n", "its class lacks chance, correct, ideal"),
    ],
)
def test_a_file_without_a_task_is_told_in_one_sentence(folder, text, said):
    (folder / "mine.py").write_text(text)
    with pytest.raises(Invalid, match=said) as refused:
        OwnTask(file="mine.py").trials(2, 20.0, torch_stream(0))
    assert refused.value.address == "task.file"


def test_a_changed_file_is_read_again(folder):
    assert OwnTask(file=EXAMPLE.name).chance == 0.5
    path = folder / EXAMPLE.name
    path.write_text(path.read_text().replace("return 0.5", "return 0.25"))
    os.utime(path, ns=(1, 1))
    assert OwnTask(file=EXAMPLE.name).chance == 0.25


def test_wrong_settings_are_told_in_one_sentence(folder):
    for settings, said in (('{"nois": 1}', "Did you mean 'noise'"), ("{", "not JSON")):
        with pytest.raises(Invalid, match=said):
            OwnTask(file=EXAMPLE.name, settings=settings).trials(2, 20.0, torch_stream(0))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("return 0.5", "return 0.1", "more than the declared chance"),
        ("balanced(n, 2, rng)", "torch.randint(2, (n,))", "The same seed gives other trials"),
        ("1 + sign[:, None]", "2 + sign[:, None]", "but the outputs are the classes 0 to 2"),
        ("1 + sign[:, None]", "1", "No trial ever asks for the class 'positive'"),
        ("torch.ones(n, epochs.steps, dtype=torch.bool)", "targets > 5", "The mask scores nothing"),
        ('{"sign": sign}', "{}", "The variable 'sign' is declared or in the trials"),
        ('{"sign": sign}', '{"sign": sign + 7}', "values without a label"),
        ("white_noise((n, epochs.steps, 1), self.noise, dt_ms, rng)",
         "self.noise * torch.randn(n, epochs.steps, 1, generator=rng)", "Halving dt changes the power"),
        ("trials.inputs[:, trials.epochs[\"stimulus\"], 0].sum(1) > 0",
         "trials.inputs[:, trials.epochs[\"stimulus\"], 0].sum(1) < 0", "The ideal observer scores"),
        ('return ("input",)', 'return ("input", "more")', "The inputs are"),
        ("score(chosen", "1.5 * score(chosen", "outside 0..1"),
    ],
)  # fmt: skip
def test_the_battery_finds_what_is_wrong_with_a_task(folder, old, new, said):
    text = EXAMPLE.read_text()
    assert old in text
    (folder / "mine.py").write_text(text.replace(old, new))
    found = list(faults(OwnTask(file="mine.py").inner(), n=500))
    assert any(said in sentence for sentence in found), found
    assert all(sentence.endswith(".") for sentence in found)


@pytest.mark.parametrize("form", ["classes", "values"])
def test_arrays_pass_the_battery_and_keep_trials_back(folder, form):
    values = np.random.default_rng(1).normal(size=(60, 10, 2)) if form == "values" else arrays()["targets"]
    task = saved(folder, targets=values)
    assert list(faults(task, n=300)) == []
    train, test = task.trials(500, 20.0, torch_stream(0)), task.held_out(500, 20.0, torch_stream(0))
    seen, kept = (set(t.inputs[:, 0, 0].tolist()) for t in (train, test))
    assert (len(seen), len(kept)) == (48, 12)
    assert not seen & kept


def test_a_csv_holds_the_same_trials_as_an_npz(folder):
    made = arrays()
    rows = ["trial,input drive,class,condition side"]
    for k in range(60):
        values, side = made["inputs"][k, :, 0].tolist(), made["condition_side"][k]
        rows += [f"{k},{value!r},{owed},{side}" for value, owed in zip(values, made["targets"][k], strict=True)]
    (folder / "mine.csv").write_text("\n".join(rows))
    np.savez(folder / "mine.npz", **made)
    one, other = read(folder / "mine.csv"), read(folder / "mine.npz")
    assert torch.equal(one.inputs, other.inputs)
    assert torch.equal(one.targets, other.targets)
    assert one.labels == other.labels == {"side": ("left", "right")}
    assert one.input_names == ("drive",)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"targets": None}, "holds no 'targets'"),
        ({"inputs": np.zeros((60, 10))}, "need trials, steps and channels"),
        ({"inputs": np.zeros((59, 10, 1))}, "trials and steps must be the same"),
        ({"inputs": np.full((60, 10, 1), np.nan)}, "no finite number, first at"),
        ({"mask": np.zeros((60, 10))}, "scores nothing in trial 0"),
        ({"mask": np.ones((60, 9))}, "The mask of mine.npz is"),
        ({"targets": np.zeros((60, 10), int) + 2}, "No trial of mine.npz asks for the class 0"),
        ({"targets": np.full((60, 10), 0.5)}, "are classes; number them"),
        ({"condition_side": np.zeros(59)}, "needs one value for each of 60 trials"),
        ({"input_names": np.array(["a", "b"])}, "names 2 different inputs, but has 1"),
        ({"dt_ms": np.array(-1.0)}, "dt_ms of mine.npz must be one number"),
        ({"inputs": np.array([[["a"]]])}, "."),
        ({"inputs": np.array([{}], dtype=object)}, "."),
    ],
)  # fmt: skip
def test_faulty_arrays_are_told_in_one_sentence(folder, changed, said):
    with pytest.raises(Invalid, match=said) as refused:
        saved(folder, **changed).trials(4, 20.0, torch_stream(0))
    assert refused.value.address == "task.file"
    assert str(refused.value).endswith(".")


def test_arrays_sampled_at_another_step_are_refused(folder):
    with pytest.raises(Invalid, match="set dt_ms to 10") as refused:
        saved(folder, dt_ms=np.array(10.0)).trials(4, 20.0, torch_stream(0))
    assert refused.value.address == "dt_ms"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04garbage", b"\x00" * 100, b"trial,input x\n1,2\n1,2\n2,3\n"])
@pytest.mark.parametrize("name", ["mine.npz", "mine.csv"])
def test_a_damaged_file_is_told_in_one_sentence(folder, name, content):
    (folder / name).write_bytes(content)
    with pytest.raises(Invalid, match=r"\.$"):
        ArrayTask(file=name).trials(4, 20.0, torch_stream(0))


def test_an_archive_that_is_a_trap_is_not_unpacked(folder):
    with zipfile.ZipFile(folder / "mine.npz", "w", zipfile.ZIP_DEFLATED) as trap:
        trap.writestr("inputs.npy", b"\x00" * 200_000_000)
    with pytest.raises(Invalid):
        ArrayTask(file="mine.npz").trials(4, 20.0, torch_stream(0))


def test_a_file_outside_the_folder_of_tasks_is_not_read(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "mine.npz"
    np.savez(elsewhere, **arrays())
    with pytest.raises(Invalid, match="There is no file"):
        ArrayTask(file=str(elsewhere)).trials(4, 20.0, torch_stream(0))


def test_an_allowed_folder_must_exist(tmp_path):
    with pytest.raises(Invalid, match="There is no folder"):
        allow(str(tmp_path / "missing"))


@pytest.mark.skipif(importlib.util.find_spec("neurogym") is not None, reason="NeuroGym is installed")
def test_without_neurogym_its_tasks_say_how_to_get_it():
    with pytest.raises(Invalid, match="pip install") as refused:
        NeuroGym().trials(4, 20.0, torch_stream(0))
    assert refused.value.address == "task.id"


@pytest.mark.skipif(importlib.util.find_spec("neurogym") is None, reason="NeuroGym is not installed")
@pytest.mark.parametrize("name", ["PerceptualDecisionMaking-v0", "ReadySetGo-v0", "ReachingDelayResponse-v0"])
def test_tasks_of_neurogym_pass_the_battery(name):
    assert list(faults(NeuroGym(id=name), n=300)) == []


def test_the_command_checks_a_file_and_shows_a_card(folder, capsys, monkeypatch):
    monkeypatch.setenv(FOLDER, str(folder))
    assert main(["tasks", "check", str(folder / EXAMPLE.name)]) == 0
    assert '"chance": 0.5' in capsys.readouterr().out
    broken = folder / "broken.py"
    broken.write_text(EXAMPLE.read_text().replace("return 0.5", "return 0.1"))
    assert main(["tasks", "check", str(broken)]) == 1
    assert "more than the declared chance" in capsys.readouterr().err
    assert main(["tasks", "check", str(folder / "nothing.py")]) == 2
    assert main(["tasks", "check", "xor_over_time"]) == 0
    capsys.readouterr()
    assert main(["tasks", "check", "xor_overtime"]) == 2
    assert "Did you mean 'xor_over_time'" in capsys.readouterr().err
    assert main(["tasks", "show", "xor_over_time", "--set", "delay_ms=100"]) == 0
    assert XorOverTime.title in capsys.readouterr().out
    assert main(["tasks"]) == 0
    assert "twenty_rules" in capsys.readouterr().out
