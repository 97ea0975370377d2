"""Training is a generator: fair, resumable bit for bit, and safe against a network that diverges."""

import math

import pytest
import torch

from engine.component import Invalid
from engine.connectomes import RandomWiring
from engine.experiments.experiment import Experiment
from engine.training import Training
from engine.training.gradients import gradient_norm, scale_gradients
from engine.training.optimiser import SGD, Adam, AdamW, RMSprop
from engine.training.train import held_out_trials
from engine.training.trial_supply import training_trials

SMALL = Experiment(
    wiring=RandomWiring(units=24, density=0.4),
    training=Training(steps=12, batch=8, evaluate_every=4, evaluation_trials=20, device="cpu"),
)


def weights(network):
    return {name: p.detach().clone() for name, p in network.named_parameters()}


def same(a, b):
    return all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("optimiser", [Adam(), AdamW(), SGD(), RMSprop()], ids=lambda o: o.kind)
@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_a_resumed_run_is_bit_identical_to_an_uninterrupted_one(optimiser, noise):
    # bio 9.13: nothing can be resumed
    experiment = SMALL.with_values({"training.optimiser": optimiser, "dynamics.state_noise": noise})
    straight = experiment.network()
    whole = list(experiment.train(straight))
    first = experiment.network()
    reports = experiment.train(first)
    for progress in reports:
        if progress.step == 5:
            checkpoint = progress.checkpoint()
            break
    second = experiment.network()
    rest = list(experiment.train(second, checkpoint))
    assert [p.step for p in rest] == [6, 7, 8, 9, 10, 11, 12]
    assert [p.loss.tolist() for p in rest] == [p.loss.tolist() for p in whole[6:]]
    assert same(weights(straight), weights(second))


def test_the_same_seeds_give_the_same_losses_and_other_seeds_others():
    # bio 9.15
    losses = [
        [p.loss.tolist() for p in e.train(e.network())][1:] for e in (SMALL, SMALL, SMALL.with_value("seeds.trials", 1))
    ]
    assert losses[0] == losses[1] != losses[2]


def test_step_zero_is_the_untrained_network_and_each_step_reports_once():
    network = SMALL.network()
    before = weights(network)
    reports = SMALL.train(network)
    start = next(reports)
    assert (start.step, start.stop) == (0, None)
    assert start.evaluation is not None
    assert start.ledger is not None
    assert same(before, weights(network))
    rest = list(reports)
    assert [p.step for p in rest] == list(range(1, 13))
    assert [p.step for p in rest if p.evaluation] == [4, 8, 12]
    assert rest[-1].stop == "all steps done"


def test_laws_hold_at_every_step_and_in_the_last_one():
    for method in ("projection", "magnitude"):
        experiment = SMALL.with_value("constraints.dales_law.method", method)
        assert all(int(p.violations.sum()) == 0 for p in experiment.train(experiment.network()))


def test_training_lowers_the_loss():
    experiment = SMALL.with_values({"training.steps": 80, "training.batch": 32, "training.evaluate_every": 80})
    reports = [p for p in experiment.train(experiment.network()) if p.evaluation]
    assert reports[-1].evaluation.loss < 0.7 * reports[0].evaluation.loss


def test_a_diverged_network_is_flagged_and_frozen_and_its_neighbours_do_not_feel_it():
    experiment = SMALL.with_value("seeds.networks", 3)
    healthy, ill = experiment.network(), experiment.network()
    with torch.no_grad():
        ill.bias[1] = math.inf
    frozen = {name: p[1].detach().clone() for name, p in ill.named_parameters()}
    whole, broken = list(experiment.train(healthy)), list(experiment.train(ill))
    assert broken[-1].diverged.tolist() == [False, True, False]
    assert whole[-1].diverged.tolist() == [False, False, False]
    for name, parameter in ill.named_parameters():
        assert torch.equal(parameter[[0, 2]], dict(healthy.named_parameters())[name][[0, 2]])
        assert torch.equal(parameter[1], frozen[name])
    assert broken[-1].evaluation.accuracy[1] == 0


def test_training_stops_when_every_network_diverged():
    network = SMALL.network()
    with torch.no_grad():
        network.bias.fill_(math.nan)
    last = list(SMALL.train(network))[-1]
    assert (last.stop, last.step) == ("every network diverged", 1)


def test_training_stops_at_the_target_after_patience_and_at_the_wall_time():
    easy = SMALL.with_values({"training.target_accuracy": 0.01})
    assert list(easy.train(easy.network()))[-1].stop == "target accuracy reached"
    still = SMALL.with_values(
        {"training.patience": 1, "training.optimiser": SGD(learning_rate=1e-12), "training.steps": 1000}
    )
    assert list(still.train(still.network()))[-1].stop == "no longer improving"
    brief = SMALL.with_values({"training.wall_time_s": 1e-6})
    assert list(brief.train(brief.network()))[-1].stop == "wall time reached"


def test_clipping_shortens_each_network_by_its_own_norm():
    parameters = [torch.nn.Parameter(torch.zeros(3, 2, 2)), torch.nn.Parameter(torch.zeros(3, 2))]
    for p in parameters:
        p.grad = torch.ones_like(p)
    parameters[0].grad[1] *= 100
    norm = gradient_norm(parameters)
    scale_gradients(parameters, norm, 1.0, torch.tensor([False, False, True]))
    torch.testing.assert_close(gradient_norm(parameters), torch.tensor([1.0, 1.0, 0.0]))


def test_held_out_trials_are_not_training_trials():
    task = SMALL.task
    held_out = held_out_trials(task, 8, 20.0, 0)
    assert all(not torch.equal(held_out.inputs, training_trials(task, 8, 20.0, 0, step).inputs) for step in range(5))
    assert torch.equal(held_out.inputs, held_out_trials(task, 8, 20.0, 0).inputs)


def test_cuda_is_refused_in_one_sentence_where_there_is_none():
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    experiment = SMALL.with_value("training.device", "cuda")
    with pytest.raises(Invalid, match="no CUDA GPU"):
        next(experiment.train(experiment.network()))
