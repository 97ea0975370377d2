"""What particular tasks promise about their trials."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.component import Invalid
from engine.randomness import torch_stream
from engine.tasks import ContextDecision, DelayedMatch, FlipFlop, GoNogo, PerceptualDecision, RingIntegration
from engine.tasks.conditions import angles, balanced, with_share
from engine.tasks.task import Epochs


def rng(*names):
    return torch_stream(11, *names)


@given(n=st.integers(1, 300), cells=st.integers(1, 40), seed=st.integers(0, 2**32))
@settings(max_examples=50, deadline=None)
def test_balanced_cells_differ_by_at_most_one_trial(n, cells, seed):
    counts = balanced(n, cells, torch_stream(seed)).bincount(minlength=cells)
    assert counts.sum() == n
    assert counts.max() - counts.min() <= 1


@given(n=st.integers(1, 300), share=st.floats(0, 1), seed=st.integers(0, 2**32))
@settings(max_examples=50, deadline=None)
def test_a_share_is_exact_up_to_rounding(n, share, seed):
    assert abs(with_share(n, share, torch_stream(seed)).sum().item() - n * share) <= 1


@given(n=st.integers(1, 300), seed=st.integers(0, 2**32))
@settings(max_examples=50, deadline=None)
def test_angles_fall_one_into_each_sector(n, seed):
    sector = angles(n, torch_stream(seed)).sort().values / (2 * math.pi) * n
    number = torch.arange(n)
    assert (sector >= number - 1e-3).all()
    assert (sector <= number + 1 + 1e-3).all()


def test_every_coherence_and_side_is_equally_frequent():
    found = PerceptualDecision().trials(200, 20.0, rng()).conditions["coherence"]
    assert found.unique(return_counts=True)[1].tolist() == [20] * 10


def test_coherence_0_has_both_sides_and_one_value():
    trials = PerceptualDecision(coherences=(0.0,)).trials(100, 20.0, rng())
    assert trials.conditions["coherence"].unique().tolist() == [0.0]
    assert trials.conditions["direction"].sum() == 50


def test_the_evidence_differs_by_the_signed_coherence():
    trials = PerceptualDecision(noise=0.0).trials(20, 20.0, rng())
    shown = trials.inputs[:, trials.epochs["stimulus"], 1:]
    difference = (shown[..., 1] - shown[..., 0]).mean(1) * 100
    torch.testing.assert_close(difference, trials.conditions["coherence"])


def test_the_relevant_modality_alone_decides():
    trials = ContextDecision().trials(288, 20.0, rng())
    c = trials.conditions
    relevant = torch.where(c["context"] == 0, c["motion_coherence"], c["colour_coherence"])
    assert torch.equal(c["relevant_coherence"], relevant)
    assert torch.equal(c["direction"], (relevant > 0).long())
    congruent = c["motion_coherence"].sign() == c["colour_coherence"].sign()
    assert congruent.sum() == 144


def test_half_of_the_trials_match():
    c = DelayedMatch(stimuli=4).trials(240, 20.0, rng()).conditions
    assert c["match"].sum() == 120
    assert torch.equal(c["match"], (c["sample"] == c["test"]).long())
    assert c["sample"].bincount().tolist() == [60] * 4


def test_the_go_share_sets_how_frequent_go_trials_are_and_what_silence_scores():
    task = GoNogo(go_share=0.8)
    trials = task.trials(1000, 20.0, rng())
    assert trials.conditions["cue"].sum() == 800
    assert task.correct(torch.zeros(1000, trials.steps, 2), trials).mean().item() == pytest.approx(0.8)


@given(
    dt_ms=st.sampled_from([1.0, 5.0, 20.0, 33.0]),
    pulse_ms=st.floats(20, 300),
    run_ms=st.floats(20, 900),
    hold_ms=st.floats(20, 300),
    rate=st.floats(0, 60),
)
@settings(max_examples=40, deadline=None)
def test_however_dense_the_pulses_each_trial_ends_with_scored_steps(dt_ms, pulse_ms, run_ms, hold_ms, rate):
    task = FlipFlop(pulse_ms=pulse_ms, run_ms=run_ms, hold_ms=hold_ms, pulse_rate_hz=rate)
    trials = task.trials(16, dt_ms, rng())
    assert trials.scored[:, trials.epochs["hold"]].all()
    assert not trials.scored[:, trials.epochs["pulse"]].any()
    assert set(trials.targets.unique().tolist()) == {-1.0, 1.0}


def test_a_flip_flop_owes_the_sign_of_the_last_pulse():
    trials = FlipFlop(noise=0.0, pulse_rate_hz=4.0).trials(50, 20.0, rng())
    last = torch.zeros(50, 3)
    for step in range(trials.steps):
        shown = trials.inputs[:, step]
        last = torch.where(shown != 0, shown, last)
        assert torch.equal(trials.targets[:, step], last)
        assert torch.equal(trials.scored[:, step], (shown == 0).all(-1))


@pytest.mark.parametrize("dt_ms", [5.0, 20.0])
def test_the_rate_of_pulses_does_not_hang_on_dt(dt_ms):
    task = FlipFlop(noise=0.0, pulse_rate_hz=1.0, pulse_ms=20.0, run_ms=5000.0)
    trials = task.trials(500, dt_ms, rng())
    pulsing_s = (trials.inputs[:, trials.epochs["run"]] != 0).sum(1).float().mean().item() * dt_ms / 1000
    assert pulsing_s == pytest.approx(5.0 * 0.02, rel=0.06)


def test_an_undecided_bit_scores_one_half():
    task = FlipFlop(bits=2, tolerance=0.3)
    trials = task.trials(10, 20.0, rng())
    for size, score in ((0.2, 0.5), (0.4, 1.0), (-0.2, 0.5), (-0.4, 0.0)):
        assert task.correct(size * trials.targets, trials).mean().item() == pytest.approx(score)


@pytest.mark.parametrize("dt_ms", [5.0, 20.0])
def test_the_turning_has_the_asked_spread_and_correlation_at_any_dt(dt_ms):
    task = RingIntegration(velocity_sd_deg_s=100.0, correlation_ms=100.0)
    trials = task.trials(4000, dt_ms, rng())
    velocity = trials.traces["velocity"][:, trials.epochs["turn"]]
    lag = round(100 / dt_ms)
    assert velocity.std().item() == pytest.approx(100, rel=0.03)
    assert velocity[:, 0].std().item() == pytest.approx(100, rel=0.05)
    correlation = (velocity[:, lag:] * velocity[:, :-lag]).mean().item() / 100**2
    assert correlation == pytest.approx(math.exp(-1), abs=0.03)


def test_the_velocity_input_of_a_step_moves_the_heading_of_that_step():
    trials = RingIntegration(noise=0.0).trials(30, 20.0, rng())
    heading, velocity = trials.traces["heading"], trials.traces["velocity"]
    moved = (heading.diff(dim=1) + 180).remainder(360) - 180
    torch.testing.assert_close(moved, velocity[:, 1:] * 0.02, atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(trials.inputs[..., 0] * 2.0, velocity.deg2rad())
    decoded = torch.atan2(trials.targets[..., 0], trials.targets[..., 1]).rad2deg().remainder(360)
    torch.testing.assert_close(
        (decoded - heading + 180).remainder(360), torch.full_like(heading, 180.0), atol=1e-3, rtol=0
    )
    torch.testing.assert_close(heading[:, 0], trials.conditions["first_heading"])


def test_who_never_turns_is_right_in_about_half_of_the_steps():
    task = RingIntegration()
    trials = task.trials(4000, 20.0, rng())
    first = trials.targets[:, :1].expand_as(trials.targets)
    assert task.correct(first, trials).mean().item() == pytest.approx(0.47, abs=0.015)


def test_a_heading_counts_up_to_the_tolerance():
    task = RingIntegration(tolerance_deg=20.0)
    trials = task.trials(50, 20.0, rng())
    for off, score in ((0, 1.0), (19.5, 1.0), (-19.5, 1.0), (20.5, 0.0), (180, 0.0)):
        angle = (trials.traces["heading"] + off).deg2rad()
        outputs = 0.01 * torch.stack([angle.sin(), angle.cos()], -1)
        assert task.correct(outputs, trials).mean().item() == score


def test_a_delay_of_zero_is_an_empty_epoch():
    epochs = Epochs.of(20.0, sample=100.0, delay=0.0, test=100.0)
    assert epochs["delay"] == slice(5, 5)
    assert epochs.steps == 10


def test_a_trial_without_time_is_refused():
    with pytest.raises(Invalid, match="at least one time step"):
        Epochs.of(20.0, delay=0.0)


def test_trials_are_picked_with_all_that_belongs_to_them():
    trials = RingIntegration().trials(10, 20.0, rng())
    some = trials.at(torch.tensor([7, 2]))
    assert torch.equal(some.inputs, trials.inputs[[7, 2]])
    assert torch.equal(some.conditions["first_heading"], trials.conditions["first_heading"][[7, 2]])
    assert torch.equal(some.traces["heading"], trials.traces["heading"][[7, 2]])
