"""Faults that nn4n has with masks and signs (ctrnn_masks_and_losses.md, section 12), each shown absent.

Those that other test files show are named there by "ctrnn 12.n"; so is every test here.
"""

import ast
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.component import Invalid
from engine.connectomes import RandomWiring
from engine.constraints import Constraints, SynapseRule
from engine.constraints.mask_rules import rules_of
from engine.experiments.experiment import Experiment
from engine.networks import LeakyRate, Normal, UnitGroup
from engine.training import Training
from tests.engine.small_experiment import small_experiment
from tests.engine.small_networks import laws, small_connectome, small_network

NAMES = tuple(f"unit {k}" for k in range(12))
ROOT, FUNCTIONS = Path(__file__).parents[2], (ast.FunctionDef, ast.AsyncFunctionDef)
EXISTS, SIGN = {0: {"exists": False}}, {1: {"sign": "excitatory"}, -1: {"sign": "inhibitory"}}


def stepped(network, steps=5):
    """The same network after some steps of Adam."""
    optimiser, rng = torch.optim.Adam(network.parameters(), 0.05), torch.Generator().manual_seed(0)
    for _ in range(steps):
        optimiser.zero_grad()
        network(torch.randn(8, 5, 3, generator=rng)).outputs.sub(1).square().mean().backward()
        network.step(optimiser)
    return network


def test_fault_1_one_array_given_as_mask_and_as_signs_spoils_neither():
    # ctrnn 12.1
    signed = np.random.default_rng(0).choice([-1, 0, 1], (12, 12), p=[0.1, 0.5, 0.4])
    kept, sides = signed.copy(), (NAMES, NAMES)
    rules = (*rules_of("W_rec", signed, sides, EXISTS.get), *rules_of("W_rec", signed, sides, SIGN.get))
    law = laws("off", False).with_value("rules", rules).bind(small_connectome())["W_rec"]
    assert (signed == kept).all()
    assert (law.exists.numpy() == (kept != 0)).all()
    assert ((law.low < 0).numpy() == (kept < 0)).all()
    assert ((law.high > 0).numpy() == (kept > 0)).all()


def test_fault_1_binding_and_training_leave_the_connectome_as_it_is():
    # ctrnn 12.1
    connectome = small_connectome()
    mask, weights, signs = connectome.mask.copy(), connectome.weights.copy(), connectome.signs.copy()
    network = stepped(small_network(connectome))
    assert (connectome.mask == mask).all()
    assert (connectome.weights == weights).all()
    assert (connectome.signs == signs).all()
    assert int((network.W_rec != 0).sum()) <= mask.sum()


def test_fault_2_a_zero_in_a_sign_mask_is_free_and_never_inhibitory():
    # ctrnn 12.2
    signs = np.zeros((12, 12), int)
    signs[:, 0] = 1
    rules = tuple(rules_of("W_rec", signs, (NAMES, NAMES), SIGN.get))
    law = laws("off", False).with_value("rules", rules).bind(small_connectome())["W_rec"]
    assert torch.isinf(law.high.expand(12, 12)).all()
    assert (law.low.expand(12, 12)[:, 0] == 0).all()
    assert torch.isinf(law.low.expand(12, 12)[:, 1:]).all()


def test_fault_3_weights_of_ones_own_are_taken_exactly_if_lawful_and_refused_if_not():
    # ctrnn 12.3
    network = small_network()
    own = {name: tensor.clone() for name, tensor in network.lawful_weights().items()}
    own["W_rec"] *= 0.5
    network.load_lawful(own)
    assert torch.equal(network.W_rec, own["W_rec"])
    own["W_rec"] *= -1
    with pytest.raises(Invalid, match="break a law"):
        network.load_lawful(own)


@pytest.mark.parametrize("bias", ["learned", "fixed", "off"])
def test_fault_4_biases_can_start_at_zero_whether_learned_or_not(bias):
    # ctrnn 12.4
    network = small_network(dynamics=LeakyRate(bias=bias, initial_bias="zero"))
    assert (network.bias == 0).all()
    assert bool((stepped(network).bias != 0).any()) == (bias == "learned")


def test_fault_5_noise_is_there_from_the_first_call_and_needs_no_mode():
    # ctrnn 12.5
    network = small_network(dynamics=LeakyRate(state_noise=0.5))
    silent, noisy = network(torch.zeros(2, 5, 3)).outputs, network(torch.zeros(2, 5, 3), noise_seed=0).outputs
    assert not torch.equal(silent, noisy)


def test_fault_6_train_takes_a_mode_and_eval_can_be_chained():
    # ctrnn 12.6
    network = small_network()
    assert network.train(False) is network
    assert network.eval()(torch.zeros(2, 5, 3)).outputs.shape == (1, 2, 5, 2)


@pytest.mark.parametrize("method", ["projection", "magnitude"])
def test_fault_7_laws_hold_in_evaluation_in_files_and_after_the_last_step(method):
    # ctrnn 12.7
    network = stepped(small_network(constraints=laws(method), networks=2)).eval()
    W, saved = network.W_rec.detach(), network.lawful_weights()["W_rec"]
    signs, mask = torch.from_numpy(network.connectome.signs), torch.from_numpy(network.connectome.mask)
    for weights in (W, saved):
        assert not (weights * signs < 0).any()
        assert not weights[:, ~mask].any()
    assert network.violations().tolist() == [0, 0]


def test_fault_7_two_areas_under_dales_law_end_a_training_run_without_a_violation():
    # ctrnn 12.7
    connectome = small_connectome(64, 0.3)
    experiment = Experiment(
        wiring=RandomWiring(units=64),
        weights=Normal(balance="none"),
        constraints=Constraints.read(
            {
                "projections": {"input_areas": ["left"], "readout_areas": ["right"], "readout_from": "excitatory"},
                "target_rules": [{"from_type": "I", "allowed": False}],
            }
        ),
        training=Training(steps=30, batch=16, evaluate_every=30, evaluation_trials=20, device="cpu"),
    )
    network = experiment.network(connectome)
    *_, last = experiment.train(network)
    raw = network.free_W_rec[0].detach()
    right, excites = np.array(connectome.areas) == "right", connectome.signs > 0
    between = right[:, None] != right[None, :]
    lawful = connectome.mask & (~between | excites[None, :])
    assert last.violations.tolist() == [0]
    assert not raw[torch.from_numpy(~lawful)].any()
    assert not (raw * torch.from_numpy(connectome.signs) < 0).any()
    assert not network.free_W_out[0][:, torch.from_numpy(~(right & excites))].any()
    assert not network.free_W_in[0][torch.from_numpy(right)].any()


def test_fault_7_absent_synapses_gather_no_moments_in_the_optimiser():
    # ctrnn 12.7
    network = small_network()
    optimiser = torch.optim.Adam(network.parameters(), 0.05)
    for _ in range(3):
        optimiser.zero_grad()
        network(torch.randn(8, 5, 3)).outputs.square().mean().backward()
        network.step(optimiser)
    moments = optimiser.state[network.free_W_rec]
    absent = ~torch.from_numpy(network.connectome.mask)
    assert not moments["exp_avg"][0][absent].any()
    assert not moments["exp_avg_sq"][0][absent].any()


def test_fault_8_plasticity_is_not_cancelled_by_adam():
    # ctrnn 12.8
    half = tuple(SynapseRule(post=f"unit:unit {k}", plasticity=0.1) for k in range(6))
    network = small_network(constraints=laws("off", False).with_value("rules", half))
    before = network.free_W_rec.detach().clone()
    moved = (stepped(network, 20).free_W_rec.detach() - before).abs()[0]
    assert 0.05 < moved[:6].mean() / moved[6:].mean() < 0.2  # units differ in activity; nn4n comes to 0.99


@pytest.mark.parametrize("method", ["projection", "magnitude"])
def test_fault_9_everything_that_a_network_computes_with_moves_to_another_device(method):
    # ctrnn 12.9: its alpha and plasticity stay on the CPU
    rules = (SynapseRule(plasticity=0.5), SynapseRule(post="unit:unit 1", plasticity=0))
    slow = LeakyRate(groups=(UnitGroup(by="unit", name="unit 1", tau_ms=200),))
    network = small_network(constraints=laws(method).with_value("rules", rules), dynamics=slow)
    there = network.to("meta")
    states = [*there.parameters(), *there.buffers()]
    assert len(states) > 20
    assert {tensor.device.type for tensor in states} == {"meta"}
    assert there.laws["W_rec"].plasticity.device.type == there.laws["W_rec"].held.device.type == "meta"
    assert there.time_constants.leak().device.type == "meta"


def test_fault_10_a_network_without_any_input_trains():
    # ctrnn 12.10: a hidden layer without input weights crashes in training mode
    network = small_network(inputs=0)
    optimiser = torch.optim.Adam(network.parameters(), 0.05)
    before = network.W_rec.detach().clone()
    with torch.no_grad():
        network.bias += 1
    network(torch.zeros(4, 5, 0)).outputs.sub(1).square().mean().backward()
    network.step(optimiser)
    assert not torch.equal(network.W_rec, before)
    assert network.violations().tolist() == [0]


def test_fault_11_noise_is_off_where_performance_is_evaluated():
    # ctrnn 12.11: the noise of its hidden layers stays on in evaluation
    quiet, noisy = (small_experiment(dynamics__state_noise=s, dynamics__rate_noise=s) for s in (0, 0.5))
    first = [next(each.train(each.network())).evaluation for each in (quiet, noisy)]
    assert torch.equal(first[0].loss, first[1].loss)


def test_fault_13_a_misspelt_law_is_refused_with_the_right_name():
    # ctrnn 12.13
    with pytest.raises(Invalid, match=r"constraints\.dales_law\.method|dales_law\.method"):
        Constraints.read({"dales_law": {"metod": "off"}})
    with pytest.raises(Invalid, match=r"rules\.0"):
        Constraints.read({"rules": [{"plasticity": -1}]})


def test_laws_are_from_pre_to_post_in_a_matrix_that_is_not_square():
    # ctrnn 12.20: its masks of matrices that are not square are transposed twice
    rule = SynapseRule(matrix="W_in", pre="input:stimulus", post="unit:unit 7", exists=False)
    network = small_network(constraints=Constraints(rules=(rule,)), inputs=("stimulus", "go"))
    assert np.argwhere((network.W_in[0] == 0).numpy()).tolist() == [[7, 0]]


def test_fault_14_a_trial_is_a_row_and_its_steps_follow_one_another():
    # ctrnn 12.14: in its quickstart every sample is a sequence of one step, so that nothing can be remembered
    network = small_network()
    inputs = torch.zeros(2, 6, 3)
    before = network(inputs).outputs.detach()
    inputs[0, 0] = 1.0
    changed = (network(inputs).outputs.detach() != before).any(-1)[0]
    assert changed.tolist() == [[True] * 6, [False] * 6]


def test_fault_15_random_projections_work_as_they_come_and_with_whole_numbers():
    # ctrnn 12.15
    for values in ({}, {"projections": {"input_fraction": 1, "readout_fraction": 1}}):
        bound = Constraints.read(values).bind(small_connectome())
        assert bound["W_in"].exists.all()
        assert bound["W_out"].exists.all()


def test_fault_16_every_output_of_a_unit_has_its_sign_and_a_weight_against_it_is_refused():
    # ctrnn 12.16
    network = stepped(small_network(constraints=laws("projection", False)))
    signs = torch.from_numpy(network.connectome.signs)
    assert (network.W_rec[0].detach() * signs >= 0).all()
    wrong = small_connectome()
    with pytest.raises(Invalid, match="contradicts the sign"):
        wrong.but(weights=-wrong.weights)


def test_fault_17_what_is_left_out_and_what_is_null_mean_the_same():
    # ctrnn 12.17
    empty = dict.fromkeys(("exists", "sign", "plasticity", "low", "high"))
    assert SynapseRule.read(empty) == SynapseRule()
    one, other = (
        small_network(constraints=Constraints(rules=(rule,))) for rule in (SynapseRule.read(empty), SynapseRule())
    )
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def test_fault_20_masks_and_signs_of_matrices_that_are_not_square_hold_in_training():
    # ctrnn 12.20: there, and under any sign mask, the unfinished version fails
    rules = [SynapseRule(matrix=m, sign="excitatory") for m in ("W_in", "W_out")]
    rules += [
        SynapseRule(matrix="W_in", post="sign:I", exists=False),
        SynapseRule(matrix="W_out", pre="sign:I", exists=False),
    ]
    network = stepped(small_network(constraints=Constraints(rules=tuple(rules))))
    inhibits = torch.from_numpy(network.connectome.signs < 0)
    W_in, W_out = network.free_W_in[0].detach(), network.free_W_out[0].detach()
    assert (W_in >= 0).all()
    assert (W_out >= 0).all()
    assert not W_in[inhibits].any()
    assert not W_out[:, inhibits].any()
    assert W_in[~inhibits].any()


def test_fault_19_every_test_asserts_something():
    # ctrnn 12.19: its tests assert nothing or do not run
    trees = {path: ast.parse(path.read_text()) for path in (ROOT / "tests").glob("**/*.py")}
    functions = {path: [f for f in ast.walk(t) if isinstance(f, FUNCTIONS)] for path, t in trees.items()}
    checking = {f.name for found in functions.values() for f in found if asserts(f)}
    idle = {f"{path.name}: {f.name}" for path, found in functions.items() for f in found
            if f.name.startswith("test_") and not asserts(f, checking)}  # fmt: skip
    assert idle <= {"test_race.py: test_every_contestant_makes_steps"}
    assert all(any(f.name.startswith("test_") for f in functions[path]) for path in trees if path.name[:5] == "test_")


def asserts(function, also=()):
    """Whether it asserts, or calls what does: a helper of the tests, or one of numpy, torch and pytest."""
    names = [getattr(n, "attr", getattr(n, "id", "")) for n in ast.walk(function)]
    calls = any(name.startswith("assert_") or name in {"raises", *also} for name in names)
    return calls or any(isinstance(node, ast.Assert) for node in ast.walk(function))


def test_fault_18_excitation_and_inhibition_are_balanced_in_sum_under_a_mask():
    # ctrnn 12.18
    start = small_network(weights=Normal(balance="global", spectral_radius=None)).W_rec[0].detach()
    excitation, inhibition = start.clamp(min=0).sum(), start.clamp(max=0).sum()
    assert excitation > 0.5
    assert abs(excitation + inhibition) / excitation < 1e-5
