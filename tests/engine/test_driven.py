"""Driven bumps: step by step they do what the ring attractor and the fitted network do."""

import numpy as np
import pytest
import torch

from engine.analysis.driven import driven_network, driven_ring, driven_session
from engine.component import Invalid
from engine.experiments.papers.paper import Scale
from engine.experiments.papers.ring_identification.recipe import fit
from engine.experiments.papers.ring_identification.turning import turned
from engine.recording import record
from engine.recordings.ring_attractor import RingAttractor


def rates_of(driven, velocities):
    held, found = driven.first.copy(), []
    for velocity in velocities:
        held, rates = driven.step(held, float(velocity))
        found.append(rates)
    return np.array(found)


def test_the_ring_turns_as_the_generator_does():
    ring = RingAttractor(units=40, wave_number=0.15)
    velocity = np.random.default_rng(1).normal(0, 2, 50)
    begun = ring.with_value("burn_in", 300)
    wanted = begun.rates(np.concatenate([np.zeros(300), velocity])[None], np.random.default_rng(0))[0, 300:]
    np.testing.assert_allclose(rates_of(driven_ring(ring), velocity), wanted, atol=1e-5)


def test_a_fit_turns_as_its_network_does():
    experiment = fit(True, False, Scale(seeds=2)).with_values({"task.recording.trials": 6, "task.recording.steps": 60})
    network = experiment.network()
    trials = experiment.task.held_out(1, experiment.dt_ms, torch.Generator().manual_seed(0))
    found = record(network, trials, 1)
    driven = driven_network("fit", network, 1, trials.initial_rates[0].numpy(), experiment.dt_ms)
    rates = rates_of(driven, trials.inputs[0, :, 0])
    np.testing.assert_allclose(rates, found.rates[0].numpy(), atol=1e-5)
    assert (driven.shown, driven.leaks) == (100, "state")


def test_without_runs_the_ring_turns_alone(tmp_path):
    (ring,) = turned(tmp_path)
    assert ring.name == "Ring attractor"
    turned_right, turned_left = (rates_of(ring, [v] * 40)[-1] for v in (2.0, -2.0))
    assert np.abs(turned_right - turned_left).max() > 0.5


def test_what_a_person_drove_is_cut_into_trials_that_go_on_where_the_one_before_ended():
    ring = driven_ring(RingAttractor(units=30, wave_number=0.2))
    takes = [np.sin(np.arange(170) / 9), np.full(95, -1.5)]
    made = driven_session(ring, takes)
    assert (made.trials, made.steps) == (6 + 3, 26)  # a tenth of 265 steps
    np.testing.assert_allclose(made.rates[:6].reshape(156, 30), rates_of(ring, takes[0])[:156], atol=1e-6)
    np.testing.assert_allclose(made.inputs[6:].numpy().ravel(), -1.5)
    assert made.behaviour["heading"][6, 1].item() == pytest.approx(360 - np.rad2deg(2 * 1.5 * ring.dt_ms / 1000))
    with pytest.raises(Invalid, match=r"record at least 2\.5 s"):
        driven_session(ring, [np.ones(60)])
