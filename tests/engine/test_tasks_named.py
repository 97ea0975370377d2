"""Reaction-time decision and NARMA, which section 4.1 of peers_and_users.md names."""

import numpy as np
import pytest
import torch

from engine.component import Invalid
from engine.randomness import torch_stream
from engine.tasks import Narma, ReactionDecision

RT = ReactionDecision(catch_share=0.25)


def drawn(task, n=200):
    return task.trials(n, 20.0, torch_stream(0, "named"))


def saying(trials, side, step, level=0.9):
    """Outputs of 0.2 that rise to a level on one side from a step on."""
    outputs = torch.full((trials.n, trials.steps, 2), 0.2)
    outputs[torch.arange(trials.n), :, side] = torch.where(torch.arange(trials.steps) >= step, level, 0.2)
    return outputs


def test_the_first_output_above_the_threshold_is_the_answer_and_tells_the_reaction_time():
    trials = drawn(RT)
    side, catch = trials.conditions["direction"], trials.conditions["catch"] == 1
    right = saying(trials, side, 25)  # fixation 5 steps, onset 15
    assert RT.correct(right, trials)[~catch].tolist() == [1.0] * int((~catch).sum())
    assert RT.correct(right, trials)[catch].sum() == 0  # nothing was to be said
    assert (RT.reaction_ms(right, trials) == 400).all()
    changed = right.clone()
    changed[:, 30:] = saying(trials, 1 - side, 30)[:, 30:]
    assert torch.equal(RT.correct(changed, trials), RT.correct(right, trials))  # minds are made up
    assert RT.correct(saying(trials, side, 3), trials).sum() == 0  # too early
    quiet = saying(trials, side, 25, level=0.5)
    assert RT.reaction_ms(quiet, trials).isnan().all()
    assert RT.correct(quiet, trials).tolist() == [1.0] * trials.n  # never above it: the larger one at the end counts
    assert RT.correct(torch.zeros_like(right), trials).mean().item() == pytest.approx(RT.chance)


def test_dots_and_start_cue_come_together_and_nothing_is_scored_in_the_onset_but_in_catch_trials():
    trials = drawn(RT)
    catch, epochs = trials.conditions["catch"] == 1, trials.epochs
    assert catch.float().mean().item() == 0.25
    assert trials.inputs[catch].abs().sum() == 0
    assert trials.inputs[:, epochs["fixation"]].abs().sum() == 0
    assert (trials.inputs[~catch][:, epochs["onset"].start :, 2] == 1).all()
    assert not trials.scored[~catch][:, epochs["onset"]].any()
    assert trials.scored[catch].all()
    assert trials.scored[:, epochs["decision"]].all()
    owed = trials.targets[torch.arange(trials.n), -1, trials.conditions["direction"]]
    torch.testing.assert_close(owed, torch.where(catch, 0.2, 1.0))
    assert RT.choice(RT.ideal(trials), trials).isnan().tolist() == catch.tolist()


def test_who_waits_longer_sees_more():
    hard = ReactionDecision(coherences=(6.4,), catch_share=0, noise=0.05)
    trials = drawn(hard, 4000)
    whole = hard.correct(hard.ideal(trials), trials).mean().item()
    first = (trials.inputs[:, 5:10, 1] - trials.inputs[:, 5:10, 0]).sum(1) > 0
    early = (first == trials.conditions["direction"]).float().mean().item()
    expected = [float(torch.special.ndtr(torch.tensor(0.064 * s / (0.05 * (2 * s) ** 0.5)))) for s in (1.0, 0.1)]
    assert [whole, early] == pytest.approx(expected, abs=0.03)  # 0.817 and 0.613


def test_narma_follows_its_equation():
    task = Narma()
    trials = drawn(task, 5)
    u, y = trials.inputs[..., 0].double().numpy(), np.zeros((5, trials.steps + 1))
    for t in range(trials.steps):
        past = y[:, max(0, t - 9) : t + 1].sum(1)
        before = u[:, t - 9] if t >= 9 else 0
        y[:, t + 1] = 0.3 * y[:, t] + 0.05 * y[:, t] * past + 1.5 * before * u[:, t] + 0.1
    np.testing.assert_allclose(trials.targets[..., 0].numpy(), y[:, 1:], atol=1e-6)
    assert 0 <= u.min() <= u.max() <= 0.5
    held = Narma(item_ms=40).trials(3, 20.0, torch_stream(0))
    assert torch.equal(held.targets[:, ::2], held.targets[:, 1::2])


def test_a_series_that_grows_without_end_is_refused_in_one_sentence():
    with pytest.raises(Invalid, match="grows without end") as refused:
        drawn(Narma(beta=0.5))
    assert refused.value.address == "task.order"


def test_ten_numbers_back_tell_what_the_present_one_alone_does_not():
    task = Narma()
    trials = drawn(task, 300)
    assert task.correct(task.ideal(trials), trials).min() > 0.999
    assert 0.1 < task.memoryless < 0.5
    short = Narma(warm_up=0, items=15)  # the series is still rising from 0, whatever is heard
    assert short.memoryless < task.memoryless / 2
