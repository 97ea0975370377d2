"""Learned time constants, starts and fixed biases through a whole training run: resumed, repeated, contained."""

import runpy

import pytest
import torch

from engine.experiments.experiment import Experiment
from engine.experiments.forecast import forecast
from engine.experiments.script import script
from engine.networks import LeakyRate, UnitGroup
from engine.recording import record
from engine.tasks import PerceptualDecision
from engine.training.trial_supply import training_trials
from tests.engine.small_experiment import small_experiment

DYNAMICS = LeakyRate(
    tau_ms=120,
    learn_tau="per_group",
    shortest_tau_ms=50,
    activation="softplus",
    groups=(UnitGroup(name="inhibitory", tau_ms=70, activation="tanh", gain=1.5), UnitGroup(by="unit", name="unit 1")),
    state_noise=0.1,
    rate_noise=0.1,
    rate_noise_reenters=False,
    initial_state="learned",
    bias="fixed",
    initial_bias="normal",
)


@pytest.fixture(scope="module")
def experiment() -> Experiment:
    plain = small_experiment(seeds__networks=2)
    types, names = plain.connectome().types, plain.connectome().names
    groups = (DYNAMICS.groups[0].with_value("name", types[-1]), DYNAMICS.groups[1].with_value("name", names[1]))
    return plain.with_value("dynamics", DYNAMICS.with_value("groups", groups))


def trained(experiment: Experiment) -> dict[str, torch.Tensor]:
    network = experiment.network()
    list(experiment.train(network))
    return network.lawful_weights()


def test_a_run_resumed_from_a_checkpoint_is_bit_identical(experiment):
    checkpoint = next(p.checkpoint() for p in experiment.train(experiment.network()) if p.step == 12)
    network = experiment.network()
    list(experiment.train(network, checkpoint))
    expected = trained(experiment)
    assert {"tau_ms", "initial_state"} <= set(expected)
    assert all(torch.equal(tensor, expected[name]) for name, tensor in network.lawful_weights().items())


def test_the_script_and_the_link_repeat_the_run_bit_for_bit(experiment, tmp_path):
    path = tmp_path / "script.py"
    path.write_text(script(experiment))
    names = runpy.run_path(str(path))
    again, expected = trained(Experiment.from_link(experiment.to_link())), trained(experiment)
    for name, tensor in expected.items():
        assert torch.equal(tensor, names["weights"][name])
        assert torch.equal(tensor, again[name])


def test_what_is_learned_moves_and_what_is_fixed_does_not(experiment):
    before, after = experiment.network().lawful_weights(), trained(experiment)
    assert {name for name in before if torch.equal(before[name], after[name])} == {"bias"}


def test_a_recording_shows_the_learned_start(experiment):
    network = experiment.network()
    with torch.no_grad():
        network.initial_state.fill_(5.0)
    trials = training_trials(PerceptualDecision(), 4, experiment.dt_ms, 0, 0)
    began = record(network, trials, index=1).states[:, 0]
    with torch.no_grad():
        network.initial_state.zero_()
    assert ((began - record(network, trials, index=1).states[:, 0]).abs() > 0.01).all()


def test_a_network_that_diverges_keeps_its_last_time_constants_and_its_neighbour_does_not_feel_it(experiment):
    healthy, sick = experiment.network(), experiment.network()
    with torch.no_grad():
        sick.initial_state[1] = torch.nan
    list(experiment.train(healthy))
    last = list(experiment.train(sick))[-1]
    assert last.diverged.tolist() == [False, True]
    assert torch.equal(healthy.lawful_weights()["tau_ms"][0], sick.lawful_weights()["tau_ms"][0])
    assert torch.equal(sick.lawful_weights()["tau_ms"][1], experiment.network().lawful_weights()["tau_ms"][1])


def test_the_forecast_counts_what_is_learned_about_units(experiment):
    network = experiment.network()
    plain = forecast(experiment.with_values({"dynamics.learn_tau": "off", "dynamics.initial_state": "zero"}),
                     network.connectome)  # fmt: skip
    learned = forecast(experiment.with_value("dynamics.learn_tau", "per_unit"), network.connectome)
    assert learned.parameters - plain.parameters == 2 * 2 * network.connectome.n
    assert learned.memory_bytes > plain.memory_bytes
