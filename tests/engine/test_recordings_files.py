"""A recording of one's own is read from npz, HDF5 and csv; every fault is told in one sentence."""

from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import torch

from engine.component import Invalid
from engine.own_files import data_file
from engine.recordings.chosen_units import units_named
from engine.recordings.recording_file import RecordingFile, read_session
from engine.recordings.session import Session
from engine.recordings.sessions import joined
from engine.recordings.two_photon import CONDITIONS, TwoPhoton
from engine.tasks.recorded_activity import RecordedActivity
from engine.variable import Variable


def parts(**changes: object) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    found = {
        "rates": rng.random((4, 10, 3)),
        "inputs": rng.random((4, 10, 2)),
        "behaviour_heading": rng.random((4, 10)),
        "condition_reward": np.array(["big", "small", "big", "none"]),
        "unit_names": np.array(["a", "b", "c"]),
        "dt_ms": np.array(20.0),
    }
    return {name: value for name, value in (found | changes).items() if value is not None}


def npz(folder: Path, **changes: object) -> Path:
    np.savez(folder / "session.npz", **parts(**changes))
    return folder / "session.npz"


def hdf5(folder: Path) -> Path:
    with h5py.File(folder / "session.h5", "w") as file:
        for name, value in parts().items():
            file[name] = value.astype("S") if value.dtype.kind == "U" else value
    return folder / "session.h5"


def csv(folder: Path) -> Path:
    found = parts()
    table = pd.DataFrame({"trial": np.repeat([7, 3, 9, 1], 10), "dt_ms": 20.0})
    for kind, block, names in (("unit", "rates", "abc"), ("input", "inputs", "12")):
        for k, name in enumerate(names):
            table[f"{kind} {name}" if kind == "unit" else f"input input {name}"] = found[block][..., k].ravel()
    table["behaviour heading"] = found["behaviour_heading"].ravel()
    table["condition reward"] = np.repeat(found["condition_reward"], 10)
    table.to_csv(folder / "session.csv", index=False)
    return folder / "session.csv"


@pytest.mark.parametrize("write", [npz, hdf5, csv])
def test_every_form_gives_the_same_session(write, tmp_path):
    session, wanted = read_session(write(tmp_path)), parts()
    np.testing.assert_allclose(session.rates, wanted["rates"], atol=1e-6)
    np.testing.assert_allclose(session.inputs, wanted["inputs"], atol=1e-6)
    np.testing.assert_allclose(session.behaviour["heading"], wanted["behaviour_heading"], atol=1e-6)
    assert (session.unit_names, session.input_names, session.dt_ms) == (("a", "b", "c"), ("input 1", "input 2"), 20.0)
    assert session.conditions["reward"].tolist() == [0, 2, 0, 1]
    assert session.variables[0] == Variable("reward", "categorical", labels=("big", "none", "small"))


HOLED = np.where(np.arange(120).reshape(4, 10, 3) == 34, np.nan, 1.0)
FAULTS = [
    ({"rates": HOLED}, "1 value that is no finite number, first at trial 2, step 2, unit 2; fill them"),
    ({"rates": None}, "holds no activity"),
    ({"rates": np.zeros(5)}, "they need trials, at least 2 steps, and units"),
    ({"inputs": np.zeros((4, 9, 2))}, r"inputs of session.npz are \(4, 9, 2\), but need 4 trials and 10 steps"),
    ({"dt_ms": None}, "does not say how long a sample lasts; give the sampling interval"),
    ({"unit_names": np.array(["a", "a", "b"])}, "names 2 different units, but has 3"),
    ({"behaviour_heading": np.zeros((4, 9))}, r"'heading' of session.npz has shape \(4, 9\)"),
    ({"behaviour_reward": np.zeros((4, 10))}, "'reward' of session.npz is a behaviour and a condition; rename one"),
    ({"rates": np.full((4, 10, 3), 1e300)}, "120 values that are no finite number"),
]


@pytest.mark.parametrize(("changes", "said"), FAULTS)
def test_faults_are_told_in_one_sentence_with_an_address(changes, said, tmp_path):
    with pytest.raises(Invalid, match=said) as refused:
        read_session(npz(tmp_path, **changes))
    assert refused.value.address.startswith("task.recording.")
    assert str(refused.value).count(". ") == 0


def test_ragged_trials_are_told_by_their_lengths(tmp_path):
    path = csv(tmp_path)
    pd.read_csv(path).iloc[:-3].to_csv(path, index=False)
    with pytest.raises(Invalid, match="from 7 to 10 rows; cut all to the same length"):
        read_session(path)


def test_texts_that_are_no_text_get_a_sign_in_place_of_what_cannot_be_read(tmp_path):
    session = read_session(npz(tmp_path, unit_names=np.array([b"\xffa", b"b", b"c"])))
    assert session.unit_names == ("\ufffda", "b", "c")


@pytest.mark.parametrize(
    ("column", "row", "value", "said"),
    [("trial", 5, np.nan, "says of every row to which trial it belongs"),
     ("condition reward", 5, "other", "'reward' of session.csv changes within trial 1")],
)  # fmt: skip
def test_a_row_that_belongs_to_no_trial_or_contradicts_it_is_told(column, row, value, said, tmp_path):
    path = csv(tmp_path)
    table = pd.read_csv(path)
    table.loc[row, column] = value
    table.to_csv(path, index=False)
    with pytest.raises(Invalid, match=said):
        read_session(path)


def test_objects_in_a_file_are_never_made(tmp_path):
    ragged = np.array([np.zeros(3), np.zeros(4)], dtype=object)
    with pytest.raises(Invalid, match="Python objects"):
        read_session(npz(tmp_path, rates=ragged))


def test_files_outside_the_folder_of_recordings_are_not_read(tmp_path):
    npz(tmp_path)
    with pytest.raises(Invalid, match="There is no recording"):
        RecordingFile(file=f"../{tmp_path.name}/session.npz").session()


@pytest.mark.parametrize("name", ["a\0b.npz", "x" * 300, ".", "..", "/"])
def test_a_name_that_no_file_has_is_told_in_one_sentence(name):
    with pytest.raises(Invalid, match="There is no recording"):
        RecordingFile(file=name).session()
    with pytest.raises(Invalid, match="There is no file"):
        data_file(name)


def line(dt_ms: float = 10.0) -> Session:
    """Rates rise by 1 a step, the heading by 30 degrees."""
    steps = torch.arange(12.0)
    heading = (steps * 30 % 360).expand(3, -1)
    rates = steps[None, :, None] + torch.arange(2.0)
    return Session(
        rates.expand(3, -1, -1), rates[..., :1].expand(3, -1, -1), dt_ms, ("a", "b"), ("i",),
        behaviour={"heading": heading}, variables=(Variable("heading", "circular", "°", 360.0),),
    )  # fmt: skip


def test_finer_steps_lie_on_straight_lines_and_angles_go_the_shorter_way():
    fine = line().resampled(5.0)
    torch.testing.assert_close(fine.rates[0, :, 0], torch.arange(23) / 2)
    torch.testing.assert_close(fine.behaviour["heading"][0], (torch.arange(23) * 15.0) % 360)


def test_coarser_steps_are_means_of_whole_samples():
    coarse = line().resampled(30.0)
    assert coarse.rates[0, :, 0].tolist() == [1, 4, 7, 10]
    torch.testing.assert_close(coarse.behaviour["heading"][0], torch.tensor([30.0, 120.0, 210.0, 300.0]))
    assert line().resampled(10.0).rates.shape == (3, 12, 2)


def test_samples_that_make_less_than_two_whole_steps_are_refused():
    three = line().window(0.0, 30.0)
    assert three.resampled(15.0).steps == 2
    with pytest.raises(Invalid, match="lasts 30 ms, less than two time steps of 20 ms"):
        three.resampled(20.0)


def test_smoothing_keeps_the_mean_and_never_mixes_trials():
    noisy = Session(torch.rand(3, 200, 2), torch.zeros(3, 200, 1), 10.0, ("a", "b"), ("i",))
    smooth = noisy.smoothed(20.0)
    assert smooth.rates.std() < 0.6 * noisy.rates.std()
    torch.testing.assert_close(smooth.rates.mean(1), noisy.rates.mean(1), atol=0.02, rtol=0)
    alone = noisy.at(torch.tensor([1])).smoothed(20.0)
    torch.testing.assert_close(alone.rates[0], smooth.rates[1])


def test_a_window_keeps_what_lies_between_its_times():
    part = line().window(20.0, 60.0)
    assert part.rates[0, :, 0].tolist() == [2, 3, 4, 5]
    assert part.behaviour["heading"].shape == (3, 4)
    with pytest.raises(Invalid, match="Fewer than two samples"):
        line().window(115.0, 200.0)


def test_trials_are_either_fitted_or_held_out_and_one_trial_cannot_be_split():
    kept, back = line().split(0.34)
    assert sorted([*kept.tolist(), *back.tolist()]) == [0, 1, 2]
    with pytest.raises(Invalid, match="at least 2 are needed"):
        line().at(torch.tensor([0])).split(0.5)


def test_units_are_named_by_number():
    assert units_named("1-3, 7", 10, "task.observed").tolist() == [0, 1, 2, 6]
    for text, said in (("0-3", "names no units"), ("x", "names no units"), ("2,1-3", "named twice")):
        with pytest.raises(Invalid, match=said):
            units_named(text, 10, "task.observed")
    with pytest.raises(Invalid, match="Unit 12 is to be observed, but 10 units were recorded"):
        units_named("1-12", 10, "task.observed")


def test_six_conditions_have_the_published_form_and_the_true_means():
    choice = TwoPhoton(condition="all", samples=300, smoothing=0)
    session, means = choice.session(), choice.means()
    assert session.rates.shape == (1800, 16, 18)
    for k, name in enumerate(CONDITIONS):
        found = session.rates[session.conditions["condition"] == k].mean(0).numpy()
        np.testing.assert_allclose(found, means[name], atol=0.006)
    assert means["familiar, change"].max() > means["familiar, no change"].max()
    vip = [k for k, name in enumerate(session.unit_names) if name.endswith("VIP")]
    assert means["familiar, omission"][-1, vip].mean() > means["familiar, change"][-1, vip].mean()


def test_persistence_explains_most_of_the_smoothed_populations():
    task = RecordedActivity(recording=TwoPhoton(), shown="activity")
    assert 0.5 < task.memoryless < 1
    with pytest.raises(Invalid, match="This recording has no inputs; show the activity"):
        _ = RecordedActivity(recording=TwoPhoton()).input_names


@pytest.fixture
def sessions(tmp_path, monkeypatch) -> Path:
    """Three sessions of four trials in a folder of the data folder."""
    monkeypatch.setenv("CONNECTARIUM_STORE", str(tmp_path))
    folder = tmp_path / "recordings" / "mouse"
    folder.mkdir(parents=True)
    for k, labels in enumerate((["big", "small"], ["small", "none"], ["none", "big"])):
        condition = np.array(labels * 2)
        npz(folder, rates=np.full((4, 10, 3), float(k)), condition_reward=condition).rename(folder / f"day{k + 1}.npz")
    return folder


def test_files_of_a_folder_are_sessions_and_whole_sessions_can_be_held_out(sessions):
    task = RecordedActivity(recording=RecordingFile(file="mouse"), hold_out="sessions", held_back=0.34)
    session = task.session()
    assert session.conditions["session"].tolist() == [0] * 4 + [1] * 4 + [2] * 4
    reward = next(v for v in session.variables if v.name == "reward")
    assert [reward.labels[k] for k in session.conditions["reward"].tolist()[4:6]] == ["small", "none"]
    rng = torch.Generator().manual_seed(0)
    kept, back = (
        set(d.conditions["session"].tolist()) for d in (task.trials(30, 20.0, rng), task.held_out(9, 20.0, rng))
    )
    assert len(kept) == 2
    assert len(back) == 1
    assert not kept & back


def test_sessions_that_do_not_fit_together_are_refused_with_what_differs(sessions):
    npz(sessions, rates=np.zeros((4, 10, 2)), unit_names=np.array(["a", "b"])).rename(sessions / "day4.npz")
    with pytest.raises(Invalid, match="day1 and day4 differ in their units"):
        RecordingFile(file="mouse").session()
    with pytest.raises(Invalid, match="The recording has 1 session; at least 2 are needed") as refused:
        line().split(0.5, "sessions")
    assert refused.value.address == "task.hold_out"


def test_a_mean_of_trials_never_mixes_conditions_or_the_two_sides_of_the_split(sessions):
    task = RecordedActivity(recording=TwoPhoton(samples=20, trial_noise=1.0, averaged=1, smoothing=0), shown="activity")
    means = task.with_values({"averaged": 25, "averaged_apart": True})
    rng = torch.Generator().manual_seed(0)
    single, several = (of.trials(600, 93.0, rng) for of in (task, means))
    truth = TwoPhoton().means()
    spread = []
    for made in (single, several):
        of = [truth[CONDITIONS[k]][1:] for k in made.conditions["condition"].tolist()]
        spread.append((made.targets.numpy() - np.stack(of)).std())
    assert spread[1] == pytest.approx(np.sqrt(1 / 16 + 1 / 25), rel=0.1)  # 16 kept samples of a condition, 25 drawn
    assert spread[0] > 0.9
    days = RecordedActivity(recording=RecordingFile(file="mouse"), averaged=5)
    drawn = days.trials(20, 20.0, rng)
    assert torch.equal(drawn.targets.mean((1, 2)), drawn.conditions["session"].float())
    with pytest.raises(Invalid, match="averaged apart from each other have no common inputs"):
        _ = days.with_value("averaged_apart", True).input_names


def test_what_is_remarked_on_any_session_is_kept_once(sessions):
    session = RecordedActivity(recording=RecordingFile(file="mouse")).session()
    days = [replace(session, remarks=remarks) for remarks in (("a", "b"), (), ("b", "c"))]
    assert joined(days, ("1", "2", "3")).remarks == ("a", "b", "c")
