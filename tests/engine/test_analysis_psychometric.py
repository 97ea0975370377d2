"""Psychometric curves against planted observers."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from engine.analysis.interval import wilson
from engine.analysis.psychometric import Logistic, fit_logistic, psychometric
from engine.component import Invalid
from engine.recording import Recording
from engine.tasks.perceptual_decision import PerceptualDecision

STRENGTH = np.array([-51.2, -25.6, -12.8, -6.4, -3.2, 3.2, 6.4, 12.8, 25.6, 51.2])


def answering(says_right, trials: int = 400, seed: int = 0) -> tuple[Recording, PerceptualDecision]:
    """A recording whose outputs answer as `says_right(coherence)` decides (1 right, 0 left, NaN no number, 0.5 tie)."""
    task = PerceptualDecision()
    shown = task.trials(trials, 20.0, torch.Generator().manual_seed(seed))
    answer = torch.as_tensor(says_right(shown.conditions["coherence"].numpy())).float()
    outputs = torch.zeros(trials, shown.steps, 3)
    outputs[..., 2], outputs[..., 1] = answer[:, None], 1 - answer[:, None]
    nothing = torch.zeros(trials, shown.steps, 2)
    return Recording(shown, nothing, nothing, outputs), task


def test_a_planted_curve_is_recovered_with_its_lapses():
    planted, n = Logistic(2.0, 0.15, 0.03, 0.06), np.full(10, 4000)
    positive = np.random.default_rng(0).binomial(n, planted(STRENGTH))
    found = fit_logistic(STRENGTH, n, positive)
    assert found.midpoint == pytest.approx(2.0, abs=0.5)
    assert found.threshold == pytest.approx(planted.threshold, rel=0.06)
    assert found.slope == pytest.approx(planted.slope, rel=0.06)
    assert found.low_lapse == pytest.approx(0.03, abs=0.01)
    assert found.high_lapse == pytest.approx(0.06, abs=0.01)


def test_threshold_and_slope_are_what_their_sentences_say():
    curve, bare = Logistic(2.0, 0.15, 0.03, 0.06), Logistic(2.0, 0.15, 0.0, 0.0)
    assert bare(np.array([2.0 + bare.threshold])) == pytest.approx([0.75])
    nearby = curve(np.array([2 - 1e-4, 2 + 1e-4]))
    assert curve.slope == pytest.approx((nearby[1] - nearby[0]) / 2e-4, rel=1e-4)


def test_the_fit_beats_the_truth_in_likelihood_whatever_the_data():
    rng = np.random.default_rng(3)
    for _ in range(20):
        planted = Logistic(rng.uniform(-10, 10), rng.uniform(0.05, 0.5), *rng.uniform(0, 0.2, 2))
        n = np.full(10, 40)
        positive = rng.binomial(n, planted(STRENGTH))
        likelihoods = [stats.binom.logpmf(positive, n, c(STRENGTH).clip(1e-12, 1 - 1e-12)).sum()
                       for c in (fit_logistic(STRENGTH, n, positive), planted)]  # fmt: skip
        assert likelihoods[0] >= likelihoods[1] - 1e-6


def test_bootstrap_intervals_hold_the_planted_slope_about_as_often_as_they_say():
    planted, held = Logistic(0.0, 0.1, 0.0, 0.0), []
    for seed in range(12):
        draw = np.random.default_rng(seed)
        found = psychometric(*answering(lambda c, d=draw: d.random(len(c)) < planted(c), 600, seed), draw, 60)
        low, high = found.intervals["midpoint"]
        held.append(low <= 0 <= high)
        assert found.intervals["slope"][0] <= found.fit.slope * 1.2
    assert np.mean(held) >= 0.7  # 12 draws at 95 %: fewer than 9 would come once in 2000


def test_wilson_intervals_are_those_of_scipy():
    for successes, n in ((0, 5), (5, 5), (3, 20), (17, 18)):
        outside = stats.binomtest(successes, n).proportion_ci(method="wilson")
        low, high = wilson(np.array([successes]), np.array([n]))
        assert (low[0], high[0]) == pytest.approx((outside.low, outside.high), abs=1e-9)


def test_the_proportions_are_counts_over_trials():
    recording, task = answering(lambda c: c > 10)
    found = psychometric(recording, task, np.random.default_rng(0), 0)
    assert found.strength == pytest.approx(STRENGTH, rel=1e-6)
    assert found.n.sum() == 400
    assert found.proportion.tolist() == [float(s > 10) for s in STRENGTH]
    assert found.intervals == {}
    assert any("slope is only known to be large" in remark for remark in found.remarks)
    again = psychometric(recording, task, np.random.default_rng(0), 20)
    assert any("no lapse was seen" in remark for remark in again.remarks)
    assert next(iter(found.table())) == "coherence_percent"
    assert found.fit_table().parameter.tolist() == ["midpoint", "threshold", "slope", "low_lapse", "high_lapse"]


@pytest.mark.parametrize("says", [lambda c: c * 0 + 1, lambda c: c * 0, lambda c: c < 0])
def test_networks_that_ignore_or_invert_the_evidence_give_finite_numbers(says):
    found = psychometric(*answering(says), np.random.default_rng(0), 20)
    assert np.isfinite(found.table()).all(axis=None)
    assert np.isfinite(found.fit_table()[["value", "low", "high"]]).all(axis=None)


def test_choices_that_do_not_depend_on_the_evidence_are_said_to_mean_little():
    found = psychometric(*answering(lambda c: np.arange(len(c)) // 10 % 2), np.random.default_rng(0), 0)
    assert any("mean little" in remark for remark in found.remarks)


def test_undecided_trials_are_left_out_and_told():
    def says(coherence):
        answer = (coherence > 0).astype(float)
        answer[:7], answer[7:10] = 0.5, math.nan
        return answer

    found = psychometric(*answering(says), np.random.default_rng(0), 0)
    assert found.n.sum() == 390
    assert any(remark.startswith("10 trials without a choice") for remark in found.remarks)


def test_a_network_that_never_chooses_is_refused():
    with pytest.raises(Invalid, match="never chose"):
        psychometric(*answering(lambda c: c * 0 + 0.5), np.random.default_rng(0), 0)
