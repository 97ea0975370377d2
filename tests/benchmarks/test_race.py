"""The race itself: every contestant runs, learns on the same trials, and the goals are judged as stated."""

import pytest

pytest.importorskip("nn4n")

from tests.benchmarks.contestants import CONTESTANTS, Size
from tests.benchmarks.step import goals, ratio


@pytest.mark.parametrize("name", CONTESTANTS)
@pytest.mark.parametrize("networks", [1, 2])
def test_every_contestant_makes_steps(name, networks):
    step = CONTESTANTS[name](Size(units=20, steps=5, trials=4, networks=networks))
    step()
    step()


def test_goals_are_judged_by_the_median_of_the_ratios_within_rounds():
    times = {"ours": [1.0, 2.0, 10.0], "nn4n": [3.0, 6.0, 10.0], "floor": [0.8, 1.0, 5.0]}
    assert ratio(times, "nn4n", "ours") == 3.0
    assert [entry["met"] for entry in goals("S", times)] == [True, False]
    assert [entry["goal"] for entry in goals("POP", times)] == ["nn4n / ours"]
