"""Schedules, fixed trials, windows, curricula, reservoirs, and networks that learn otherwise than others."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge

from engine.component import Invalid
from engine.connectomes import RandomWiring
from engine.constraints.synapse_rule import SynapseRule
from engine.experiments.experiment import Experiment
from engine.randomness import torch_stream
from engine.tasks import Several
from engine.training import Training
from engine.training.curriculum import Lesson, Lessons
from engine.training.difference import Difference
from engine.training.objectives.weight_norm import WeightNorm
from engine.training.optimiser import SGD, Adam, AdamW, RMSprop
from engine.training.reservoir import ridge, solve_readout
from engine.training.schedule import Constant, Cosine, StepDecay
from engine.training.stage import ReadoutStage, Stage
from engine.training.trial_supply import FixedTrials, Place
from engine.training.window import part, random_start, states_at

SMALL = Experiment(
    wiring=RandomWiring(units=24, density=0.4),
    training=Training(steps=8, batch=8, evaluate_every=4, evaluation_trials=20, device="cpu"),
)


def weights(network):
    return {name: p.detach().clone() for name, p in network.named_parameters()}


def test_the_cosine_is_torchs_own_periodic_schedule():
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1e-3)
    theirs = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=10, eta_min=1e-4)
    ours = Cosine(fall=100, floor=0.1, then="rise", every=10)
    for epoch in range(35):
        for step in (0, 9):
            assert 1e-3 * ours.factor(10 * epoch + step, 700) == pytest.approx(theirs.get_last_lr()[0])
        optimiser.step()
        theirs.step()


def test_schedules_warm_up_fall_and_restart():
    assert [Constant(warm_up=3).factor(t, 9) for t in range(5)] == [0.25, 0.5, 0.75, 1, 1]
    assert [StepDecay(every=2, factor_each=0.5, floor=0.3).factor(t, 9) for t in range(6)] == [1, 1, 0.5, 0.5, 0.3, 0.3]
    whole = Cosine(floor=0.0)
    assert whole.factor(5, 10) == pytest.approx(0.5)
    assert Cosine(fall=4, then="restart").factor(4, 10) == 1
    assert Cosine(fall=4, floor=0.2).factor(9, 10) == pytest.approx(0.2)


def test_fixed_trials_come_once_an_epoch_in_a_new_or_the_same_order():
    for order in ("shuffled", "fixed"):
        source = FixedTrials(trials=10, order=order).source(20.0, 0)
        epochs = []
        for epoch in range(2):
            steps = range(3 * epoch, 3 * epoch + 3)
            batches = [source.trials(SMALL.task, 4, Place(0, step, step)).inputs for step in steps]
            assert [len(batch) for batch in batches] == [4, 4, 2]
            epochs.append(torch.cat(batches))
        assert torch.equal(*(torch.sort(epoch.flatten()).values for epoch in epochs))
        assert torch.equal(*epochs) == (order == "fixed")


def test_a_window_always_holds_a_step_that_counts_and_every_such_start_occurs():
    counts = torch.zeros(3, 20, dtype=torch.bool)
    counts[1, 12:14] = True
    starts = {random_start(counts, 5, torch_stream(0, "start", k)) for k in range(300)}
    assert starts == set(range(8, 14))


def test_a_window_that_follows_the_trial_before_it_gives_the_same_outputs_as_the_whole():
    network = SMALL.network()
    trials = SMALL.task.trials(4, 20.0, torch_stream(0, "window"))
    before = states_at(network, SMALL.task, trials, 30, "run_up", 0, 0)
    whole = network(trials.inputs).outputs[:, :, 30:40]
    cut = network(part(trials, 30, 10).inputs, initial_states=before).outputs
    torch.testing.assert_close(cut, whole)
    assert states_at(network, SMALL.task, trials, 30, "zero", 0, 0) is None


def test_training_on_windows_lowers_the_loss_and_resumes_bit_for_bit():
    experiment = SMALL.with_values({"training.window_ms": 400.0, "training.trials.kind": "fixed", "training.steps": 60})
    reports = list(experiment.train(experiment.network()))
    assert reports[-1].evaluation.loss < reports[0].evaluation.loss
    for progress in experiment.train(experiment.network()):
        if progress.step == 20:
            checkpoint = progress.checkpoint()
            break
    rest = list(experiment.train(experiment.network(), checkpoint))
    assert [p.loss.tolist() for p in rest] == [p.loss.tolist() for p in reports[21:]]


def test_a_lesson_gives_its_values_in_turn_and_then_the_tasks_own():
    lessons = Lessons((Lesson(parameter="noise", values=(0.0, 0.1), steps=3),), SMALL.task)
    assert [lessons.task(step).noise for step in range(8)] == [0, 0, 0, 0.1, 0.1, 0.1, *[SMALL.task.noise] * 2]


def test_a_lesson_can_change_a_list_and_a_parameter_of_one_of_several_tasks():
    easy, harder = Lesson(parameter="coherences", values=("[51.2]", "[51.2, 25.6]")).tasks(SMALL.task, "training")
    assert (easy.coherences, harder.coherences) == ((51.2,), (51.2, 25.6))
    (short,) = Lesson(parameter="tasks.0.task.stimulus_ms", values=(200.0,)).tasks(Several(), "training")
    assert short.tasks[0].task.stimulus_ms == 200
    with pytest.raises(Invalid, match="coherences"):
        Lesson(parameter="coherences", values=("[51.2",)).tasks(SMALL.task, "training")


def test_a_lesson_ends_when_its_accuracy_is_reached_and_the_run_resumes_there():
    lesson = Lesson(parameter="noise", values=(0.0, 0.01), steps=100, accuracy=0.01)
    experiment = SMALL.with_values({"training.curriculum": (lesson,), "training.steps": 12})
    whole = list(experiment.train(experiment.network()))
    checkpoint = None
    for progress in experiment.train(experiment.network()):
        if progress.step == 6:
            checkpoint = progress.checkpoint()
            break
    assert checkpoint.meta["lessons"] == [[1, 4]]
    rest = list(experiment.train(experiment.network(), checkpoint))
    assert [p.loss.tolist() for p in rest] == [p.loss.tolist() for p in whole[7:]]


def test_ridge_agrees_with_scikit_learn_and_without_cost_with_the_pseudo_inverse():
    rng = np.random.default_rng(0)
    r, y = rng.normal(size=(200, 7)), rng.normal(size=(200, 2))
    found, bias = ridge(torch.from_numpy(r), torch.from_numpy(y), 0.3, True)
    theirs = Ridge(alpha=0.3 * 200).fit(r, y)
    np.testing.assert_allclose(found, theirs.coef_)
    np.testing.assert_allclose(bias, theirs.intercept_)
    shortest, _ = ridge(torch.from_numpy(r), torch.from_numpy(y), 0.0, False)
    np.testing.assert_allclose(shortest.T, np.linalg.pinv(r) @ y, atol=1e-10)


def test_a_reservoir_learns_its_readout_alone_within_the_projections():
    # bio 9.7
    experiment = SMALL.with_values(
        {
            "training.stages": (ReadoutStage(trials=200, warm_up_ms=40.0),),
            "constraints.projections.readout_fraction": 0.5,
        }
    )
    network = experiment.network()
    before = weights(network)
    start, end = experiment.train(network)
    assert end.stop == "all steps done"
    assert end.evaluation.loss < start.evaluation.loss
    moved = {name for name, now in weights(network).items() if not torch.equal(now, before[name])}
    assert moved == {"free_W_out", "bias_out"}
    assert int((network.W_out != 0).any(1).sum()) == 12


def test_the_solved_readout_is_a_minimum():
    network = SMALL.network()
    trials = SMALL.task.trials(50, 20.0, torch_stream(0, "reservoir"))
    solve_readout(network, trials, 1e-3, 0)

    def cost():
        outputs = network(trials.inputs).outputs[:, trials.scored]
        wanted = torch.nn.functional.one_hot(trials.targets[trials.scored], outputs.shape[-1])
        return ((outputs - wanted).square().sum(-1).mean() + 1e-3 * network.W_out.square().sum()).item()

    least = cost()
    for k in range(5):
        with torch.no_grad():
            moved = 1e-2 * torch.randn(network.free_W_out.shape, generator=torch_stream(k, "moved"))
            network.free_W_out += moved
            assert cost() > least
            network.free_W_out -= moved


def test_a_solved_readout_makes_up_for_a_bias_that_does_not_exist():
    rule = SynapseRule(matrix="bias_out", post="output:fixation", exists=False)
    network = SMALL.with_value("constraints.rules", (rule,)).network()
    trials = SMALL.task.trials(50, 20.0, torch_stream(0, "reservoir"))
    solve_readout(network, trials, 0.0, 0)
    rates = network(trials.inputs, keep_states=True).rates[0][trials.scored].double()
    wanted = torch.nn.functional.one_hot(trials.targets[trials.scored], 3).double()
    without, _ = ridge(rates, wanted[:, :1], 0.0, False)
    beside, bias = ridge(rates, wanted[:, 1:], 0.0, True)
    assert torch.allclose(network.W_out[0].double(), torch.cat([without, beside]), atol=1e-3)
    assert network.bias_out[0, 0] == 0
    assert torch.allclose(network.bias_out[0, 1:].double(), bias, atol=1e-3)


@pytest.mark.parametrize("rule", [{"plasticity": 0.0}, {"low": -0.5}, {"sign": "excitatory"}])
def test_a_readout_in_closed_form_is_refused_where_a_rule_holds_its_bias(rule):
    held = SMALL.with_values({
        "training.stages": (ReadoutStage(),), "constraints.rules": (SynapseRule(matrix="bias_out", **rule),),
    })  # fmt: skip
    with pytest.raises(Invalid, match="bias_out") as refused:
        next(held.train(held.network()))
    assert refused.value.address == "training.stages.0.kind"
    fixed = held.with_value("dynamics.readout_bias", "fixed")
    *_, last = fixed.train(fixed.network())
    assert last.violations.tolist() == [0]


def test_the_costs_of_a_stage_before_are_none_of_a_readout_in_closed_form():
    stages = (Stage(steps=2), ReadoutStage(trials=20))
    chosen = SMALL.with_values({"training.stages": stages, "training.objectives": (WeightNorm(),)})
    whole = list(chosen.train(chosen.network()))
    assert whole[2].costs["task"].isfinite().all()
    assert whole[3].costs["task"].isnan().all()


def test_states_are_carried_over_the_last_and_smaller_batch_of_an_epoch():
    experiment = SMALL.with_values({
        "dynamics.initial_state": "carried", "training.trials": FixedTrials(trials=11), "training.steps": 5,
    })  # fmt: skip
    losses = [p.loss.item() for p in experiment.train(experiment.network())][1:]
    assert len(losses) == 5
    assert np.isfinite(losses).all()


@pytest.mark.parametrize("optimiser", [Adam(), AdamW(), SGD(), RMSprop()], ids=lambda o: o.kind)
def test_a_network_of_half_the_rate_learns_as_if_all_had_half_of_it(optimiser):
    two = SMALL.with_values({"seeds.networks": 2, "training.optimiser": optimiser, "training.clip_norm": None})
    apart = two.with_value("training.differences", (Difference(networks=(2,), learning_rate=0.5),))
    halved = two.with_value("training.optimiser.learning_rate", optimiser.learning_rate / 2)
    mixed, full, half = (e.network() for e in (apart, two, halved))
    for e, network in ((apart, mixed), (two, full), (halved, half)):
        list(e.train(network))
    for name, now in weights(mixed).items():
        assert torch.equal(now[0], weights(full)[name][0])
        torch.testing.assert_close(now[1], weights(half)[name][1], atol=2e-5, rtol=1e-3)


def test_what_is_frozen_in_one_network_learns_in_the_other():
    difference = Difference(networks=(1,), freeze=("W_rec",))
    experiment = SMALL.with_values({"seeds.networks": 2, "training.differences": (difference,)})
    network = experiment.network()
    before = network.W_rec.detach().clone()
    list(experiment.train(network))
    assert torch.equal(network.W_rec[0], before[0])
    assert not torch.equal(network.W_rec[1], before[1])
