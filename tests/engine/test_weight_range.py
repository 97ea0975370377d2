"""The range of a weight: bisection finds where a made-up training fails, and a real one can be searched and ended."""

import json

import numpy as np
import pytest

from engine.__main__ import main
from engine.component import Invalid
from engine.experiments import weight_range
from engine.experiments.experiment import Experiment
from engine.experiments.weight_range import NEAR_ENOUGH, searched
from engine.training.prune import Prune
from engine.training.schedule import Constant
from engine.training.stage import ReadoutStage, Stage

SMALL = {
    "wiring.kind": "random", "wiring.units": 12, "training.steps": 4, "training.batch": 8,
    "training.evaluation_trials": 16, "dt_ms": 50, "training.objectives": ({"kind": "weight_norm", "weight": 0.01},),
}  # fmt: skip


def small(**more: object) -> Experiment:
    return Experiment().with_values({**SMALL, **{key.replace("__", "."): value for key, value in more.items()}})


def made_up(fails_at: float, noise: float = 0.0):
    """Training without training: networks solve the task below a weight."""
    rng = np.random.default_rng(0)

    def trained(experiment, name, weights, draws, store):
        yield 1, 2, None
        yield 2, 2, (0.95, *(0.93 + noise * rng.normal() if w < fails_at else 0.6 for w in weights))

    return trained


@pytest.mark.parametrize("fails_at", [3e-7, 2e-4, 0.011, 0.3, 400.0])
def test_the_range_ends_at_twice_the_weight_at_which_training_begins_to_fail(monkeypatch, fails_at):
    monkeypatch.setattr(weight_range, "_trained", made_up(fails_at, 0.01))
    *before, found = searched(small())
    assert found.done
    assert not any(each.done for each in before)
    assert found.solved < fails_at <= found.fails <= NEAR_ENOUGH * found.solved
    assert found.upper == pytest.approx(2 * fails_at, rel=0.3)
    assert found.round <= 4


def test_a_single_network_that_failed_by_chance_does_not_move_the_border(monkeypatch):
    def trained(experiment, name, weights, draws, store):
        yield 1, 1, (1.0, *(0.6 if w > 0.1 or w == min(weights) < 1e-3 else 1.0 for w in weights))

    monkeypatch.setattr(weight_range, "_trained", trained)
    assert list(searched(small()))[-1].solved == pytest.approx(0.1, rel=0.35)


def test_what_cannot_be_told_is_said_in_one_sentence(monkeypatch):
    with pytest.raises(Invalid, match="No objective is lowered; add one"):
        list(searched(small(training__objectives=())))
    with pytest.raises(Invalid, match="No objective 'entropy' is lowered; there are weight_norm"):
        list(searched(small(), "entropy"))
    monkeypatch.setattr(weight_range, "_trained", made_up(0.0))
    with pytest.raises(Invalid, match="always fails"):
        list(searched(small()))
    monkeypatch.setattr(weight_range, "_trained", lambda *_: iter([(2, 2, (0.5, 0.5, 0.5, 0.5, 0.5, 0.5))]))
    with pytest.raises(Invalid, match="no better than the 50 % of not learning; train for more steps"):
        list(searched(small()))


def test_each_step_of_a_real_search_is_told_and_a_program_reads_the_refusal_as_a_line(capsys):
    words = ["suggest", "--lines", "--draws", "1", "--weights", "2", "--set"]
    objectives = json.dumps(SMALL["training.objectives"])
    values = [f"{k}={v}" for k, v in SMALL.items() if k != "training.objectives"]
    assert main([*words, *values, f"training.objectives={objectives}"]) == 2
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["step"] for line in lines[:-1]] == [0, 1, 2, 3, 4]
    assert "not learning" in lines[-1]["fault"]


def test_a_training_in_stages_is_tried_as_shortly_as_one_without_each_stage_by_its_share():
    pruned = Stage(steps=3000, target_accuracy=0.9, prune=(Prune(rounds=4, every=500),))
    stages = Stage(steps=1000, schedule=Constant(warm_up=900)), pruned, ReadoutStage(trials=30)
    for asked, steps in ((None, 400), (200, 200)):
        tried = weight_range._on_trial(small(training__stages=stages), "", asked, None)[0]
        first, second, _ = tried.training.stages
        assert (first.steps, first.schedule.warm_up) == (steps / 4, 0.9 * steps / 4)
        assert (second.steps, second.prune[0].every) == (3 * steps / 4, steps / 8)
        assert second.target_accuracy is None
    with pytest.raises(Invalid, match=r"Tried in 400 steps: .*rounds"):
        next(searched(small(training__stages=(Stage(steps=3000, prune=(Prune(rounds=900, every=3),)),))))


def test_networks_of_a_search_differ_from_those_without_the_objective_by_its_weight_alone():
    population = weight_range.population(small(), "weight_norm", (0.1, 0.2), draws=2)
    begun = population.network().lawful_weights()["W_in"]
    assert len(begun) == 6
    for group in (2, 4):
        assert (begun[group] == begun[0]).all()
        assert (begun[group + 1] == begun[1]).all()
    assert not (begun[0] == begun[1]).all()
