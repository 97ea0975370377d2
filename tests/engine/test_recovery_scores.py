"""Scores of identification on constructed cases whose answer is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.analysis.prediction import prediction
from engine.analysis.recovery import agreement, aligned, circulant, entrywise, profile, recovery, ringness
from engine.analysis.shifters import directions, products, shift, shifters
from engine.component import Invalid
from engine.recordings.ring_attractor import RingAttractor

RING = RingAttractor(units=40, wave_number=0.15)
TRUTH = RING.weights()


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_truth_itself_is_recovered_whatever_its_scale_and_diagonal():
    found = recovery(3 * TRUTH + 7 + np.diag(rng().standard_normal(40)), TRUTH, rng())
    assert found.entrywise == pytest.approx(1)
    assert found.profile == pytest.approx(1)
    assert found.ringness == pytest.approx(1)
    assert found.p == pytest.approx(1 / 201)


def test_noise_of_known_size_lowers_entrywise_correlation_and_ringness_but_not_the_profile():
    spread = TRUTH[~np.eye(40, dtype=bool)].std()
    found = recovery(TRUTH + 2 * spread * rng().standard_normal(TRUTH.shape), TRUTH, rng())
    assert found.entrywise == pytest.approx(1 / np.sqrt(5), abs=0.05)
    assert found.ringness == pytest.approx(1 / 5, abs=0.06)
    assert found.profile > 0.9


def test_weights_of_the_wrong_units_are_not_recovered_and_the_null_says_so():
    order = rng(1).permutation(40)
    found = recovery(TRUTH[np.ix_(order, order)], TRUTH, rng())
    assert abs(found.entrywise) < 0.2
    assert abs(found.by_chance) < 0.05
    assert found.p > 0.05


def test_ringness_of_pure_noise_is_that_of_a_mean_of_n_entries():
    found = np.mean([ringness(rng(seed).standard_normal((40, 40))) for seed in range(20)])
    assert found == pytest.approx(1 / 40, rel=0.25)


def test_a_matrix_without_variance_agrees_with_nothing():
    found = recovery(np.ones((40, 40)), TRUTH, rng())
    assert (found.entrywise, found.profile, found.ringness) == (0, 0, 0)


@settings(max_examples=20, deadline=None)
@given(st.integers(3, 20), st.integers(0, 1000))
def test_the_circulant_average_is_circulant_and_keeps_every_mean(n, seed):
    weights = rng(seed).standard_normal((n, n))
    average = circulant(weights)
    np.testing.assert_allclose(np.roll(average, (1, 1), (0, 1)), average)
    np.testing.assert_allclose(profile(average), profile(weights))
    assert ringness(average) == pytest.approx(1)


def test_units_without_labels_are_aligned_with_the_truth():
    weights = rng(2).standard_normal((8, 8))
    order = rng(3).permutation(8)
    shuffled = weights[np.ix_(order, order)]
    assert entrywise(shuffled, weights) < 0.5
    assert aligned(shuffled, weights) > 0.8


def test_agreement_between_seeds_is_given_for_every_pair():
    found = agreement(np.stack([TRUTH, TRUTH, rng().standard_normal(TRUTH.shape)]))
    assert found.shape == (3,)
    assert found[0] == pytest.approx(1)
    assert np.abs(found[1:]).max() < 0.2


def test_other_units_than_those_of_the_truth_are_refused():
    with pytest.raises(Invalid, match="60 units were fitted, but the known wiring has 40"):
        recovery(np.zeros((60, 60)), TRUTH, rng())


def perfect_shifters(n: int, ahead: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rates, velocities and weights of n compass units and 2n shifters that listen at their place and push ahead."""
    random = rng(4)
    velocity = random.uniform(-4, 4, (5, 400))
    heading, own = random.uniform(-np.pi, np.pi, velocity.shape), directions(n)
    compass = np.maximum(np.cos(heading[..., None] - own), 0)
    gates = np.maximum(velocity, 0)[..., None], np.maximum(-velocity, 0)[..., None]
    rates = np.concatenate([compass, compass * gates[0], compass * gates[1]], -1)
    near = np.exp(np.cos(own[:, None] - own))
    steps = round(ahead * n / (2 * np.pi))
    weights = np.zeros((3 * n, 3 * n))
    weights[n : 2 * n, :n] = weights[2 * n :, :n] = near
    weights[:n, n : 2 * n] = np.roll(near, steps, axis=0)
    weights[:n, 2 * n :] = np.roll(near, -steps, axis=0)
    return rates, velocity, weights


def test_constructed_shifters_are_told_from_compass_units_by_modulation_and_offset():
    rates, velocity, weights = perfect_shifters(40, np.pi / 4)
    found = shifters(rates, velocity, weights, observed=40)
    assert found.modulated_observed == 0
    assert found.modulated_hidden == 1
    assert found.classes == ("compass",) * 40 + ("shifter+",) * 40 + ("shifter-",) * 40
    np.testing.assert_allclose(np.median(found.offset[:40]), np.pi / 4, atol=0.1)
    np.testing.assert_allclose(np.median(found.offset[40:]), -np.pi / 4, atol=0.1)
    assert found.sign_offset > 0.95


def test_products_through_both_halves_have_opposite_signs_and_cancel_together():
    rates, velocity, weights = perfect_shifters(40, np.pi / 2)
    through = products(weights, RING.derivative(), shifters(rates, velocity, weights, observed=40))
    assert through["positive"].profile == pytest.approx(-through["negative"].profile, abs=0.02)
    assert abs(through["positive"].profile) > 0.7
    assert abs(through["all"].profile) < 0.05
    assert through["positive"].units == through["negative"].units == 40


def test_silent_hidden_units_have_no_offset_and_no_share():
    rates, velocity, weights = perfect_shifters(40, np.pi / 4)
    rates[..., 40:60] = 0
    found = shifters(rates, velocity, weights, observed=40)
    assert found.classes[40:60] == ("silent",) * 20
    assert np.isnan(found.offset[:20]).all()
    assert found.modulated_hidden == 1
    assert len(found.table()) == 120


def test_shift_of_the_derivative_is_a_quarter_turn_and_that_of_the_ring_none():
    assert abs(shift(RING.derivative())) == pytest.approx(np.pi / 2, abs=0.02)
    assert shift(TRUTH) == pytest.approx(0, abs=1e-9)


def test_baselines_stand_beside_the_error_of_the_model():
    walk = rng(5).standard_normal((30, 200, 3)).cumsum(1)
    found = prediction(walk + 0.1, walk, walk[:, 0], walk.mean((0, 1)), ("a", "b", "c"))
    assert found.model == pytest.approx(0.01)
    assert found.persistence == pytest.approx(199 / 200, rel=0.05)
    assert found.mean == pytest.approx(found.variance, rel=0.05)
    assert found.held > found.persistence
    assert (found.explained > 0.99).all()
    np.testing.assert_allclose(found.correlation, 1)
    assert found.by_step["step"].tolist()[-1] == 200
    assert found.remarks == ()


def test_a_model_that_is_no_better_than_persistence_is_told_so():
    walk = rng(5).standard_normal((30, 200, 3)).cumsum(1)
    found = prediction(walk + 2, walk, walk[:, 0], walk.mean((0, 1)), ("a", "b", "c"))
    assert found.remarks == ("The model is no better than persistence.",)
    assert found.baselines()["who"].tolist() == ["model", "mean", "held", "persistence"]
