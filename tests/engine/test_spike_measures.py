"""What spikes share is what the definitions say, by hand and by a slow reference, and a field can be measured anew."""

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.component import Invalid
from engine.connectomes.formats import Answers, graph, look, questions
from engine.connectomes.spike_measures import correlation, precision, spike_counts, spikes_of, tiling

Trains = st.lists(st.lists(st.floats(0, 3, allow_nan=False), max_size=12), min_size=2, max_size=4)


def slow_tiling(trains: list[list[float]], window_s: float, end_s: float) -> np.ndarray:
    """Cutts & Eglen (2014), one spike and one stretch of time after the other."""
    trains = [np.round(np.array(train) * 1e9).astype(int) for train in trains]
    window, end = round(window_s * 1e9), round(end_s * 1e9)
    found = np.eye(len(trains))
    for a, b in zip(*np.nonzero(~np.eye(len(trains), dtype=bool)), strict=True):
        terms = []
        for one, other in ((trains[a], trains[b]), (trains[b], trains[a])):
            if not len(one) or not len(other):
                break
            p = np.mean([np.abs(other - spike).min() <= window for spike in one])
            covered, until = 0, 0
            for spike in sorted(other):
                covered += max(0, min(spike + window, end) - max(spike - window, until))
                until = max(until, min(spike + window, end))
            t = covered / end
            terms.append(1.0 if p * t == 1 else (p - t) / (1 - p * t))
        found[a, b] = np.mean(terms) if len(terms) == 2 else 0.0
    return found


@settings(max_examples=60, deadline=None)
@given(Trains, st.sampled_from([0.0, 0.005, 0.2, 5.0]))
def test_tiling_is_that_of_the_definition_whatever_the_order_of_the_spikes(trains, window_s):
    if not any(trains):
        return
    spikes = spikes_of([np.array(train) for train in trains])
    np.testing.assert_allclose(
        tiling(spikes, 1000 * window_s), slow_tiling(trains, window_s, spikes.end_ns / 1e9), atol=1e-9
    )


def test_tiling_of_two_trains_by_hand():
    """One second; A near B once in two, B near A once in one; T_A = .02, T_B = .01."""
    found = tiling(spikes_of([np.array([0.1, 0.5]), np.array([0.503]), np.array([0.9]), np.array([])]), 5.0)
    wanted = ((0.5 - 0.01) / (1 - 0.5 * 0.01) + (1 - 0.02) / (1 - 0.02)) / 2
    assert found[0, 1] == found[1, 0] == pytest.approx(wanted)
    assert found[0, 2] == pytest.approx((-0.01 - 0.02) / 2)
    assert found[3].tolist() == [0, 0, 0, 1]


def test_correlation_is_that_of_the_dense_counts_and_a_silent_unit_has_none():
    rng = np.random.default_rng(0)
    counts = rng.poisson(0.3, (400, 5)) * (np.arange(5) < 4)
    trains = [np.repeat(np.arange(400), column) * 0.02 + 0.01 for column in counts.T]
    binned = spike_counts(spikes_of(trains), 20.0)
    dense = binned.toarray()
    np.testing.assert_array_equal(dense[:400], counts)
    found = correlation(binned)
    np.testing.assert_allclose(found[:4, :4], np.corrcoef(dense[:, :4].T), atol=1e-12)
    assert found[4].tolist() == [0, 0, 0, 0, 1]
    with pytest.raises(Invalid, match="never, so that precision is not defined"):
        precision(binned)


def test_precision_is_that_of_the_graphical_lasso():
    rng = np.random.default_rng(1)
    shared = rng.poisson(0.5, (300, 1))
    counts = rng.poisson(0.5, (300, 4)) + shared * [1, 1, 0, 0]
    trains = [np.repeat(np.arange(300), column) * 0.02 + 0.01 for column in counts.T]
    found = precision(spike_counts(spikes_of(trains), 20.0))
    np.testing.assert_allclose(found, found.T, atol=1e-8)
    assert found[0, 1] < -0.1
    assert abs(found[2, 3]) < 0.1
    assert (found.diagonal() > 0.5).all()


@pytest.mark.parametrize("wrong", [np.nan, -0.01, np.inf, 1e12])
def test_a_time_that_is_none_is_refused_in_one_sentence(wrong):
    with pytest.raises(Invalid, match="Unit 2 has a spike at"):
        spikes_of([np.array([0.1]), np.array([0.2, wrong])])
    with pytest.raises(Invalid, match="No unit has a spike"):
        spikes_of([np.array([]), np.array([])])


def test_times_that_would_make_more_bins_than_memory_holds_are_refused_in_one_sentence():
    with pytest.raises(Invalid, match=r"bins of 1 ms, more than 50,000,000; widen them, or give the times in seconds"):
        spike_counts(spikes_of([np.array([9e6])]), 1.0)


def test_a_field_is_measured_anew_from_its_spikes_as_asked(tmp_path: Path):
    rng = np.random.default_rng(2)
    trains = np.empty(4, object)
    trains[:] = [np.sort(rng.random(50 * k)) * 30 for k in (1, 2, 0, 3)]
    (tmp_path / "connectome_1.csv").write_text(",0,1,2,3\n0,0,1,0,0\n1,0,0,1,0\n2,0,0,0,1\n3,1,0,0,0\n")
    stream = io.BytesIO()
    np.lib.format.write_array(stream, trains, allow_pickle=True)
    (tmp_path / "spikes_1.npy").write_bytes(stream.getvalue())
    np.save(tmp_path / "corr_matrix.npy", np.eye(4))
    found = look(tmp_path)
    asked = {q.address: q.proposal for q in questions(found)}
    assert asked["measures"] == "file"
    assert "bin_ms" not in asked
    given = Answers(measures="recomputed", bin_ms=50, window_ms=30)
    assert {"bin_ms", "window_ms"} <= {q.address for q in questions(found, given)}
    spikes = spikes_of(list(trains))
    made, remarks = graph(found, given)
    np.testing.assert_allclose(made.pairs["correlation"], correlation(spike_counts(spikes, 50)))
    np.testing.assert_allclose(made.pairs["sttc"], tiling(spikes, 30))
    assert "1 units never fire" in " ".join(remarks)
    assert list(graph(found, Answers())[0].pairs) == ["correlation"]
    filled = np.full((4, 150), np.nan)
    for row, train in zip(filled, trains, strict=True):
        row[: len(train)] = train
    np.save(tmp_path / "spikes_1.npy", filled)  # the same as a table that is filled up
    np.testing.assert_array_equal(look(tmp_path).spikes.times_ns, found.spikes.times_ns)
