"""A recording in the form of Neurodata Without Borders: which series, where trials begin, what else was measured."""

from datetime import UTC, datetime
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from engine.component import Invalid
from engine.connectomes.formats import limits
from engine.connectomes.formats.hdf5 import require_harmless
from engine.recordings import nwb_file, nwb_session, recording_file
from engine.recordings.recording_file import RecordingFile, read_session

STEP_S, TRIALS, STEPS, CELLS = 0.1, 4, 10, 3
LASTS = TRIALS * STEPS * STEP_S


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch):
    """A process of its own takes seconds to start; those tests ask it that are about it."""

    def parts(path: Path, asked: dict) -> dict:
        with limits.reading(path.name, "NWB file"):
            return nwb_session.parts(path, **asked)

    monkeypatch.setattr(recording_file, "nwb_parts", parts)


def dff() -> np.ndarray:
    return np.random.default_rng(0).random((TRIALS * STEPS, CELLS))


def nwb(folder: Path, trials: bool = True, ragged: bool = False, gap: bool = False) -> Path:
    """Two-photon dF/F of three cells, spikes of two units, the speed of the animal, four trials of a second."""
    pynwb = pytest.importorskip("pynwb")
    file = pynwb.NWBFile("a session", "a", datetime(2026, 1, 1, tzinfo=UTC))
    values = dff()
    values[13, 1] = np.nan if gap else values[13, 1]
    ophys, running = file.create_processing_module("ophys", "2p"), file.create_processing_module("behavior", "b")
    ophys.add(pynwb.TimeSeries(name="DfOverF", data=values, unit="n/a", rate=1 / STEP_S, starting_time=5.0))
    ophys.add(pynwb.TimeSeries(name="neuropil", data=values[:, :2], unit="n/a", rate=1 / STEP_S, starting_time=5.0))
    when = 5.0 + np.arange(0, LASTS, STEP_S / 2)
    running.add(pynwb.TimeSeries(name="speed", data=10 * (when - 5), unit="cm/s", timestamps=when))
    if trials:
        file.add_trial_column("stimulus", "what was shown")
        for k in range(TRIALS):
            stop = 5.0 + k + 1 - (0.3 if ragged and k == 2 else 0)
            file.add_trial(start_time=5.0 + k, stop_time=stop, stimulus=["left", "right"][k % 2])
    file.add_unit(spike_times=[5.05, 5.06, 6.95])
    file.add_unit(spike_times=[7.5])
    with pynwb.NWBHDF5IO(str(folder / "session.nwb"), "w") as io:
        io.write(file)
    return folder / "session.nwb"


def test_trials_activity_and_behaviour_are_those_of_the_file(tmp_path):
    session = read_session(nwb(tmp_path), RecordingFile(inputs="speed"))
    assert session.rates.shape == (TRIALS, STEPS, CELLS)
    np.testing.assert_allclose(session.rates.flatten(0, 1), dff(), atol=1e-6)
    assert session.dt_ms == pytest.approx(100)
    assert session.conditions["stimulus"].tolist() == [0, 1, 0, 1]
    assert session.input_names == ("speed",)
    torch.testing.assert_close(session.behaviour["speed"][1, :3], torch.tensor([10.0, 11, 12]))
    assert torch.equal(session.inputs[..., 0], session.behaviour["speed"])
    assert {"neuropil 1", "neuropil 2"} <= set(session.behaviour)


def test_spikes_of_units_are_counted_in_bins(tmp_path):
    found = read_session(nwb(tmp_path), RecordingFile(series="units", sampling_ms=100)).rates
    assert found.sum(1).tolist() == [[2, 0], [1, 0], [0, 1], [0, 0]]
    assert found[0, 0, 0] == 2


def test_a_recording_without_trials_is_cut_into_pieces(tmp_path):
    session = read_session(nwb(tmp_path, trials=False), RecordingFile(trial_ms=2000))
    assert session.rates.shape == (2, 20, CELLS)


@pytest.mark.parametrize(
    ("made", "choices", "said", "field"),
    [
        ({"trials": False}, {}, "has no table of trials; give trial_ms", "trial_ms"),
        ({"ragged": True}, {}, "last from 700 to 1000 ms; give trial_ms", "trial_ms"),
        ({"gap": True}, {}, "1 value that is no finite number, first at trial 2, step 4, unit 2", "file"),
        ({}, {"series": "fluo"}, "no activity 'fluo'; there are .*units", "series"),
        ({}, {"series": "units"}, "counted in bins; give their width", "sampling_ms"),
        ({}, {"inputs": "pupil"}, "no series 'pupil' for an input; there are", "inputs"),
        ({}, {"align": "go_time"}, "have no times 'go_time'; there are start_time", "align"),
    ],
)
def test_what_a_file_lacks_is_told_in_one_sentence(made, choices, said, field, tmp_path):
    with pytest.raises(Invalid, match=said) as refused:
        read_session(nwb(tmp_path, **made), RecordingFile(**choices))
    assert refused.value.address == f"task.recording.{field}"


def test_a_damaged_file_is_told_in_one_sentence(tmp_path):
    path = nwb(tmp_path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(Invalid, match="damaged"):
        read_session(path)


def test_a_file_that_points_elsewhere_is_refused_before_pynwb_sees_it(tmp_path):
    path = nwb(tmp_path)
    with h5py.File(path, "a") as file:
        file["acquisition/elsewhere"] = h5py.ExternalLink("/etc/passwd", "/x")
    with pytest.raises(Invalid, match="points to another file"):
        require_harmless(path)


@pytest.mark.slow
def test_the_process_that_reads_answers_as_this_one_does(tmp_path):
    path, asked = nwb(tmp_path), {"inputs": "speed"}
    here, there = nwb_session.parts(path, **asked), nwb_file.nwb_parts(path, asked)
    assert set(here) == set(there)
    for name, values in here.items():
        np.testing.assert_array_equal(values, there[name])
    with pytest.raises(Invalid, match="no activity 'x'") as refused:
        nwb_file.nwb_parts(path, {"series": "x"})
    assert refused.value.address == "task.recording.series"


def test_without_pynwb_it_is_said_how_to_get_it(tmp_path, monkeypatch):
    (tmp_path / "session.nwb").write_bytes(b"x")
    monkeypatch.setattr(nwb_file, "find_spec", lambda _: None)
    with pytest.raises(Invalid, match=r"pip install \"connectarium\[nwb\]\""):
        nwb_file.nwb_parts(tmp_path / "session.nwb", {})
