"""Eigenvalues, the spectrum of chance and the edge of stability against known answers."""

import math

import numpy as np
import pytest
import torch

from engine.analysis.spectrum import eigenvalues, random_spectrum, spectrum, stability_edge
from engine.component import Invalid


def growth(step, weights: np.ndarray, steps: int) -> float:
    """Norm of a linear system after many steps over its norm before."""
    state = np.random.default_rng(1).normal(size=len(weights))
    first = np.linalg.norm(state)
    for _ in range(steps):
        state = step(state)
    return float(np.linalg.norm(state) / first)


def rotation(angle: float, gain: float = 1.0) -> np.ndarray:
    return gain * np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])


def test_a_rotation_has_its_two_eigenvalues_on_the_circle_at_its_angle():
    found = spectrum(torch.as_tensor(rotation(0.7, 1.5)), "elman")
    assert found.radius == pytest.approx(1.5)
    assert found.abscissa == pytest.approx(1.5 * math.cos(0.7))
    assert found.eigenvalues == pytest.approx(1.5 * np.exp(1j * np.array([0.7, -0.7])))
    assert found.table().modulus.tolist() == pytest.approx([1.5, 1.5])


@pytest.mark.parametrize("gain", [0.98, 1.02])
def test_elman_modes_grow_exactly_outside_the_circle(gain):
    weights = rotation(1.9, gain)
    edge = stability_edge("elman")
    assert (edge.shape, edge.centre) == ("circle", 0)
    grows = growth(lambda x: weights @ x, weights, 400) > 1
    assert grows == (np.abs(np.linalg.eigvals(weights)).max() > edge.radius)


@pytest.mark.parametrize("real", [0.97, 1.03])
def test_leaky_modes_grow_right_of_the_line_however_fast_they_turn(real):
    turn = 3.0
    weights = np.array([[real, -turn], [turn, real]])
    leak = 1e-3
    grows = growth(lambda x: x + leak * (weights @ x - x), weights, 200_000) > 1
    assert grows == (real > stability_edge("leaky_rate").position)


@pytest.mark.parametrize(("real", "turn"), [(0.9, 3.0), (0.9, 0.3), (1.01, 0.0), (-8.5, 0.0), (-9.5, 0.0)])
def test_the_simulated_leaky_network_grows_exactly_outside_its_circle(real, turn):
    weights = np.array([[real, -turn], [turn, real]])
    edge = stability_edge("leaky_rate", leak=0.2).simulated
    grows = growth(lambda x: x + 0.2 * (weights @ x - x), weights, 2000) > 1
    assert grows == (abs(complex(real, turn) - edge.centre) > edge.radius)


def test_at_leak_one_the_simulated_edge_is_that_of_elman():
    simulated, elman = stability_edge("leaky_rate", 1.0).simulated, stability_edge("elman")
    assert (simulated.centre, simulated.radius) == (elman.centre, elman.radius)


def test_the_bulk_of_a_sparse_random_matrix_fills_the_expected_circle():
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(400, 400)) * (rng.random((400, 400)) < 0.2) / math.sqrt(80)
    found = spectrum(torch.as_tensor(weights), "leaky_rate")
    assert found.random.radius == pytest.approx(1, rel=0.03)
    assert found.radius == pytest.approx(found.random.radius, rel=0.08)
    assert np.mean(np.abs(found.eigenvalues) < found.random.radius / 2) == pytest.approx(0.25, abs=0.03)
    assert found.random.outlier is None


@pytest.mark.parametrize("reciprocity", [-0.6, 0.6])
def test_reciprocity_stretches_the_circle_to_the_expected_ellipse(reciprocity):
    rng = np.random.default_rng(0)
    drawn = rng.normal(size=(400, 400)) / 20
    mixing = (1 - math.sqrt(1 - reciprocity**2)) / reciprocity  # (A + m A') has correlation 2 m / (1 + m^2)
    found = spectrum(torch.as_tensor((drawn + mixing * drawn.T) / math.sqrt(1 + mixing**2)), "leaky_rate")
    assert found.random.reciprocity == pytest.approx(reciprocity, abs=0.02)
    assert found.eigenvalues.real.max() == pytest.approx(found.random.half_axis_real, rel=0.08)
    assert found.eigenvalues.imag.max() == pytest.approx(found.random.half_axis_imaginary, rel=0.08)


def test_dale_weights_without_balance_put_one_eigenvalue_where_the_outlier_is_expected():
    rng = np.random.default_rng(0)
    signs = np.where(np.arange(400) < 320, 1, -1)
    weights = rng.exponential(size=(400, 400)) * (rng.random((400, 400)) < 0.2) * signs / 20
    found = spectrum(torch.as_tensor(weights), "leaky_rate")
    assert found.random.outlier == pytest.approx(found.eigenvalues[0].real, rel=0.02)
    assert np.abs(found.eigenvalues[1]) == pytest.approx(found.random.radius, rel=0.1)
    balanced = spectrum(torch.as_tensor(np.where(signs < 0, 4 * weights, weights)), "leaky_rate")
    assert balanced.random.outlier is None


def test_a_network_without_weights_and_one_of_one_unit_have_a_spectrum():
    nothing = spectrum(torch.zeros(4, 4), "leaky_rate")
    assert (nothing.radius, nothing.random.radius, nothing.random.reciprocity) == (0, 0, 0)
    alone = spectrum(torch.tensor([[0.5]]), "elman")
    assert (alone.radius, alone.random.centre) == (0.5, 0.5)


def test_what_has_no_spectrum_is_refused_in_one_sentence():
    with pytest.raises(Invalid, match="square"):
        eigenvalues(torch.zeros(2, 3))
    with pytest.raises(Invalid, match="diverged"):
        random_spectrum(torch.full((2, 2), float("nan")))
    with pytest.raises(Invalid, match="not for 'spiking'"):
        stability_edge("spiking")
