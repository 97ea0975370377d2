"""A network is fitted to a recording: what is observed, where the input goes, where it starts, and what is found."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.analysis.recovery import recovery
from engine.analysis.shifters import products, shifters
from engine.analysis.tuning import tuning
from engine.analysis.variable_bins import bin_trials
from engine.component import Invalid
from engine.experiments.experiment import Experiment
from engine.networks.activations import RATES, STATES
from engine.randomness import torch_stream
from engine.recording import record, recording_of
from engine.recordings.ring_attractor import RingAttractor
from engine.training.window import part, states_at


def fit(separated: bool, units: int = 100, **changes: Any) -> Experiment:
    """Observed units first, and if the input is separated a hidden pool as large, which alone receives it."""
    names = ["observed", "hidden"] if separated else ["observed"]
    areas = [{"name": name, "units": units} for name in names]
    projections = {"input_areas": names[-1:], "readout_areas": ["observed"], "one_to_one": True}
    plain = {
        "wiring": {"kind": "areas", "areas": areas, "densities": [[1.0] * len(areas)] * len(areas)},
        "constraints": {
            "dales_law": {"method": "off"},
            "connection_mask": {"keep": False},
            "projections": projections,
        },
        "weights": {"kind": "normal", "spectral_radius": None, "balance": "none", "input_scale": 0.14},
        "dynamics": {"kind": "leaky_rate", "tau_ms": 125, "activation": "retanh"},
        "task": {"kind": "recording", "held_back": 0.5, "recording": {"kind": "ring_attractor", "units": units}},
        "training": {
            "optimiser": {"kind": "adam", "learning_rate": 1e-3}, "clip_norm": None, "batch": 50,
            "window_ms": 1225, "window_start": "teacher", "evaluation_trials": 50, "device": "cpu",
        },
        "dt_ms": 25,
    }  # fmt: skip
    return Experiment.read(plain).with_values({name.replace("__", "."): value for name, value in changes.items()})


def small(**changes: Any) -> Experiment:
    brief = {"task__recording__trials": 6, "task__recording__steps": 60, "task__recording__burn_in": 20}
    return fit(True, 20, **brief | changes)


def held_out(experiment: Experiment, n: int):
    return experiment.task.held_out(n, 25.0, torch_stream(0, "evaluation"))


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(sorted(RATES)), st.lists(st.floats(-0.95, 0.95), min_size=1, max_size=5))
def test_a_state_said_of_a_rate_has_that_rate(kind, values):
    rates = RATES[kind](torch.tensor(values, dtype=torch.float64))
    torch.testing.assert_close(RATES[kind](STATES[kind](rates)), rates, atol=2e-4, rtol=0)


def test_outputs_are_the_rates_of_the_observed_units_and_stay_so_while_training():
    experiment = small(training__steps=3, training__evaluate_every=3)
    network = experiment.network()
    list(experiment.train(network))
    trials = held_out(experiment, 3)
    found = record(network, trials)
    torch.testing.assert_close(found.outputs, found.rates[..., :20])
    assert torch.equal(network.W_out[0], torch.eye(20, 40))
    assert not network.bias_out.any()


def test_input_reaches_the_hidden_pool_only():
    network = small().network()
    assert not network.W_in[0, :20].any()
    assert network.W_in[0, 20:].all()


def test_more_observed_units_than_are_read_out_are_refused():
    said = "60 outputs are to be the rates of one unit each, but 20 units are read out"
    with pytest.raises(Invalid, match=said):
        small(task__recording__units=60).network()


def test_a_free_run_and_every_window_start_from_the_recorded_rates():
    experiment = small()
    network, trials = experiment.network(), held_out(experiment, 3)
    first = network.rate_function(network.first_states(3, trials.initial_rates))[0]
    torch.testing.assert_close(first[:, :20], trials.initial_rates, atol=1e-4, rtol=0)
    assert not first[:, 20:].any()
    later = network.rate_function(states_at(network, experiment.task, trials, 10, "teacher", 0, 0))[0]
    torch.testing.assert_close(later[:, :20], trials.targets[:, 9], atol=1e-4, rtol=0)
    assert part(trials, 10, 5).initial_rates is None
    assert torch.equal(part(trials, 0, 5).initial_rates, trials.initial_rates)


def test_the_control_gives_every_trial_the_inputs_of_another():
    true, control = (held_out(small(task__permute_inputs=permuted), 3) for permuted in (False, True))
    assert torch.equal(true.targets, control.targets)
    assert not (true.inputs == control.inputs).flatten(1).all(1).any()


def test_an_animals_recording_is_analysed_like_a_networks():
    ring = RingAttractor(trials=20, steps=100)
    recording, session = recording_of(ring.session()), ring.session()
    bins = bin_trials(recording.trials, session.variables[0], 24)
    found = tuning(recording, bins, torch_stream(0, "tuning"), shuffles=0)
    assert found.vector.length.max() > 0.6
    assert (found.explained[~found.is_flat] > 0.9).mean() > 0.9


@pytest.mark.slow
def test_the_separated_network_finds_the_ring_and_shifters_and_the_other_does_not():
    """Experiments A2 and A3, with 1000 of 3000 steps and one seed."""
    found = {}
    for separated in (True, False):
        brief = {"training__steps": 1000, "training__evaluate_every": 500, "task__recording__steps": 400}
        experiment = fit(separated, task__recording__trials=100, **brief)
        network = experiment.network()
        list(experiment.train(network))
        trials = held_out(experiment, 50)
        near = part(trials, 0, 49)
        outputs = network(near.inputs, initial_rates=near.initial_rates).outputs[0]
        assert (outputs - near.targets).square().mean() <= 0.025
        weights = network.W_rec[0].detach().numpy()
        truth = experiment.task.recording
        score = recovery(weights[:100, :100], truth.weights(), np.random.default_rng(0))
        velocity = trials.traces["velocity"].deg2rad().numpy()
        units = shifters(record(network, trials).rates.numpy(), velocity, weights, 100)
        found[separated] = score, units, products(weights, truth.derivative(), units)
    (ring, units, through), (mixed, mixed_units, _) = found[True], found[False]
    assert 0.33 <= ring.entrywise <= 0.50
    assert ring.entrywise - mixed.entrywise >= 0.07
    assert ring.ringness >= 1.6 * mixed.ringness
    assert ring.p < 0.01
    assert units.modulated_hidden >= 0.7
    assert units.modulated_observed <= 0.05 < mixed_units.modulated_observed
    assert units.sign_offset <= -0.85 or units.sign_offset >= 0.85
    assert through["positive"].profile * through["negative"].profile < 0
    assert min(abs(through["positive"].profile), abs(through["negative"].profile)) >= 0.7
    assert abs(through["all"].profile) < 0.3
