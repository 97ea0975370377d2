"""Group tests: Welch's t and Cohen's d, the difference that is left at an equal covariate, and Tukey's pairs."""

import numpy as np
import pytest
from scipy import stats

from engine.analysis.group_tests import group_test, tukey

RNG = np.random.default_rng(4)
FIRST, SECOND = RNG.normal(1, 1, 20), RNG.normal(0, 2, 15)


def test_t_p_and_effect_are_those_of_the_textbook():
    found, known = group_test(FIRST, SECOND), stats.ttest_ind(FIRST, SECOND, equal_var=False)
    assert (found.t, found.p) == pytest.approx((known.statistic, known.pvalue))
    pooled = np.sqrt((19 * FIRST.var(ddof=1) + 14 * SECOND.var(ddof=1)) / 33)
    assert found.d == pytest.approx((FIRST.mean() - SECOND.mean()) / pooled)
    assert found.two_errors[0] == pytest.approx(2 * stats.sem(FIRST))
    assert np.isnan(found.matched)


def test_a_difference_that_the_covariate_explains_is_gone_at_an_equal_one():
    x, z = RNG.random(30), RNG.random(30) + 3
    explained = group_test(2 * x + RNG.normal(0, 0.01, 30), 2 * z + RNG.normal(0, 0.01, 30), (x, z))
    assert explained.p < 1e-6
    assert abs(explained.matched) < 0.05
    left = group_test(2 * x + 3, 2 * z + RNG.normal(0, 0.01, 30), (x, z))
    assert left.matched == pytest.approx(3, abs=0.05)
    assert left.matched_p < 1e-6


def test_too_few_networks_have_means_and_no_test():
    found = group_test(FIRST[:2], SECOND)
    assert found.means[0] == FIRST[:2].mean()
    assert np.isnan([found.t, found.p, found.d]).all()
    assert np.isnan(group_test(np.zeros(0), SECOND).means[0])


def test_tukey_compares_every_pair():
    found = tukey({"a": FIRST, "b": SECOND, "c": FIRST + 5, "alone": FIRST[:1]})
    assert list(zip(found["first"], found["second"], strict=True)) == [("a", "b"), ("a", "c"), ("b", "c")]
    assert found["p"].iloc[1] == pytest.approx(stats.tukey_hsd(FIRST, SECOND, FIRST + 5).pvalue[0, 2])
    assert found["anova_p"].iloc[0] == pytest.approx(stats.f_oneway(FIRST, SECOND, FIRST + 5).pvalue)
    assert tukey({"a": FIRST}).empty
