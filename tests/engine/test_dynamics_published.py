"""Dynamics and noise exactly as in nn4n: acceptance A1 of ctrnn_masks_and_losses.md, with its noise convention."""

import math

import pytest
import torch

from engine.networks import LeakyRate
from tests.engine.test_networks_dynamics import without_connections


def test_a_unit_under_constant_input_rises_as_published():
    network = without_connections(dynamics=LeakyRate(tau_ms=100), dt_ms=10, inputs=1)
    with torch.no_grad():
        network.free_W_in.fill_(1)
    rates = network(torch.ones(1, 20, 1, dtype=torch.float64), keep_states=True).rates[0, 0, :, 0].tolist()
    assert [rates[k - 1] for k in (1, 2, 5, 10, 20)] == pytest.approx([0.1, 0.19, 0.4095, 0.6513, 0.8784], abs=1e-4)


@pytest.mark.parametrize(
    ("alpha", "sigma", "scaling", "expected"),
    [(0.1, 0.5, "alpha", 0.1147), (0.2, 0.5, "alpha", 0.1667), (0.5, 1.0, "alpha", 0.577), (0.1, 0.5, "none", 1.147)],
)
def test_state_noise_has_the_published_deviation(alpha, sigma, scaling, expected):
    dynamics = LeakyRate(tau_ms=10 / alpha, state_noise=sigma, noise_scaling=scaling)
    network = without_connections(10, dynamics=dynamics, dt_ms=10, inputs=1)
    states = network(torch.zeros(400, 400, 1, dtype=torch.float64), noise_seed=1, keep_states=True).states
    assert float(states.detach()[:, :, -50:].std()) == pytest.approx(expected, rel=0.02)
    if scaling == "alpha":
        assert expected == pytest.approx(alpha * sigma / math.sqrt(1 - (1 - alpha) ** 2), abs=5e-4)


def test_rate_noise_read_out_one_by_one_has_its_own_deviation():
    dynamics = LeakyRate(rate_noise=0.3, noise_scaling="alpha")
    network = without_connections(10, dynamics=dynamics, inputs=1, outputs=10)
    with torch.no_grad():
        network.free_W_out.copy_(torch.eye(10))
    outputs = network(torch.zeros(400, 50, 1, dtype=torch.float64), noise_seed=1).outputs
    assert float(outputs.detach().std()) == pytest.approx(0.3, rel=0.01)
