"""The costs of objectives in a history that grows while it is read."""

import numpy as np

from app.growing import Curves
from engine.experiments.history import History, line_of
from engine.training.curriculum import Lesson
from engine.training.objectives.firing_rate import FiringRate
from engine.training.objectives.weight_norm import WeightNorm
from tests.engine.small_experiment import small_experiment


def lines(*objectives):
    experiment = small_experiment(training__objectives=objectives, training__steps=6, training__evaluate_every=3)
    return [line_of(progress) for progress in experiment.train(experiment.network())]


def test_a_stage_with_other_objectives_leaves_gaps_in_the_curves_and_none_is_lost_as_they_grow():
    first, second = lines(WeightNorm()), lines(FiringRate(), WeightNorm())
    history, growing = History.of([*first, *second, *first]), Curves()
    for part in (first, second, first):
        growing.add(History.of(part))
    grown = growing.history()
    told = np.isfinite(history.costs["firing_rate"][:, 0])
    assert told.tolist() == [False] * 8 + [True] * 6 + [False] * 7
    for kind in ("costs", "shares"):
        tables = getattr(history, kind)
        assert tables.keys() == getattr(grown, kind).keys()
        assert all(np.array_equal(table, getattr(grown, kind)[n], equal_nan=True) for n, table in tables.items())


def test_stages_and_pruning_are_told_once_however_the_history_came():
    lines = [{"step": k, "seconds": 0.0, "loss": [1.0], "gradient_norm": [1.0], "violations": [0]} for k in range(6)]
    for line in lines:
        line["stage"] = "dense" if line["step"] < 4 else "sparse"
    lines[4]["pruned"] = [{"density": 0.5}]
    growing = Curves()
    for part in (lines[:2], lines[2:5], lines[5:]):
        growing.add(History.of(part))
    assert growing.history().stages == History.of(lines).stages == ((0, "dense"), (4, "sparse"))
    assert [round["density"] for round in growing.history().pruned] == [0.5]


def test_how_far_every_lesson_is_stands_in_the_history():
    curriculum = (Lesson(parameter="noise", values=(0.0, 0.05), steps=3), Lesson(parameter="delay_ms", values=(100.0,)))
    experiment = small_experiment(training__curriculum=curriculum, training__steps=8)
    lines = [line_of(progress) for progress in experiment.train(experiment.network())]
    growing = Curves()
    seen = []
    for line in lines:
        growing.add(History.of([line]))
        seen.append(growing.history().lessons)
    assert seen == [(0, 0)] * 4 + [(1, 0)] * 3 + [(2, 0)] * 2
    assert History.of(lines).lessons == (2, 0)
