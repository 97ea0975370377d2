"""What the optimiser remembers of earlier gradients when a stage begins and when connections are pruned."""

import pytest
import torch

from engine.component import Invalid
from engine.experiments.experiment import Experiment
from engine.training.optimiser import SGD, Adam
from engine.training.prune import Prune
from engine.training.stage import Stage

SMALL = Experiment().with_values(
    {
        "wiring.kind": "random",
        "wiring.units": 12,
        "wiring.density": 0.6,
        "dynamics.activation": "tanh",
        "training.batch": 4,
        "training.evaluation_trials": 4,
    }
)


def trained(first: Stage, second: Stage, steps: int):
    """The network after so many steps, its checkpoint, and where its recurrent weights are in it."""
    experiment = SMALL.with_value("training.stages", (first, second))
    network = experiment.network()
    run = experiment.train(network)
    kept = [next(run) for _ in range(steps + 1)][-1].checkpoint().tensors
    number = [name for name, _ in network.named_parameters()].index("free_W_rec")
    return network, {key: kept[f"optimiser.{number}.{key}"] for key in ("step", "exp_avg", "exp_avg_sq")}


@pytest.mark.parametrize("optimiser", [Adam(), SGD()])
@pytest.mark.parametrize("how", ["keep", "mask", "reset"])
def test_moments_of_pruned_connections_stay_or_become_0_and_others_stay_or_are_forgotten(how, optimiser):
    stage = Stage(steps=6, prune=(Prune(density=0.3, rounds=2, every=3, moments=how),), optimiser=optimiser)
    experiment = SMALL.with_value("training.stages", (stage,))
    network = experiment.network()
    run = experiment.train(network)
    before, after = ([next(run) for _ in range(count)][-1].checkpoint().tensors for count in (4, 1))
    number = [name for name, _ in network.named_parameters()].index("free_W_rec")
    name = f"optimiser.{number}.{'exp_avg' if isinstance(optimiser, Adam) else 'momentum_buffer'}"
    gone = (before["kept.W_rec"] > 0) & (after["kept.W_rec"] == 0) & (before[name] != 0)
    there = after["kept.W_rec"] > 0
    assert int(gone.sum()) > 5
    assert bool((after[name][gone] != 0).all()) == (how == "keep")
    assert bool((after[name][gone] == 0).all()) == (how != "keep")
    if isinstance(optimiser, Adam):
        assert float(after[f"optimiser.{number}.step"]) == (1 if how == "reset" else 4)
    assert int((network.W_rec.detach()[0][~there[0]] != 0).sum()) == 0


def test_a_stage_that_keeps_moments_goes_on_as_if_there_were_no_boundary():
    steps = [Stage(steps=3), Stage(steps=3, moments="keep")]
    network, kept = trained(*steps, 6)
    whole = SMALL.with_value("training.stages", (Stage(steps=6),))
    alone = whole.network()
    list(whole.train(alone))
    assert torch.equal(network.W_rec, alone.W_rec)
    other, anew = trained(steps[0], Stage(steps=3), 6)
    assert (float(kept["step"]), float(anew["step"])) == (6, 3)
    assert not torch.equal(other.W_rec, alone.W_rec)


@pytest.mark.parametrize(
    "stages", [(Stage(steps=2, moments="keep"),), (Stage(steps=2, optimiser=SGD()), Stage(steps=2, moments="keep"))]
)
def test_moments_that_no_stage_left_cannot_be_kept(stages):
    experiment = SMALL.with_value("training.stages", stages)
    with pytest.raises(Invalid, match="no moments to keep"):
        next(experiment.train(experiment.network()))


def test_what_learns_for_the_first_time_in_a_later_stage_does_so_beside_kept_momentum():
    stages = Stage(steps=2, optimiser=SGD(), freeze=("W_in",)), Stage(steps=2, optimiser=SGD(), moments="keep")
    experiment = SMALL.with_value("training.stages", stages)
    network = experiment.network()
    first = network.W_in.detach().clone()
    moved = [not torch.equal(network.W_in, first) for _ in experiment.train(network)]
    assert moved == [False, False, False, True, True]


def test_a_first_state_that_only_some_windows_reach_learns_with_momentum():
    experiment = SMALL.with_values({
        "dynamics.initial_state": "learned", "training.window_ms": 1200.0, "training.optimiser.kind": "sgd",
        "training.steps": 40, "dt_ms": 100.0, "seeds.trials": 1,
    })  # fmt: skip
    network = experiment.network()
    assert list(experiment.train(network))[-1].step == 40
    assert network.initial_state.any()
