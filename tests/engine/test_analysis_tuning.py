"""Tuning curves, their shape, reliability and significance against planted units."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from engine.analysis import tuning_shape
from engine.analysis.significance import benjamini_hochberg, shuffle_test
from engine.analysis.tuning import tuning
from engine.analysis.variable_bins import Bins, bin_trials, bin_values
from engine.component import Invalid
from engine.recording import Recording
from engine.tasks.task import Epochs, Trials, Variable

HEADING = Variable("heading", "circular", "°", 360.0)
STRENGTH = Variable("strength", "linear", "%")


def a_recording(rates, conditions=None, traces=None, scored=None) -> Recording:
    """Rates of units on trials with a stimulus epoch of all steps but the first."""
    trials, steps, _ = rates.shape
    epochs = Epochs(20.0, {"before": slice(0, 1), "stimulus": slice(1, steps)})
    scored = torch.ones(trials, steps, dtype=torch.bool) if scored is None else scored
    nothing = torch.zeros(trials, steps, 1)
    shown = Trials(nothing, nothing, scored, epochs, conditions or {}, traces or {})
    return Recording(shown, rates, rates, nothing)


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def von_mises(degrees, preferred, kappa: float):
    """Rates of units that prefer these directions: 0..1, [samples, units]."""
    return torch.exp(kappa * (torch.cos(torch.deg2rad(degrees[..., None] - preferred)) - 1))


def a_walk(trials: int, steps: int, seed: int = 0):
    """A heading that wanders within trials, from a random start."""
    start = 360 * torch.rand(trials, 1, generator=rng(seed))
    return (start + 15 * torch.randn(trials, steps, generator=rng(seed + 1)).cumsum(1)) % 360


@pytest.mark.parametrize("kappa", [0.7, 2.0, 5.0])
@pytest.mark.parametrize("within_trials", [False, True])
def test_von_mises_units_are_recovered(kappa, within_trials):
    preferred = torch.tensor([0.0, 3.0, 90.0, 201.5, 359.0])
    if within_trials:
        heading = torch.arange(0, 360, 0.5).reshape(90, 8)
        found = a_recording(von_mises(heading, preferred, kappa), traces={"heading": heading})
    else:
        heading = torch.arange(0, 360, 0.5)
        found = a_recording(von_mises(heading, preferred, kappa)[:, None].repeat(1, 3, 1), {"heading": heading})
    result = tuning(found, bin_trials(found.trials, HEADING, 72), rng(), shuffles=50)
    away = (result.preferred - preferred.numpy() + 180) % 360 - 180
    assert away == pytest.approx(np.zeros(5), abs=0.3)
    bessel = np.i0(kappa), (np.exp(kappa * np.cos(t := np.linspace(0, np.pi, 20001))) * np.cos(t)).mean()
    length = bessel[1] / bessel[0]
    assert result.vector.length == pytest.approx(np.full(5, length), rel=5e-3)
    spread = math.degrees(math.sqrt(-2 * math.log(length)))
    assert result.vector.circular_sd == pytest.approx(np.full(5, spread), rel=5e-3)
    half_width = math.degrees(math.acos(math.log(math.cosh(kappa)) / kappa))  # half way from the peak to the minimum
    assert result.half_width == pytest.approx(np.full(5, half_width), rel=0.02)
    assert result.depth == pytest.approx(np.full(5, 1 - math.exp(-2 * kappa)), rel=0.01)
    assert result.is_tuned.all()
    assert result.reliability == pytest.approx(np.ones(5), abs=0.02)


def test_the_mean_and_standard_error_of_conditions_are_those_of_numpy():
    rates = torch.rand(60, 5, 4, generator=rng())
    strength = torch.arange(60) % 3 * 10.0
    found = a_recording(rates, {"strength": strength})
    result = tuning(found, bin_trials(found.trials, STRENGTH, 8), rng(), epoch="stimulus", shuffles=0)
    for b, value in enumerate(result.bins.values):
        part = rates[strength == value, 1:].mean(1).numpy()
        assert result.mean[b] == pytest.approx(part.mean(0), rel=1e-5)
        assert result.sem[b] == pytest.approx(part.std(0, ddof=1) / math.sqrt(20), rel=1e-4)
    assert result.trials_per_bin.tolist() == [20, 20, 20]
    assert result.explained == pytest.approx(
        [1 - sum(rates[strength == s, 1:].mean(1)[:, u].var(correction=0) for s in (0, 10, 20)).item() / 3
         / rates[:, 1:].mean(1)[:, u].var(correction=0).item() for u in range(4)], abs=1e-4
    )  # fmt: skip
    assert result.p is None
    assert not result.is_tuned.any()


def test_the_standard_error_of_a_trace_grows_with_the_likeness_of_steps_within_a_trial():
    heading = torch.zeros(200, 10)
    heading[:, 5:] = 180.0
    per_trial = torch.randn(200, 1, 1, generator=rng()).expand(200, 10, 1)  # ten steps say no more than one
    found = a_recording(per_trial + 3, traces={"heading": heading})
    result = tuning(found, bin_trials(found.trials, HEADING, 8), rng(), shuffles=0)
    assert result.sem[0, 0] == pytest.approx(per_trial[:, 0, 0].std().item() / math.sqrt(200), rel=1e-3)
    assert result.samples_per_bin.tolist() == [1000, 1000]


def test_only_scored_steps_count():
    heading = a_walk(30, 20)
    rates = von_mises(heading, torch.tensor([40.0]), 2.0)
    scored = torch.ones(30, 20, dtype=torch.bool)
    scored[:, :7] = False
    rates[:, :7] = 99.0
    found = a_recording(rates, traces={"heading": heading}, scored=scored)
    result = tuning(found, bin_trials(found.trials, HEADING, 12), rng(), shuffles=20)
    assert result.mean.max() <= 1
    assert result.samples_per_bin.sum() == 30 * 13


@pytest.mark.parametrize("within_trials", [False, True])
@pytest.mark.parametrize("variable", [HEADING, STRENGTH])
def test_untuned_units_have_uniform_p_values(within_trials, variable):
    units, trials = 400, 40
    if within_trials:  # slow noise and a slow heading: only whole trials can be exchanged
        values = a_walk(trials, 25)
        rates = 5 + 0.3 * torch.randn(trials, 25, units, generator=rng(7)).cumsum(1)
        found = a_recording(rates, traces={variable.name: values})
    else:
        values = 360 * torch.rand(trials, generator=rng(5))
        found = a_recording(5 + torch.randn(trials, 2, units, generator=rng(6)), {variable.name: values})
    result = tuning(found, bin_trials(found.trials, variable, 6), rng(9), shuffles=199)
    assert stats.kstest(result.p, "uniform").statistic < 0.09  # 0.1 % point for 400 units: 0.097
    assert result.is_tuned.sum() <= 2
    if result.vector is not None:
        assert (result.vector.length > 0).all()  # biased upwards, as said
        assert result.vector.length.mean() == pytest.approx(result.vector.expected_by_chance.mean(), rel=0.1)
        assert (result.vector.unbiased**2).mean() < (result.vector.length**2).mean() / 2


def test_tuned_units_are_told_from_untuned_ones_in_noise():
    heading = 360 * torch.rand(200, generator=rng())
    rates = torch.randn(200, 1, 60, generator=rng(1)) + 5
    rates[:, 0, :20] += 1.5 * von_mises(heading, torch.arange(20) * 18.0, 2.0)
    found = a_recording(rates, {"heading": heading})
    result = tuning(found, bin_trials(found.trials, HEADING, 12), rng(), shuffles=1000)
    assert result.is_tuned[:20].mean() > 0.9
    assert result.is_tuned[20:].mean() < 0.1
    assert result.reliability[:20].mean() > result.reliability[20:].mean() + 0.3
    assert any("units are tuned beyond chance" in remark for remark in result.remarks)


def test_silent_and_constant_units_are_flat_finite_and_never_tuned():
    heading = 360 * torch.rand(100, generator=rng())
    rates = torch.zeros(100, 3, 3)
    rates[..., 1] = 0.7
    rates[..., 2] = von_mises(heading, torch.tensor([90.0]), 2.0).expand(100, 3)
    found = a_recording(rates, {"heading": heading})
    result = tuning(found, bin_trials(found.trials, HEADING, 12), rng(), shuffles=200)
    assert result.is_flat.tolist() == [True, True, False]
    assert result.is_tuned.tolist() == [False, False, True]
    assert result.p[:2].tolist() == [1, 1]
    assert (result.vector.length[:2] == 0).all()
    assert np.isfinite(result.table().select_dtypes("number")).all(axis=None)
    table = result.unit_table()
    assert table["preferred_heading_deg"].isna().tolist() == [True, True, False]
    assert np.isfinite(table.drop(columns="preferred_heading_deg").select_dtypes("number")).all(axis=None)
    assert any("2 of 3 units never change" in remark for remark in result.remarks)
    assert result.order().units.tolist()[0] == 2


def test_a_variable_with_one_value_tunes_no_unit_and_says_so():
    found = a_recording(torch.rand(20, 3, 4, generator=rng()), {"heading": torch.full((20,), 45.0)})
    result = tuning(found, bin_trials(found.trials, HEADING, 12), rng(), shuffles=20)
    assert result.bins.n == 1
    assert not result.is_tuned.any()
    assert any("one value only" in remark for remark in result.remarks)
    assert result.reliability is None


def test_rates_below_zero_keep_the_vector_length_between_zero_and_one():
    heading = torch.arange(0, 360, 1.0) + 0.5  # as many on either side of a bin's centre
    rates = (2 * von_mises(heading, torch.tensor([70.0]), 1.0) - 1.3)[:, None]
    found = a_recording(rates.repeat(1, 2, 1), {"heading": heading})
    result = tuning(found, bin_trials(found.trials, HEADING, 36), rng(), shuffles=20)
    assert 0 < result.vector.length[0] < 1
    assert result.preferred[0] == pytest.approx(70, abs=0.5)


def test_monotone_units_prefer_the_end_and_have_the_width_of_their_one_side():
    strength = torch.arange(-40.0, 41.0, 10)
    found = a_recording((strength[:, None, None] + 40).repeat(1, 2, 1), {"strength": strength})
    result = tuning(found, bin_trials(found.trials, STRENGTH, 20), rng(), shuffles=0)
    assert result.preferred.tolist() == [40]
    assert result.half_width == pytest.approx([40])
    assert result.vector is None


def test_split_halves_hold_every_condition_even_if_conditions_alternate():
    strength = torch.arange(120) % 4 * 1.0  # odd trials alone would miss half of the conditions
    rates = (strength[:, None, None] + 0.01 * torch.randn(120, 2, 3, generator=rng())).contiguous()
    found = a_recording(rates, {"strength": strength})
    result = tuning(found, bin_trials(found.trials, STRENGTH, 8), rng(), shuffles=0)
    assert result.reliability == pytest.approx(np.ones(3), abs=1e-3)


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=20))
def test_spearman_brown_stays_within_one(halves):
    found = tuning_shape.spearman_brown(np.array(halves))
    assert (np.abs(found) <= 1 + 1e-12).all()
    assert (np.sign(found) == np.sign(halves)).all()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_false_discovery_rates_are_those_of_scipy(p):
    assert benjamini_hochberg(np.array(p)) == pytest.approx(stats.false_discovery_control(p))


def test_a_shuffle_test_compares_with_exchanged_trials():
    index = torch.arange(6)[:, None] % 2
    rates = torch.rand(6, 1, 3, generator=rng())
    contrast = torch.tensor([[1.0, -1.0]])
    test = shuffle_test(rates, index, contrast, 300, rng())
    split = rates[::2, 0].mean(0) - rates[1::2, 0].mean(0)
    assert test.observed == pytest.approx(split.abs().numpy(), rel=1e-4)
    halves = [(list(a), [k for k in range(6) if k not in a]) for a in itertools.combinations(range(6), 3)]
    everything = [(rates[a, 0].mean(0) - rates[b, 0].mean(0)).abs().numpy() for a, b in halves]
    exact = (np.array(everything) >= test.observed * (1 - 1e-6)).mean(0)
    assert test.p == pytest.approx(exact, abs=0.1)


def test_bins_of_a_circle_are_centred_on_zero_and_wrap():
    found = bin_values(torch.tensor([0.0, 359.0, -2.0, 44.0, 46.0, 180.0, 361.0, 300.0, 100.0]), HEADING, 4)
    assert found.values.tolist() == [0, 90, 180, 270]
    assert found.index.tolist() == [0, 0, 0, 0, 1, 2, 0, 3, 1]


def test_a_circle_in_radians_wraps_at_its_period_whatever_the_precision():
    turn = Variable("phase", "circular", "rad", 2 * math.pi)
    found = bin_values(torch.tensor([0.0, 2 * math.pi, -1e-7, math.pi, -math.pi]), turn, 8)
    assert found.index.tolist() == [0, 0, 0, 1, 1]
    assert found.values == pytest.approx([0, math.pi], abs=1e-5)
    assert found.column == "phase_rad"


def test_few_values_are_kept_as_they_are_and_missing_ones_belong_nowhere():
    found = bin_values(torch.tensor([12.8, -12.8, math.nan, 12.8]), STRENGTH, 8)
    assert found.values == pytest.approx([-12.8, 12.8])
    assert found.values.tolist() == [-12.8, 12.8]  # not 12.800000190734863, as single precision has it
    assert found.index.tolist() == [1, 0, -1, 1]
    assert found.labels == ("-12.8 %", "12.8 %")
    with pytest.raises(Invalid, match="No trial has a value"):
        bin_values(torch.tensor([math.nan]), STRENGTH, 8)


def test_categories_keep_their_labels_however_few_bins_are_asked():
    side = Variable("side", "categorical", labels=("left", "right", "none"))
    found = bin_values(torch.tensor([2, 0, 2]), side, 2)
    assert isinstance(found, Bins)
    assert found.labels == ("left", "none")
