"""Two published methods are kept with their faults, labelled as such, and the ledger shows what they do."""

import pytest
import torch

from engine.component import parameters
from engine.connectomes import RandomWiring
from engine.constraints import Constraints, DalesLaw, audit
from engine.experiments.experiment import Experiment
from engine.training import Training
from tests.engine.small_networks import laws, small_connectome, small_network

RECTIFIER, LATE = "faulty_rectifier_as_published", "faulty_late_projection_as_published"


def run(method, steps=10, batch=16):
    experiment = Experiment(
        wiring=RandomWiring(units=30, density=0.4),
        constraints=laws(method),
        training=Training(steps=steps, batch=batch, evaluate_every=steps, evaluation_trials=40, device="cpu"),
    )
    network = experiment.network()
    return network, list(experiment.train(network))


def test_both_faulty_methods_are_labelled_wherever_they_can_be_chosen():
    method = next(p for p in parameters(DalesLaw()) if p.address == "method")
    faulty = [choice for choice in method.choices if "as_published" in choice]
    assert faulty == [RECTIFIER, LATE]
    assert all(choice.startswith("faulty_") for choice in faulty)
    assert "faulty" in method.help


def test_the_published_rectifier_deletes_every_inhibitory_weight_in_one_step():
    reports = run(RECTIFIER, 2)[1]
    start, end = reports[0].ledger[0], reports[-1].ledger[0]
    assert start.inhibitory_share > 0.3
    assert end.inhibitory_share < 0.01
    assert end.zero_share > start.zero_share + 0.15  # about the share of synapses that were inhibitory
    assert reports[-1].violations.tolist() == [0]  # no sign is wrong: there is none left
    _, sound = run("projection", 2)
    assert sound[-1].ledger[0].inhibitory_share > 0.3


def test_the_published_rectifier_turns_a_positive_move_negative_and_deletes_it_again():
    law = laws(RECTIFIER).bind(small_connectome())["W_rec"]
    inhibits = torch.from_numpy(small_connectome().mask & (small_connectome().signs < 0)[None, :])
    free = torch.where(inhibits, 0.01, 0.0)[None]
    law.after_step(free)
    assert (free[0][inhibits] == -0.01).all()
    law.after_step(free)
    assert (free[0][inhibits] == 0).all()


def test_late_projection_breaks_the_laws_between_steps_and_the_ledger_counts_it():
    network, reports = run(LATE)
    assert reports[0].violations.tolist() == [0]
    assert reports[-1].violations[0] > 100
    counted = reports[-1].ledger[0].violations
    raw, connectome = network.free_W_rec[0].detach(), network.connectome
    signs, mask = torch.from_numpy(connectome.signs), torch.from_numpy(connectome.mask)
    assert counted["W_rec"] == int((((raw * signs) < 0) & mask | (raw != 0) & ~mask).sum())
    assert all(not p.violations.any() for p in run("projection")[1])


def test_late_projection_evaluates_the_unlawful_weights_and_saves_lawful_ones():
    network, _ = run(LATE)
    inputs = torch.randn(4, 6, len(Experiment().task.input_names))
    with torch.no_grad():
        raw = network(inputs, keep_states=True).rates
    saved = network.lawful_weights()
    sound = small_network(
        network.connectome, laws("projection"), inputs=inputs.shape[2], outputs=2, dtype=torch.float32
    )
    assert not sound.laws["W_rec"].violations(saved["W_rec"]).any()
    with torch.no_grad():
        network.free_W_rec.copy_(saved["W_rec"])
        assert not torch.equal(network(inputs, keep_states=True).rates, raw)
    assert audit(network)[0].violations["W_rec"] == 0


def test_late_projection_projects_when_a_training_step_begins_and_leaves_gradients_unmasked():
    network = small_network(constraints=laws(LATE))
    absent = ~torch.from_numpy(network.connectome.mask)
    with torch.no_grad():
        network.free_W_rec += 0.5
        network(torch.randn(2, 4, 3))
    assert (network.free_W_rec[0][absent] == 0.5).all()
    network(torch.randn(2, 4, 3)).outputs.square().mean().backward()
    assert (network.free_W_rec[0][absent] == 0).all()
    assert (network.free_W_rec.grad[0][absent] != 0).any()


@pytest.mark.parametrize("method", [RECTIFIER, LATE])
def test_a_run_of_a_faulty_method_resumes_bit_for_bit_and_its_files_load(method):
    network, reports = run(method)
    experiment = Experiment(
        wiring=RandomWiring(units=30, density=0.4),
        constraints=laws(method),
        training=Training(steps=10, batch=16, evaluate_every=10, evaluation_trials=40, device="cpu"),
    )
    first, second = experiment.network(), experiment.network()
    checkpoint = next(p.checkpoint() for p in experiment.train(first) if p.step == 4)
    rest = list(experiment.train(second, checkpoint))
    assert rest[-1].loss.tolist() == reports[-1].loss.tolist()
    assert torch.equal(second.free_W_rec, network.free_W_rec)
    second.load_lawful(network.lawful_weights())
    assert second.violations().tolist() == [0]


def test_the_other_laws_hold_beside_a_faulty_rectifier():
    constraints = Constraints.read({"dales_law": {"method": RECTIFIER}, "rules": [{"pre": "area:left", "high": 0.1}]})
    law = constraints.bind(small_connectome())["W_rec"]
    free = torch.randn(1, 12, 12) * 5
    law.after_step(free)
    assert free[0, :, :6].max() <= 0.1 + 1e-7
    assert law.violations(free).tolist() == [0]
