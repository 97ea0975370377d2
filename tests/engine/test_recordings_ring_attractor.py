"""The ring attractor behaves as its document measured (experiment A1)."""

import numpy as np
import pytest
import torch

from engine.recordings.ring_attractor import RingAttractor
from engine.recordings.torus_attractor import TorusAttractor

RING = RingAttractor()


def bump(rates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Direction (rad, not wrapped over time) and length of the population vector at every step."""
    rates = np.asarray(rates, float)
    vector = rates @ np.exp(2j * np.pi * np.arange(rates.shape[-1]) / rates.shape[-1])
    return np.unwrap(np.angle(vector), axis=-1), np.abs(vector) / rates.sum(-1)


@pytest.fixture(scope="module")
def at_rest() -> np.ndarray:
    return RING.rates(np.zeros((1, 300)), np.random.default_rng(0))[0]


def test_weights_are_those_of_the_document():
    weights, velocity = RING.weights(), RING.velocity_weights()
    assert (weights.min().round(3), weights.max().round(3)) == (-0.129, 0.070)
    np.testing.assert_allclose(weights.sum(1), -2.53, atol=0.005)
    assert abs(velocity.max() - 0.00364) < 1e-5
    np.testing.assert_array_equal(weights, weights.T)
    away = RING.displacement() != -50
    np.testing.assert_allclose(velocity[away], -velocity.T[away])
    assert away.sum() == 100 * 99


def test_bump_at_rest_has_the_documented_shape(at_rest):
    now = at_rest[0]
    assert now.max() == pytest.approx(0.904, abs=0.01)
    assert now.sum() == pytest.approx(27.5, abs=0.1)
    assert (now > 0).mean() == pytest.approx(0.40, abs=0.01)
    assert (now > now.max() / 2).sum() == 32
    assert bump(at_rest)[1][0] == pytest.approx(0.83, abs=0.01)


def test_bump_stays_where_it_is_without_velocity_and_noise(at_rest):
    place = bump(at_rest)[0]
    assert abs(place[-1] - place[0]) < 1e-4


@pytest.mark.parametrize(
    ("speed", "gain", "tolerance"), [(0.25, 1.014, 0.005), (1, 1.016, 0.005), (-1, 1.016, 0.005), (8, 1.041, 0.005)]
)
def test_constant_velocity_moves_the_bump_against_the_order_of_the_units(speed, gain, tolerance):
    rates = RING.rates(np.full((1, 200), float(speed)), np.random.default_rng(0))
    per_step = np.diff(bump(rates)[0]).mean() / (speed * 0.025)
    assert per_step == pytest.approx(-gain, abs=tolerance)


@pytest.mark.parametrize(
    ("noise", "most", "errors"),
    [(0.0, -0.999, {100: 0.030, 500: 0.073, 999: 0.097}), (0.1, -0.995, {100: 0.043, 500: 0.093, 999: 0.131})],
)
def test_bump_integrates_random_velocities(noise, most, errors):
    session = RingAttractor(state_noise=noise, trials=50).session()
    place, turned = bump(session.rates.numpy())[0], session.inputs[..., 0].numpy() * 0.025
    assert np.corrcoef(np.diff(place).ravel(), turned[:, 1:].ravel())[0, 1] <= most
    lost = place - place[:, :1] + turned.cumsum(1) - turned[:, :1]
    for step, error in errors.items():
        assert np.sqrt((lost[:, step] ** 2).mean()) == pytest.approx(error, rel=0.35)
    assert session.rates.mean().item() == pytest.approx(0.275, abs=0.005)


def test_noise_alone_lets_the_bump_diffuse_as_measured():
    place = bump(RingAttractor(state_noise=0.1).rates(np.zeros((60, 501)), np.random.default_rng(0)))[0]
    assert (place[:, 500] - place[:, 0]).std() == pytest.approx(0.056, rel=0.35)


def test_what_is_set_at_first_is_what_the_document_says():
    ring = {"units": 100, "cosine": 0.1, "wave_number": 0.06, "offset": -0.03, "velocity_gain": 0.02, "leak": 1.0,
            "normalise": False, "velocity_kick": 1.2, "velocity_memory": 0.8, "sampling_ms": 25.0, "burn_in": 500,
            "steps": 1000, "trials": 100}  # fmt: skip
    torus = {"side": 32, "height": 5.0, "period": 13.0, "surround": 1.05, "velocity_gain": 1.0, "drive": 1.0,
             "leak": 0.2, "arena": 2.2, "sampling_ms": 20.0, "speed": 0.2, "turn": 3.0, "wall": 0.03}  # fmt: skip
    for source, numbers in ((RING, ring), (TorusAttractor(), torus)):
        assert {name: getattr(source, name) for name in numbers} == numbers


def test_velocities_are_stationary_from_the_first_step():
    velocity = RingAttractor(trials=2000, steps=50).velocities(np.random.default_rng(0))
    assert velocity[:, 0].std() == pytest.approx(2.0, rel=0.05)
    assert velocity[:, -1].std() == pytest.approx(2.0, rel=0.05)
    assert np.corrcoef(velocity[:, 10], velocity[:, 11])[0, 1] == pytest.approx(0.8, abs=0.03)


def test_every_logged_heading_is_that_of_its_own_step():
    session = RingAttractor(trials=4, steps=60).session()
    heading, velocity = session.behaviour["heading"].deg2rad(), session.inputs[..., 0]
    assert session.behaviour["heading"].min() >= 0
    assert session.behaviour["heading"].max() < 360
    torch.testing.assert_close(heading[:, 0], torch.pi + velocity[:, 0] * 0.025)
    step = (heading.diff(dim=1) + torch.pi).remainder(2 * torch.pi) - torch.pi
    torch.testing.assert_close(step, velocity[:, 1:] * 0.025, atol=1e-4, rtol=0)


def test_leak_and_normalisation_are_those_of_the_formula():
    ring = RingAttractor(units=20, leak=0.5, normalise=True, burn_in=0)
    rates = ring.rates(np.ones((1, 3)), np.random.default_rng(1))[0]
    state = np.random.default_rng(1).standard_normal(20) / np.sqrt(20)
    for now in rates:
        expected = np.maximum(np.tanh(ring.weights() @ state + ring.velocity_weights() @ state), 0)
        np.testing.assert_allclose(now, expected, atol=1e-6)
        state = 0.5 * state + 0.5 * expected
        state /= np.linalg.norm(state)


def test_the_same_choices_give_the_same_recording_and_another_seed_another():
    small = RingAttractor(trials=3, steps=20, burn_in=20, state_noise=0.1)
    again = RingAttractor(trials=3, steps=20, burn_in=20, state_noise=0.1, seed=1)
    assert torch.equal(small.session().rates, RingAttractor(**small.model_dump()).session().rates)
    assert not torch.equal(small.session().rates, again.session().rates)
