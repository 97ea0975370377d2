"""Measured wiring, under Dale's law and its mask, learns: the claims of the first page, in a shortened form."""

import numpy as np
import pytest

from engine.analysis import Subject, TuningAnalysis
from engine.experiments.experiment import Experiment
from engine.randomness import torch_stream
from engine.recording import record


def trained(**changes):
    """The network and the last report of an experiment, each address with its dots written as double underscores."""
    experiment = Experiment().with_values({name.replace("__", "."): value for name, value in changes.items()})
    network = experiment.network()
    last = None
    for last in experiment.train(network):
        assert int(last.violations.sum()) == 0
    return experiment, network, last


@pytest.mark.parametrize(("connectome", "steps"), [("worm_cook2019", 200), ("fly_larva_mb", 300), ("human_dk84", 600)])
def test_measured_wiring_decides_nearly_as_well_as_the_ideal_observer(connectome, steps):
    experiment, network, last = trained(
        wiring__connectome=connectome, training__steps=steps, training__target_accuracy=0.88
    )
    assert experiment.constraints.dales_law.method == "projection"
    assert last.evaluation.accuracy.item() >= 0.9 * last.evaluation.ideal
    signs = network.W_rec[0].detach().sign().numpy() * network.connectome.signs
    assert (signs >= 0).all()
    assert (network.W_rec[0].detach().numpy()[~network.connectome.mask] == 0).all()


def test_integrating_angular_velocity_makes_units_that_are_tuned_all_around_the_ring():
    experiment, network, last = trained(task__kind="ring_integration", training__target_accuracy=0.9)
    assert last.evaluation.accuracy.item() >= 0.85
    trials = experiment.task.trials(200, experiment.dt_ms, torch_stream(0, "tuning"))
    weights = {name: tensor[0] for name, tensor in network.lawful_weights().items()}
    subject = Subject(
        connectome=network.connectome,
        weights=weights,
        weights_before=weights,
        recording=record(network, trials),
        task=experiment.task,
        dynamics_kind=experiment.dynamics.kind,
        dt_ms=experiment.dt_ms,
    )
    tuning = TuningAnalysis(variable="heading", shuffles=200).compute(subject)
    assert tuning.is_tuned.mean() > 0.5
    quadrants = np.unique(np.floor(tuning.preferred[tuning.is_tuned] % 360 / 90))
    assert quadrants.tolist() == [0, 1, 2, 3]
