"""Rates, trajectories and weight distributions against numpy and scipy."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from engine.analysis.rates import rates
from engine.analysis.trajectories import condition_means, principal_axes, trajectories
from engine.analysis.variable_bins import all_trials, bin_trials
from engine.analysis.weight_distribution import common_edges, log_normal_fit, weight_distribution
from engine.component import Invalid
from engine.tasks.task import Variable
from tests.engine.test_analysis_tuning import HEADING, a_recording, a_walk, rng, von_mises

SIDE = Variable("side", "categorical", labels=("left", "right"))


def two_sided(trials: int = 30, units: int = 5):
    side = torch.arange(trials) % 2
    return a_recording(torch.rand(trials, 6, units, generator=rng()) + side[:, None, None], {"side": side}), side


def test_rates_by_epoch_and_condition_are_those_of_numpy():
    found, side = two_sided()
    result = rates(found, bin_trials(found.trials, SIDE, 4))
    every = found.rates.numpy()
    assert result.conditions == ("left", "right")
    assert result.mean_by_epoch[1] == pytest.approx(every[:, 1:].mean((0, 1)), rel=1e-5)
    right = every[side.numpy() == 1]
    assert result.mean[1] == pytest.approx(right.mean(0), rel=1e-5)
    assert result.sem[1] == pytest.approx(right.std(0, ddof=1) / math.sqrt(len(right)), rel=1e-4)
    assert result.time_ms.tolist() == [0, 20, 40, 60, 80, 100]
    row = result.table().query("side == 'right' and unit == 'unit 2' and time_ms == 60").iloc[0]
    assert row.rate_mean == pytest.approx(result.mean[1, 3, 2])
    assert len(result.epoch_table()) == 5


def test_silent_units_are_counted_and_constant_ones_told_apart():
    found, _ = two_sided()
    found.rates[..., 0], found.rates[..., 3] = 0.0, 0.5
    result = rates(found)
    assert result.is_silent.tolist() == [True, False, False, False, False]
    assert result.is_constant.tolist() == [True, False, False, True, False]
    assert result.silent_share == 0.2
    assert "1 of 5 units" in result.remarks[0]


def test_one_trial_has_no_standard_error_and_a_trace_no_conditions():
    alone = a_recording(torch.rand(1, 4, 2, generator=rng()))
    assert (rates(alone).sem == 0).all()
    heading = a_walk(4, 4)
    found = a_recording(torch.rand(4, 4, 2), traces={"heading": heading})
    with pytest.raises(Invalid, match="changes within a trial"):
        rates(found, bin_trials(found.trials, HEADING, 6))


def test_principal_axes_are_those_of_the_singular_value_decomposition():
    means = np.random.default_rng(0).normal(size=(4, 25, 9)) @ np.diag(np.arange(9, 0, -1.0))
    axes = principal_axes(means, 9)
    points = means.reshape(100, 9)
    values, vectors = np.linalg.eigh(np.cov(points.T))
    assert axes.explained == pytest.approx(values[::-1] / values.sum())
    assert np.abs(axes.directions @ vectors[:, ::-1]) == pytest.approx(np.eye(9), abs=1e-8)
    assert axes.directions @ axes.directions.T == pytest.approx(np.eye(9), abs=1e-12)
    assert axes.project(points).var(0) / points.var(0).sum() == pytest.approx(axes.explained)
    assert axes.project(points) @ axes.directions + axes.centre == pytest.approx(points)


def test_the_sign_of_an_axis_does_not_depend_on_the_sign_of_the_data():
    means = np.random.default_rng(0).normal(size=(2, 30, 6))
    axes, mirrored = principal_axes(means), principal_axes(-means)
    assert axes.directions == pytest.approx(mirrored.directions)
    largest = np.abs(axes.directions).argmax(1)
    assert (axes.directions[np.arange(3), largest] > 0).all()


def test_another_recording_is_shown_along_the_same_axes():
    found, _ = two_sided()
    bins = bin_trials(found.trials, SIDE, 4)
    first = trajectories(found.rates, bins, 20.0)
    again = trajectories(found.rates + 2, bins, 20.0, axes=first.axes)
    shift = np.broadcast_to(2 * first.axes.directions.sum(1), (2, 6, 3))
    assert again.points - first.points == pytest.approx(shift, abs=1e-6)
    assert first.axes.project(condition_means(found.rates, bins)) == pytest.approx(first.points)
    assert list(first.table().columns) == ["side", "time_ms", "pc1", "pc2", "pc3"]
    assert first.axes_table().explained_variance_share.sum() <= 1 + 1e-12
    with pytest.raises(Invalid, match="5 units"):
        first.axes.project(np.zeros((3, 4)))


def test_ring_tuned_units_draw_a_closed_ring_along_the_heading():
    heading = a_walk(80, 40)
    found = a_recording(von_mises(heading, torch.arange(24) * 15.0, 2.0), traces={"heading": heading})
    result = trajectories(found.rates, bin_trials(found.trials, HEADING, 24), 20.0, components=2)
    radius = np.linalg.norm(result.points[:, 0], axis=1)
    assert radius.std() / radius.mean() < 0.1
    angle = np.unwrap(np.arctan2(result.points[:, 0, 1], result.points[:, 0, 0]))
    assert abs(angle[-1] - angle[0]) == pytest.approx(2 * math.pi * 23 / 24, rel=0.1)


def test_activity_that_never_changes_explains_nothing_and_says_so():
    found = a_recording(torch.full((6, 4, 3), 0.3))
    result = trajectories(found.rates, all_trials(found.trials), 20.0)
    assert (result.axes.explained == 0).all()
    assert np.isfinite(result.points).all()
    assert "do not differ" in result.remarks[0]


def signed_weights(n: int = 60) -> torch.Tensor:
    draw = np.random.default_rng(0)
    weights = draw.lognormal(-1.0, 0.5, (n, n)) * (draw.random((n, n)) < 0.3) * np.where(np.arange(n) < 48, 1, -1)
    np.fill_diagonal(weights, 0)
    return torch.as_tensor(weights)


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_every_weight_falls_into_one_bin(scale):
    weights = signed_weights()
    found = weight_distribution(weights, 25, scale)
    assert found.excitatory.sum() == (weights > 0).sum()
    assert found.inhibitory.sum() == (weights < 0).sum()
    assert found.remarks == ()
    if scale == "linear":
        assert 0.0 in found.edges.round(12)
        assert (found.excitatory[found.edges[1:] <= 0] == 0).all()
    assert (np.diff(found.edges) > 0).all()
    assert len(found.table()) == len(found.excitatory)


def test_before_and_after_share_their_edges():
    before, after = signed_weights(), 3 * signed_weights()
    edges = common_edges(before, after, bins=20)
    for weights in (before, after):
        found = weight_distribution(weights, edges=edges)
        assert found.excitatory.sum() + found.inhibitory.sum() == (weights != 0).sum()
    narrow = weight_distribution(after, edges=common_edges(before))
    assert "lie outside the edges" in narrow.remarks[0]


def test_the_zero_share_counts_pairs_and_the_lost_share_connections():
    weights = signed_weights()
    mask = (weights != 0).numpy()
    weights[mask.nonzero()[0][0], mask.nonzero()[1][0]] = 0
    found = weight_distribution(weights, mask=mask)
    assert found.zero_share == pytest.approx(1 - (mask.sum() - 1) / (60 * 59))
    assert found.lost_share == pytest.approx(1 / mask.sum())


def test_a_log_normal_fit_is_that_of_scipy():
    draw = np.random.default_rng(0).lognormal(-1.0, 0.5, 500)
    found = log_normal_fit(draw)
    shape, _, scale = stats.lognorm.fit(draw, floc=0)
    assert (found.sigma, found.median) == pytest.approx((shape, scale), rel=1e-3)
    outside = stats.kstest(draw, stats.lognorm(found.sigma, scale=found.median).cdf)
    assert found.distance == pytest.approx(outside.statistic)


def test_no_weights_and_equal_weights_have_a_distribution():
    nothing = weight_distribution(torch.zeros(4, 4))
    assert nothing.fit is None
    assert nothing.zero_share == 1
    assert "All weights are 0" in nothing.remarks[0]
    for scale in ("linear", "log"):
        equal = weight_distribution(torch.ones(4, 4), scale=scale)
        assert equal.excitatory.sum() == 16
        assert equal.fit.sigma == 0
