"""Dynamics against known answers, noise against its definition, populations against single networks."""

import math

import numpy as np
import pytest
import torch

from engine.component import Component, Invalid, parameters
from engine.connectomes.connectome import Connectome
from engine.networks import Elman, FromConnectome, LeakyRate, set_threads
from tests.engine.small_networks import small_connectome, small_network


def unconnected(units: int) -> Connectome:
    nothing = np.zeros((units, units))
    names = tuple(f"unit {i}" for i in range(units))
    return Connectome(nothing, nothing != 0, np.ones(units, np.int8), names, ("all",) * units, ("E",) * units)


def without_connections(units: int = 1, **options):
    return small_network(unconnected(units), weights=FromConnectome(spectral_radius=None), **options)


def test_a_state_without_drive_decays_exponentially():
    network = without_connections(dynamics=LeakyRate(tau_ms=100), dt_ms=0.1)
    states = network(
        torch.zeros(1, 2000, 3, dtype=torch.float64), keep_states=True, initial_states=torch.ones(1, 1, 1)
    ).states
    time_ms = 0.1 * torch.arange(1, 2001, dtype=torch.float64)
    assert (states[0, 0, :, 0] - torch.exp(-time_ms / 100)).abs().max() < 3e-4


def test_halving_the_time_step_halves_the_error():
    def final_state(dt_ms):
        network = small_network(dynamics=LeakyRate(tau_ms=100, activation="tanh"), dt_ms=dt_ms)
        inputs = torch.ones(1, round(200 / dt_ms), 3, dtype=torch.float64)
        return network(inputs, keep_states=True).states[0, 0, -1].detach()

    exact = 2 * final_state(0.125) - final_state(0.25)  # Richardson
    errors = [float((final_state(dt_ms) - exact).abs().max()) for dt_ms in (8, 4, 2)]
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.1)
    assert errors[1] / errors[2] == pytest.approx(2, rel=0.1)


@pytest.mark.parametrize("kernel", ["reference", "dense"])
def test_an_elman_network_is_a_leaky_one_whose_time_constant_is_the_time_step(kernel):
    inputs = torch.randn(4, 6, 3, dtype=torch.float64)
    noisy = {"state_noise": 0.3, "rate_noise": 0.2, "activation": "sigmoid"}
    elman, leaky = small_network(dynamics=Elman(**noisy)), small_network(dynamics=LeakyRate(tau_ms=20, **noisy))
    both = [network(inputs, noise_seed=1, kernel=kernel).outputs for network in (elman, leaky)]
    torch.testing.assert_close(*both, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("dt_ms", [5, 20])
def test_state_noise_is_the_standard_deviation_of_an_unconnected_unit_at_any_time_step(dt_ms):
    network = without_connections(50, dynamics=LeakyRate(tau_ms=50, state_noise=0.3), dt_ms=dt_ms)
    steps = round(2000 / dt_ms)
    states = network(torch.zeros(100, steps, 3, dtype=torch.float64), noise_seed=1, keep_states=True).states
    assert float(states.detach()[:, :, steps // 2 :].std()) == pytest.approx(0.3, rel=0.02)


@pytest.mark.parametrize("dt_ms", [5, 20])
def test_rate_noise_is_the_standard_deviation_that_it_causes_through_a_weight_of_one(dt_ms):
    weights = np.zeros((2, 2))
    weights[1, 0] = 1.0
    pair = Connectome(weights, weights != 0, np.ones(2, np.int8), ("pre", "post"), ("all",) * 2, ("E",) * 2)
    dynamics = LeakyRate(tau_ms=50, rate_noise=0.3)
    network = small_network(pair, weights=FromConnectome(spectral_radius=None), dynamics=dynamics, dt_ms=dt_ms)
    steps = round(2000 / dt_ms)
    states = network(torch.zeros(2000, steps, 3, dtype=torch.float64), noise_seed=1, keep_states=True).states
    assert float(states.detach()[0, :, steps // 2 :, 1].std()) == pytest.approx(0.3, rel=0.02)


def test_noise_is_off_unless_asked_for_and_depends_on_seed_and_step_only():
    network = small_network(dynamics=LeakyRate(state_noise=0.3, rate_noise=0.2))
    quiet = small_network()
    inputs = torch.randn(4, 6, 3, dtype=torch.float64)
    assert torch.equal(network(inputs).outputs, quiet(inputs).outputs)
    one = network(inputs, noise_seed=1, step=7).outputs
    assert torch.equal(one, network(inputs, noise_seed=1, step=7).outputs)
    assert not torch.equal(one, network(inputs, noise_seed=1, step=8).outputs)
    assert not torch.equal(one, network(inputs, noise_seed=2, step=7).outputs)


def test_a_time_step_longer_than_the_time_constant_is_refused():
    with pytest.raises(Invalid, match="20 ms does not fit a time constant of 10 ms") as fault:
        small_network(dynamics=LeakyRate(tau_ms=10))
    assert fault.value.address == "dt_ms"


def train(network, steps=5):
    """A few optimiser steps with noise; every network on its own loss."""
    optimiser = torch.optim.Adam(network.parameters(), 0.01)
    rng = torch.Generator().manual_seed(0)
    for step in range(steps):
        inputs = torch.randn(16, 10, 3, generator=rng)
        optimiser.zero_grad()
        network(inputs, noise_seed=4, step=step).outputs.square().mean((1, 2, 3)).sum().backward()
        optimiser.step()
        network.after_step()
    return network.lawful_weights()


def population(networks):
    return small_network(
        small_connectome(50), dynamics=LeakyRate(state_noise=0.1), networks=networks, dtype=torch.float32
    )


def test_a_network_that_diverges_does_not_change_a_bit_of_its_neighbours():
    healthy, sick = population(3), population(3)
    with torch.no_grad():
        sick.free_W_rec[1] = torch.nan
        sick.free_W_in[1] = torch.inf
    expected, found = train(healthy), train(sick)
    for name in expected:
        assert torch.equal(expected[name][[0, 2]], found[name][[0, 2]])
    assert found["W_rec"][1].isnan().any()


@pytest.fixture
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("one_thread")
def test_on_one_thread_a_network_of_a_population_is_the_network_trained_alone_bit_for_bit():
    together, alone = train(population(3)), train(population(1))
    for name in alone:
        assert torch.equal(together[name][0], alone[name][0])


def test_more_networks_leave_the_start_and_the_noise_of_the_first_ones_as_they_were():
    few, many = population(2), population(4)
    assert torch.equal(few.W_rec, many.W_rec[:2])
    inputs = torch.randn(16, 10, 3)
    torch.testing.assert_close(few(inputs, noise_seed=1).outputs, many(inputs, noise_seed=1).outputs[:2])


def test_small_problems_get_one_thread():
    before = torch.get_num_threads()
    assert set_threads(100, 64) == torch.get_num_threads() == 1
    assert set_threads(1000, 64, 2) == torch.get_num_threads() >= 1
    torch.set_num_threads(before)


@pytest.mark.parametrize("dynamics", [LeakyRate(), Elman()])
def test_every_dynamics_has_help_a_source_and_travels_as_json(dynamics: Component):
    assert all(p.help for p in parameters(dynamics))
    assert dynamics.source
    assert type(dynamics).read(dynamics.model_dump_json()) == dynamics


def test_the_noise_of_a_leak_of_one_is_the_noise_as_stated():
    assert Elman(state_noise=0.3).state_noise_per_step(1.0) == 0.3
    assert LeakyRate(rate_noise=0.3).rate_noise_per_step(1.0) == 0.3
    assert LeakyRate(state_noise=0.3).state_noise_per_step(0.5) == pytest.approx(0.3 * math.sqrt(0.75))
