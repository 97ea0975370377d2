"""Accuracy by condition against counts made by hand."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.analysis.accuracy import accuracy
from engine.analysis.interval import wilson
from engine.analysis.variable_bins import all_trials, bin_trials, find_variable
from engine.component import Invalid
from engine.randomness import torch_stream
from engine.recording import Recording
from engine.tasks import PerceptualDecision, RingIntegration


def recorded(task, outputs=None) -> Recording:
    trials = task.trials(200, 20, torch_stream(0, "test"))
    states = torch.zeros(trials.n, trials.steps, 2)
    return Recording(trials, states, states, task.ideal(trials) if outputs is None else outputs)


def test_the_ideal_observer_is_as_good_as_itself_in_every_condition():
    task = PerceptualDecision()
    made = recorded(task)
    bins = bin_trials(made.trials, find_variable(task, made.trials, "coherence"), 12)
    found = accuracy(made, task, bins)
    assert np.array_equal(found.accuracy, found.ideal)
    assert found.overall == found.overall_ideal == pytest.approx(float(task.correct(made.outputs, made.trials).mean()))
    assert found.n.sum() == 200


def test_trials_that_are_right_or_wrong_have_wilsons_interval():
    task = PerceptualDecision()
    made = recorded(task)
    found = accuracy(made, task, all_trials(made.trials))
    low, high = wilson(np.array([round(found.overall * 200)]), np.array([200]))
    assert (found.low, found.high) == (low, high)


def test_a_share_of_right_steps_has_an_interval_around_its_mean():
    task = RingIntegration()
    made = recorded(task)
    noisy = replace(made, outputs=made.outputs + torch.randn(made.outputs.shape, generator=torch_stream(1, "test")))
    found = accuracy(noisy, task, all_trials(made.trials))
    assert found.low[0] < found.accuracy[0] < found.high[0]
    assert found.overall < found.overall_ideal


def test_a_variable_that_changes_within_a_trial_does_not_divide_trials():
    task = RingIntegration()
    made = recorded(task)
    with pytest.raises(Invalid, match="changes within a trial"):
        accuracy(made, task, bin_trials(made.trials, find_variable(task, made.trials, "heading"), 12))
