"""Training with objectives: what is lowered, told, kept and repeated bit for bit."""

import dataclasses
import json
import math

import pytest
import torch
from torch.nn.functional import cross_entropy, mse_loss, one_hot

from engine.__main__ import main
from engine.component import Invalid
from engine.experiments.history import History, line_of
from engine.training.objectives.aim import Aim, names, shares
from engine.training.objectives.firing_rate import FiringRate
from engine.training.objectives.spatially_embedded import SpatiallyEmbedded
from engine.training.objectives.task_loss import TaskLoss
from engine.training.objectives.weight_norm import WeightNorm
from tests.engine.objectives import EPOCHS, trials
from tests.engine.small_experiment import small_experiment
from tests.engine.small_networks import small_network

SEVERAL = (
    SpatiallyEmbedded(weight=0.05),
    FiringRate(weight=0.1, scaling="relative", target=0.2),
    WeightNorm(weight=1e-3),
    WeightNorm(weight=0, matrix="W_out"),
)
PENALISED = small_experiment(training__objectives=SEVERAL, training__evaluate_every=5, seeds__networks=2)


def losses(experiment, checkpoint=None):
    network = experiment.network()
    reports = list(experiment.train(network, checkpoint))
    return [(p.step, p.loss.tolist()) for p in reports[1:]], network


def test_without_objectives_the_loss_is_the_tasks_and_no_state_is_kept():
    network, batch = small_network(), trials()
    asked = []
    network.register_forward_pre_hook(lambda _, args, options: asked.append(options), with_kwargs=True)
    reached = Aim(TaskLoss(), (), network, EPOCHS, "").reached(batch, None, 0)
    assert reached.total is reached.task_loss
    assert reached.costs == {}
    Aim(TaskLoss(), (WeightNorm(),), network, EPOCHS, "").reached(batch, None, 0)
    Aim(TaskLoss(), (FiringRate(),), network, EPOCHS, "").reached(batch, None, 0)
    assert [options["keep_states"] for options in asked] == [False, False, True]
    reports = list(small_experiment(training__steps=2).train(small_experiment().network()))
    assert all(p.costs == {} and p.shares is None for p in reports)


def test_the_total_is_the_task_and_every_objective_by_weight_and_scaling():
    network = small_network(networks=2)
    aim = Aim(TaskLoss(), SEVERAL, network, EPOCHS, "")
    reached = aim.reached(trials(), None, 0)
    costs = {name: cost.detach() for name, cost in reached.costs.items()}
    assert tuple(costs) == aim.names == ("total", "task", *names(SEVERAL))
    assert names(SEVERAL) == ("spatially_embedded", "firing_rate", "weight_norm", "weight_norm_2")
    parts = 0.05 * costs["spatially_embedded"] + 0.1 * costs["task"] + 1e-3 * costs["weight_norm"]
    torch.testing.assert_close(costs["total"], costs["task"] + parts)
    assert not reached.costs["weight_norm_2"].requires_grad  # watched only


def test_relative_scaling_has_the_value_of_the_loss_and_the_gradient_of_the_cost_at_that_size():
    cost = torch.tensor([4.0, 0.0], requires_grad=True)
    loss = torch.tensor([2.0, 3.0], requires_grad=True)
    added = WeightNorm(weight=0.1, scaling="relative").share(cost**2, loss)
    assert added.tolist() == pytest.approx([0.2, 0])
    added.sum().backward()
    assert cost.grad.tolist() == pytest.approx([0.1 * 2 / 16 * 8, 0])
    assert loss.grad is None


def test_a_resumed_run_with_objectives_is_bit_identical_to_an_uninterrupted_one():
    whole, straight = losses(PENALISED)
    for progress in PENALISED.train(PENALISED.network()):
        if progress.step == 11:
            checkpoint = progress.checkpoint()
            break
    resumed = PENALISED.network()
    rest = [(p.step, p.loss.tolist()) for p in PENALISED.train(resumed, checkpoint)]
    assert rest == whole[11:]
    assert all(torch.equal(a, b) for a, b in zip(straight.parameters(), resumed.parameters(), strict=True))


def test_measuring_the_shares_changes_nothing():
    often, _ = losses(PENALISED.with_value("training.evaluate_every", 1))
    seldom, _ = losses(PENALISED.with_value("training.evaluate_every", 1000))
    assert often == seldom


def test_shares_are_those_of_the_lengths_of_the_gradients():
    network, batch = small_network(networks=2, dtype=torch.float64), trials()
    objectives = SEVERAL[:3]
    norms = Aim(TaskLoss(), objectives, network, EPOCHS, "").gradient_norms(batch, None, 0)
    plain = Aim(TaskLoss(), (), network, EPOCHS, "").reached(batch, None, 0).total
    for name, objective in {"task": None, **dict(zip(names(objectives), objectives, strict=True))}.items():
        network.zero_grad()
        part = plain
        if objective is not None:
            reached = Aim(TaskLoss(), (objective,), network, EPOCHS, "").reached(batch, None, 0)
            part = reached.total - reached.task_loss
        part.sum().backward()
        squares = [p.grad.flatten(1).square().sum(1) for p in network.parameters() if p.grad is not None]
        torch.testing.assert_close(norms[name], sum(squares).sqrt())
    parts = shares(norms)
    torch.testing.assert_close(sum(parts.values()), torch.ones(2, dtype=torch.float64))
    assert shares({"task": torch.zeros(1)}) == {"task": torch.zeros(1)}


def test_objectives_change_what_they_judge():
    base = {"training__steps": 30, "training__evaluate_every": 30}

    def after(**changes):
        experiment = small_experiment(**base, **changes)
        network = experiment.network()
        last = list(experiment.train(network))[-1]
        return network.W_rec.abs().sum().item(), last

    free, _ = after()
    thin, last = after(training__objectives=(WeightNorm(weight=0.1),))
    assert thin < 0.9 * free
    assert set(last.shares) == {"task", "weight_norm"}
    assert last.costs["total"].item() == pytest.approx((last.costs["task"] + 0.1 * last.costs["weight_norm"]).item())


def test_a_network_that_diverges_by_an_objective_is_frozen_and_its_neighbours_go_on_as_they_would():
    experiment = PENALISED.with_value("seeds.networks", 3)
    healthy, ill = experiment.network(), experiment.network()
    post, pre = (ill.free_W_rec[1] > 0).nonzero()[0]
    with torch.no_grad():
        ill.free_W_rec[1, post, pre] = math.inf
    whole, broken = list(experiment.train(healthy)), list(experiment.train(ill))
    assert broken[-1].diverged.tolist() == [False, True, False]
    assert not whole[-1].diverged.any()
    for name, parameter in ill.named_parameters():
        assert torch.equal(parameter[[0, 2]], dict(healthy.named_parameters())[name][[0, 2]])


def test_the_history_tells_every_cost_at_every_step_and_shares_at_evaluations():
    reports = list(PENALISED.train(PENALISED.network()))
    history = History.of([json.loads(json.dumps(line_of(p))) for p in reports])
    assert list(history.costs) == ["total", "task", *names(SEVERAL)]
    assert list(history.shares) == ["task", "spatially_embedded", "firing_rate", "weight_norm"]
    assert all(table.shape == (31, 2) for table in history.costs.values())
    assert all(table.shape == (len(history.evaluated), 2) for table in history.shares.values())
    assert math.isnan(history.costs["total"][0, 0])
    assert history.costs["weight_norm"][1:, 0].tolist() == [p.costs["weight_norm"][0].item() for p in reports[1:]]
    assert (history.costs["task"][1:] == history.loss[1:]).all()
    plain = History.of([line_of(p) for p in small_experiment().train(small_experiment().network())])
    assert plain.costs == plain.shares == {}


def test_the_command_tells_costs_and_shares(tmp_path, capsys):
    values = ["wiring.kind=random", "wiring.units=12", "training.batch=4", "training.device=cpu"]
    objectives = 'training.objectives=[{"kind": "spatially_embedded", "weight": 0.1}, {"kind": "entropy"}]'
    asked = ["run", "--quiet", "--steps", "3", "--out", str(tmp_path / "run"), "--set", *values, objectives]
    assert main(asked) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert set(told["costs"]) == {"total", "task", "spatially_embedded", "entropy"}
    assert sum(told["gradient_shares"].values()) == pytest.approx(1)


def test_the_loss_of_the_task_takes_form_and_steps_as_asked():
    batch = trials()
    outputs = torch.randn(2, batch.n, batch.steps, 2, generator=torch.Generator().manual_seed(3))
    flat, wanted = outputs[0][batch.scored], batch.targets[batch.scored]
    torch.testing.assert_close(TaskLoss().of(outputs, batch)[0], cross_entropy(flat, wanted))
    torch.testing.assert_close(TaskLoss(form="mse").of(outputs, batch)[0], mse_loss(flat, one_hot(wanted, 2).float()))
    batch.scored[0, -1] = False  # the last scored step of the first trial is the one before
    batch.scored[1] = True
    last = TaskLoss(over="last_step").steps(batch)
    assert last.sum(1).tolist() == [1] * batch.n
    assert last.nonzero()[:, 1].tolist() == [batch.steps - 2, *[batch.steps - 1] * (batch.n - 1)]
    delay = TaskLoss(over="epochs", epochs=("delay",)).steps(batch)
    assert delay.sum().item() == 2  # only the second trial is scored there
    assert delay[1, EPOCHS["delay"]].all()


def test_soft_targets_and_outputs_that_are_probabilities_already():
    """Section 9 of ctrnn_masks_and_losses.md: -mean_b sum_k t_k log(clamp(softmax(p)_k, 1e-12)), softmax or not."""
    batch, rng = trials(), torch.Generator().manual_seed(5)
    soft = torch.rand(batch.n, batch.steps, 3, generator=rng).softmax(-1)
    owed = dataclasses.replace(batch, targets=soft)
    outputs = 3 * torch.randn(2, batch.n, batch.steps, 3, generator=rng)
    loss, said = TaskLoss(form="cross_entropy"), TaskLoss(form="cross_entropy", outputs_are="probabilities")
    for k in range(2):
        wanted = cross_entropy(outputs[k][batch.scored], soft[batch.scored])
        torch.testing.assert_close(loss.of(outputs, owed)[k], wanted)
        torch.testing.assert_close(said.of(outputs.softmax(-1), owed)[k], wanted)
    hard = TaskLoss(outputs_are="probabilities").of(outputs.softmax(-1), batch)
    torch.testing.assert_close(hard, TaskLoss().of(outputs, batch))
    assert said.of(torch.zeros_like(outputs), owed)[0].item() == pytest.approx(-math.log(1e-12), rel=1e-4)
    loss.require_fit(owed, "training.task_loss")
    with pytest.raises(Invalid, match="sum to 1") as refused:
        loss.require_fit(dataclasses.replace(batch, targets=2 * soft), "training.task_loss")
    assert refused.value.address == "training.task_loss.form"


@pytest.mark.parametrize("loss", [{"form": "mse"}, {"over": "last_step"}, {"over": "epochs", "epochs": ("response",)}])
def test_every_form_of_the_loss_trains_and_is_what_the_evaluation_tells(loss):
    experiment = small_experiment(training__task_loss=TaskLoss(**loss))
    reports = [p.evaluation for p in experiment.train(experiment.network()) if p.evaluation]
    assert reports[-1].loss < reports[0].loss
    usual = small_experiment()
    assert next(usual.train(usual.network())).evaluation.loss != reports[0].loss


def test_shares_of_the_gradient_are_those_of_the_window_from_where_it_starts(monkeypatch):
    seen, norms = [], Aim.gradient_norms

    def spied(self, shown, noise_seed, step, start=None):
        learned = [p for p in self.network.parameters() if p.requires_grad]
        loss = self.reached(shown, noise_seed, step, start).task_loss.sum()
        squares = [g.square().sum() for g in torch.autograd.grad(loss, learned, allow_unused=True) if g is not None]
        found = norms(self, shown, noise_seed, step, start)
        seen.append((start is not None, float(found["task"].sum()), float(torch.stack(squares).sum().sqrt())))
        return found

    monkeypatch.setattr(Aim, "gradient_norms", spied)
    windows = {"training.window_ms": 100.0, "training.evaluate_every": 2, "seeds.networks": 1}
    losses(PENALISED.with_values(windows))
    assert any(within for within, _, _ in seen)
    assert all(told == pytest.approx(true, rel=1e-4) for _, told, true in seen)
