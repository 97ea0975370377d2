"""Paired effects: p of every flip of signs, interval of Student, and what one pair cannot tell."""

import numpy as np
import pytest
from scipy import stats

from engine.analysis.paired_effects import paired_effect

FIRST = np.array([3.0, 4.0, 6.0, 5.0, 9.0])
SECOND = np.array([1.0, 2.5, 3.0, 4.5, 5.0])


def test_interval_size_and_p_of_five_pairs():
    found, apart = paired_effect(FIRST, SECOND), FIRST - SECOND
    assert found.p == 2 / 2**5, "all differ in one direction: only two of the 32 flips are as large"
    low, high = stats.t.interval(0.95, 4, apart.mean(), stats.sem(apart))
    assert (found.low, found.high) == pytest.approx((low, high))
    assert found.d == pytest.approx(apart.mean() / apart.std(ddof=1))
    assert paired_effect(SECOND, FIRST).mean == -found.mean


def test_no_difference_is_no_effect_and_many_pairs_are_drawn():
    rng = np.random.default_rng(0)
    noise, other = rng.normal(size=40), rng.normal(size=40)
    assert paired_effect(noise, other).p > 0.05
    assert paired_effect(noise + 2, other).p < 0.001
    assert paired_effect(FIRST, FIRST).p == 1


def test_one_pair_or_none_has_no_interval():
    assert np.isnan(paired_effect(FIRST[:1], SECOND[:1]).p)
    assert paired_effect(FIRST[:0], SECOND[:0]).n == 0
