"""Stages: one generator, lawful in each of them, bit for bit the same after an interruption anywhere."""

import pytest
import torch

from engine.component import Invalid
from engine.connectomes import RandomWiring
from engine.experiments.experiment import Experiment
from engine.training import Training
from engine.training.objectives.weight_norm import WeightNorm
from engine.training.optimiser import SGD, Adam
from engine.training.prune import Prune
from engine.training.schedule import Cosine
from engine.training.stage import ReadoutStage, Stage

SMALL = Experiment(
    wiring=RandomWiring(units=24, density=0.4),
    training=Training(steps=12, batch=8, evaluate_every=4, evaluation_trials=20, device="cpu"),
).with_value("seeds.networks", 2)
DENSE_PRUNE_TUNE = (
    Stage(name="dense", steps=5, dales_law="off", keep="best", optimiser=Adam(learning_rate=0.1)),
    Stage(name="prune", steps=7, prune=(Prune(density=0.4, rounds=3, every=2, method="top_prob"),), freeze=("W_in",)),
    ReadoutStage(name="readout", trials=30),
    Stage(name="tune", steps=4, optimiser=SGD(), schedule=Cosine(warm_up=2), freeze=("W_rec", "bias")),
)
STAGED = SMALL.with_value("training.stages", DENSE_PRUNE_TUNE)


def weights(network):
    return {name: p.detach().clone() for name, p in network.named_parameters()}


def same(a, b):
    return all(torch.equal(a[name], b[name]) for name in a)


def interrupted(experiment, step):
    """The reports after a checkpoint at this step, and the network that they led to."""
    for progress in experiment.train(experiment.network()):
        if progress.step == step:
            checkpoint = progress.checkpoint()
            break
    network = experiment.network()
    return list(experiment.train(network, checkpoint)), network


def test_one_stage_of_the_same_fields_is_bit_identical_to_no_stage():
    one = SMALL.with_value("training.stages", (Stage(steps=12, optimiser=Adam()),))
    plain, staged = SMALL.network(), one.network()
    losses = [[p.loss.tolist() for p in e.train(n)][1:] for e, n in ((SMALL, plain), (one, staged))]
    assert losses[0] == losses[1]
    assert same(weights(plain), weights(staged))


@pytest.mark.parametrize("method", ["projection", "magnitude"])
@pytest.mark.parametrize("step", [0, 4, 5, 6, 8, 11, 12, 13, 15])
def test_a_run_resumed_at_any_step_is_bit_identical_across_all_borders(step, method):
    experiment = STAGED.with_value("constraints.dales_law.method", method)
    straight = experiment.network()
    whole = list(experiment.train(straight))
    rest, resumed = interrupted(experiment, step)
    assert [p.loss.tolist() for p in rest] == [p.loss.tolist() for p in whole[step + 1 :]]
    assert same(weights(straight), weights(resumed))
    assert torch.equal(straight.laws["W_rec"].allowed, resumed.laws["W_rec"].allowed)


def test_one_counter_runs_through_all_stages_and_every_report_names_its_own():
    reports = list(STAGED.train(STAGED.network()))
    assert [p.step for p in reports] == list(range(18))
    assert {p.steps for p in reports} == {17}
    assert [p.stage for p in reports] == ["dense"] * 6 + ["prune"] * 7 + ["readout"] + ["tune"] * 4
    assert [p.step for p in reports if p.pruned] == [6, 8, 10]
    assert all(reports[border].evaluation for border in (5, 12, 13, 17))
    assert reports[-1].stop == "all steps done"


def test_every_step_of_every_stage_is_lawful_and_nothing_pruned_comes_back():
    network = STAGED.network()
    absent = torch.zeros_like(network.W_rec, dtype=torch.bool)
    for progress in STAGED.train(network):
        assert int(progress.violations.sum()) == 0
        assert not (network.W_rec[absent] != 0).any()
        absent |= ~network.laws["W_rec"].exists
    mask = torch.from_numpy(STAGED.connectome().mask)
    left = (network.W_rec != 0).sum((1, 2)) / mask.sum()
    assert left == pytest.approx([0.4, 0.4], abs=0.12)
    assert progress.ledger[0].zero_share < 0.05  # of the connections that are left


def test_dales_law_holds_again_once_a_stage_switches_it_on():
    signs = torch.from_numpy(STAGED.connectome().signs)
    wrong = {}
    network = STAGED.network()
    for progress in STAGED.train(network):
        wrong[progress.step] = int((network.W_rec * signs < 0).sum())
    assert wrong[4] > 0
    assert all(wrong[step] == 0 for step in range(6, 18))


def test_what_is_frozen_stays_bit_for_bit_and_the_rest_learns():
    experiment = SMALL.with_value("training.freeze", ("W_rec", "W_in", "bias"))
    network = experiment.network()
    before = weights(network)
    list(experiment.train(network))
    moved = {name for name, now in weights(network).items() if not torch.equal(now, before[name])}
    assert moved == {"free_W_out", "bias_out"}


def test_a_frozen_matrix_stays_even_under_the_faulty_rectifier():
    experiment = SMALL.with_values(
        {"training.freeze": ("W_rec",), "constraints.dales_law.method": "faulty_rectifier_as_published"}
    )
    network = experiment.network()
    before = network.free_W_rec.detach().clone()
    list(experiment.train(network))
    assert torch.equal(network.free_W_rec, before)


@pytest.mark.parametrize("magnitude", ["abs", "relu", "softplus", "exponential"])
def test_pruning_leaves_the_parameters_of_all_other_connections_bit_for_bit(magnitude):
    chosen = {"constraints.dales_law.method": "magnitude", "constraints.dales_law.magnitude": magnitude}
    experiment = SMALL.with_values({**chosen, "training.optimiser.learning_rate": 0.3})
    network = experiment.network()
    steps = experiment.train(network)
    for _ in range(4):
        next(steps)
    before, law = network.free_W_rec.detach().clone(), network.laws["W_rec"]
    network.constrain({"W_rec": law.allowing(law.allowed * (network.W_rec > 0.01))})
    there = network.laws["W_rec"].exists
    assert 0 < there.sum() < law.exists.expand_as(there).sum()
    assert torch.equal(network.free_W_rec[there], before[there])


def test_a_stage_may_end_early_and_the_next_one_begins():
    stages = (Stage(steps=50, target_accuracy=0.01), Stage(steps=3))
    experiment = SMALL.with_value("training.stages", stages)
    reports = list(experiment.train(experiment.network()))
    assert [p.stage for p in reports] == ["Stage 1"] * 5 + ["Stage 2"] * 3
    assert reports[-1].steps == 7


def test_the_best_weights_come_back_and_are_those_that_are_evaluated():
    wild = SMALL.with_values({"training.keep": "best", "training.optimiser": SGD(learning_rate=3.0)})
    reports = [p for p in wild.train(wild.network()) if p.evaluation]
    losses = torch.stack([p.evaluation.loss for p in reports])
    assert torch.allclose(losses[-1], losses.min(0).values)


def test_pruned_weights_are_saved_with_their_mask_and_are_lawful_where_they_are_loaded():
    network = STAGED.network()
    list(STAGED.train(network))
    saved = network.lawful_weights()
    assert saved["allowed.W_rec"].dtype == torch.uint8
    other = STAGED.network()
    other.load_lawful(saved)
    assert all(torch.equal(other.lawful_weights()[name], saved[name]) for name in saved)
    alone = STAGED.with_value("seeds.networks", 1).network()
    alone.load_lawful({name: tensor[1:] for name, tensor in saved.items()})
    assert torch.equal(alone.W_rec[0], network.W_rec[1])


def test_a_stage_without_dales_law_is_saved_and_loaded_as_it_is():
    experiment = SMALL.with_value("training.stages", (Stage(steps=4, dales_law="off", connection_mask="off"),))
    network = experiment.network()
    list(experiment.train(network))
    other = experiment.network()
    other.load_lawful(network.lawful_weights())
    assert torch.equal(other.W_rec, network.W_rec)
    assert int(other.violations().sum()) == 0


def test_losses_just_before_and_after_pruning_are_told():
    told = [pruned for p in STAGED.train(STAGED.network()) for pruned in p.pruned]
    assert [(p.round, p.rounds) for p in told] == [(1, 3), (2, 3), (3, 3)]
    assert all(p.loss_before != p.loss_after for p in told)
    assert all(0 < overlap <= 1 for p in told for overlap in p.tree_overlap)


def test_an_open_mask_lets_absent_connections_grow_and_the_next_stage_closes_it():
    stages = (Stage(steps=4, connection_mask="off"), Stage(steps=1))
    experiment = SMALL.with_value("training.stages", stages)
    network = experiment.network()
    mask = torch.from_numpy(experiment.connectome().mask)
    grown = [bool((network.W_rec[:, ~mask] != 0).any()) for _ in experiment.train(network)]
    assert grown == [False, True, True, True, True, False]


def test_a_stage_may_lower_objectives_of_its_own():
    own = Stage(steps=2, lowers="own", objectives=(WeightNorm(weight=1.0),))
    experiment = SMALL.with_value("training.stages", (Stage(steps=2), own, Stage(steps=2)))
    names = [tuple(p.costs) for p in experiment.train(experiment.network())]
    assert names[3] == names[4] == ("total", "task", "weight_norm")
    assert names[1] == names[2] == names[5] == names[6] == ()
    unused = SMALL.with_value("training.stages", (Stage(objectives=(WeightNorm(),)),))
    with pytest.raises(Invalid, match="lowers those of the training"):
        next(unused.train(unused.network()))


@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_run_resumed_within_a_stage_lowers_the_objectives_of_that_stage(step):
    own = Stage(steps=2, lowers="own", objectives=(WeightNorm(weight=1.0),))
    experiment = SMALL.with_value("training.stages", (Stage(steps=2), own))
    straight = experiment.network()
    whole = list(experiment.train(straight))
    rest, resumed = interrupted(experiment, step)
    assert [tuple(p.costs) for p in rest] == [tuple(p.costs) for p in whole[step + 1 :]]
    assert same(weights(straight), weights(resumed))
