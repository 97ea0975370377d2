"""What Explore says agrees with training, and its sentences name what is drawn."""

import numpy as np
import pytest
import torch

from app.export import rendered
from app.subject import Asked, held_out_recording, subject
from app.views.analysis_view import Desk
from app.views.area_drawing import MOST_EDGES, strongest
from app.views.behaviour import BehaviourView
from engine.experiments.experiment import Experiment
from engine.tasks.flip_flop import FlipFlop
from engine.tasks.perceptual_decision import PerceptualDecision
from engine.tasks.ring_integration import RingIntegration
from engine.training.train import held_out_trials

SMALL = {"wiring.kind": "random", "wiring.units": 30, "training.evaluation_trials": 16, "dt_ms": 50}


def test_behaviour_is_of_the_trials_on_which_training_was_evaluated():
    experiment = Experiment().with_values(SMALL)
    made = held_out_recording(subject(Asked(experiment)))
    wanted = held_out_trials(experiment.task, 16, experiment.dt_ms, experiment.seeds.trials)
    assert torch.equal(made.trials.inputs, wanted.inputs)


def test_an_untrained_network_is_as_its_difference_from_the_others_has_it():
    plain = Experiment().with_values({**SMALL, "seeds.networks": 2})
    other = plain.with_value("training.differences", ({"networks": (2,), "weights": {"kind": "orthogonal"}},))
    for experiment in (plain, other):
        found = subject(Asked(experiment, network=1)).after["W_rec"]
        assert torch.equal(found, experiment.network().lawful_weights()["W_rec"][1])


def test_behaviour_is_told_in_per_cent_as_the_live_curves_are():
    found = subject(Asked(Experiment().with_values(SMALL)))
    view = BehaviourView(Desk(lambda _: None, lambda: None, lambda *_: None))
    view.prepare(found)
    view.show(found, "key", view.answer(found, view.question()))
    assert view._chance.location == 50
    assert 60 < max(view._scores.data["ideal"]) <= 100
    twins = view._scores_twin(found, view.given), view._curve_twin(found, view.given)
    for twin, axis, column in zip(twins, ("accuracy (%)", "(%)"), ("accuracy (0-1)", "proportion (0-1)"), strict=True):
        assert axis in rendered(twin, "svg").decode()
        assert column in rendered(twin, "csv").decode().splitlines()[0].split(",")


@pytest.mark.parametrize(
    ("task", "said"),
    [(RingIntegration(tolerance_deg=12), "±12°"), (FlipFlop(), "sign"), (PerceptualDecision(), "answer")],
)
def test_a_task_says_what_counts_as_right(task, said):
    assert said in task.accuracy_is


def test_edges_of_both_signs_are_drawn_where_there_are_too_many():
    n = 20
    net = np.where(np.arange(n * n).reshape(n, n) % 2, 1.0, -1.0)
    values = np.where(net > 0, 0.1, 1.0) + np.random.default_rng(0).random((n, n)) * 0.01
    drawn = strongest(values, np.ones((n, n), dtype=bool), net)
    assert len(drawn) == MOST_EDGES
    assert sum(net[pair] > 0 for pair in drawn) == MOST_EDGES // 2


def test_places_that_one_sign_does_not_need_go_to_the_other():
    n = 20
    net = np.ones((n, n))
    net[0, :10] = -1.0
    drawn = strongest(np.random.default_rng(0).random((n, n)), np.ones((n, n), dtype=bool), net)
    assert len(drawn) == MOST_EDGES
    assert sum(net[pair] < 0 for pair in drawn) == 10
