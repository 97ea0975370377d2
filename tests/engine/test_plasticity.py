"""Plasticity scales updates, so it means the same under every optimiser, and what is frozen does not move at all."""

import pytest
import torch

from engine.connectomes import RandomWiring
from engine.constraints import Constraints, SynapseRule
from engine.experiments.experiment import Experiment
from engine.training import Training
from tests.engine.small_networks import laws, small_network

FACTORS = {"unit:unit 0|unit:unit 1|unit:unit 2|unit:unit 3": 0.0, "area:right": 0.25}  # the rest learns fully
RULES = tuple(SynapseRule(post=post, plasticity=factor) for post, factor in FACTORS.items())
OPTIMISERS = {
    "sgd": lambda p: torch.optim.SGD(p, 0.01),
    "momentum": lambda p: torch.optim.SGD(p, 0.01, momentum=0.9),
    "adam": lambda p: torch.optim.Adam(p, 1e-3),
    "adamw": lambda p: torch.optim.AdamW(p, 1e-3, weight_decay=0.1),
}


def trained(optimiser, steps, method="off", keep=False, rules=RULES, magnitude="abs"):
    """The recurrent parameters before and after some steps, and the gradient of the first."""
    network = small_network(constraints=laws(method, keep, magnitude).with_value("rules", rules), networks=2)
    before, chosen = network.free_W_rec.detach().clone(), OPTIMISERS[optimiser](network.parameters())
    rng, first = torch.Generator().manual_seed(0), None
    for _ in range(steps):
        chosen.zero_grad()
        network(torch.randn(16, 8, 3, generator=rng)).outputs.sub(1).square().mean().backward()
        first = network.free_W_rec.grad.clone() if first is None else first
        network.step(chosen)
        assert network.violations().tolist() == [0, 0]
    return before, network.free_W_rec.detach(), first


def test_one_sgd_step_is_minus_rate_times_plasticity_times_gradient():
    before, after, gradient = trained("sgd", 1)
    factors = torch.ones(12)
    factors[6:], factors[:4] = 0.25, 0
    torch.testing.assert_close(after - before, -0.01 * factors[:, None] * gradient, rtol=0, atol=1e-6)
    assert (gradient[:, 4:] != 0).any()


def change(optimiser):
    """The mean change of synapses of plasticity 0, 0.25 and 1 after 20 steps of one network."""
    before, after, _ = trained(optimiser, 20)
    change = (after - before).abs()
    return change[:, :4].max(), change[:, 6:].mean(), change[:, 4:6].mean()


@pytest.mark.parametrize("optimiser", ["adam", "adamw"])
def test_under_adam_a_quarter_of_the_plasticity_is_a_quarter_of_the_change_and_none_is_none(optimiser):
    frozen, slow, full = change(optimiser)
    assert frozen == 0
    assert 0.2 <= slow / full <= 0.3


@pytest.mark.parametrize("optimiser", ["momentum", "adam", "adamw"])
def test_a_slower_network_changes_by_its_share(optimiser):
    full, slow = (trained(optimiser, 20, rules=(SynapseRule(plasticity=factor),)) for factor in (1.0, 0.25))
    ratio = (slow[1] - slow[0]).abs().mean() / (full[1] - full[0]).abs().mean()
    assert 0.2 <= ratio <= 0.3


@pytest.mark.parametrize("method", ["projection", "magnitude", "faulty_rectifier_as_published"])
@pytest.mark.parametrize("magnitude", ["abs", "relu", "softplus", "exponential"])
def test_frozen_synapses_are_bit_identical_under_every_law(method, magnitude):
    # bio 9.7: freezing raises, or unfreezes, or breaks the mask
    before, after, _ = trained("adamw", 5, method, True, magnitude=magnitude)
    assert torch.equal(after[:, :4].view(torch.int64), before[:, :4].view(torch.int64))
    assert not torch.equal(after[:, 4:], before[:, 4:])


def test_plasticity_may_have_any_number_of_values_above_one_too():
    rules = tuple(SynapseRule(post=f"unit:unit {k}", plasticity=k / 4) for k in range(12))
    (before, after, gradient) = trained("sgd", 1, rules=rules)
    torch.testing.assert_close(after - before, -0.01 * (torch.arange(12) / 4)[:, None] * gradient, rtol=0, atol=1e-6)


def test_everything_can_be_frozen():
    rules = tuple(SynapseRule(matrix=m, plasticity=0) for m in ("W_in", "W_rec", "W_out", "bias", "bias_out"))
    network = small_network(constraints=Constraints(rules=rules))
    before = [p.detach().clone() for p in network.parameters()]
    optimiser = torch.optim.AdamW(network.parameters(), 0.1)
    network(torch.randn(4, 5, 3)).outputs.square().mean().backward()
    assert all((p.grad == 0).all() for p in network.parameters())  # so it does not count in the norm of the gradient
    network.step(optimiser)
    assert all(torch.equal(p, old) for p, old in zip(network.parameters(), before, strict=True))


@pytest.mark.parametrize("matrix", ["W_in", "W_rec", "W_out", "bias", "bias_out"])
def test_a_frozen_synapse_that_moved_is_a_violation(matrix):
    network = small_network(constraints=Constraints(rules=(SynapseRule(matrix=matrix, plasticity=0),)), networks=2)
    assert network.violations().tolist() == [0, 0]
    free = getattr(network, f"free_{matrix}" if matrix.startswith("W") else matrix)
    place = tuple(int(k) for k in ((free[1] != 0) if matrix.startswith("W") else torch.ones_like(free[1])).nonzero()[0])
    with torch.no_grad():
        free[(1, *place)] *= 1 + 1e-12  # still lawful but for that
        free[(1, *place)] += 1e-12 if matrix.startswith("bias") else 0
    assert network.violations_by_matrix()[matrix].tolist() == [0, 1]


def test_weights_that_were_loaded_are_what_is_frozen():
    frozen = Constraints(rules=(SynapseRule(plasticity=0),))
    one, other = (small_network(constraints=frozen, seed=seed) for seed in (1, 2))
    other.load_lawful(one.lawful_weights())
    assert other.violations().tolist() == [0]
    with torch.no_grad():
        other.free_W_rec.mul_(0.5)
    assert other.violations().item() > 0


def test_only_matrices_with_plasticity_are_copied():
    network = small_network(constraints=Constraints(rules=(SynapseRule(matrix="W_in", plasticity=0.5),)))
    assert [name for name, law in network.laws.items() if law.plasticity is not None] == ["W_in"]
    assert all(law.held is None for law in network.laws.values())


def test_a_run_keeps_frozen_synapses_counts_none_of_them_and_resumes_bit_for_bit():
    rules = (SynapseRule(post="sign:E", plasticity=0), SynapseRule(pre="sign:I", plasticity=0.5))
    experiment = Experiment(
        wiring=RandomWiring(units=24, density=0.4),
        constraints=Constraints(rules=rules),
        training=Training(steps=8, batch=8, evaluate_every=4, evaluation_trials=20, device="cpu"),
    )
    straight, resumed = experiment.network(), experiment.network()
    start = straight.free_W_rec.detach().clone()
    reports = []
    for progress in experiment.train(straight):
        reports.append(progress)
        if progress.step == 3:
            checkpoint = progress.checkpoint()
    assert all(not p.violations.any() for p in reports)
    rest = list(experiment.train(resumed, checkpoint))
    assert rest[-1].loss.tolist() == reports[-1].loss.tolist()
    assert torch.equal(straight.free_W_rec, resumed.free_W_rec)
    excites = torch.from_numpy(straight.connectome.signs > 0)
    both = excites[:, None] & excites[None, :]
    assert torch.equal(straight.free_W_rec[0][both], start[0][both])
