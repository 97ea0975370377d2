"""Each ideal observer against what theory says and against simpler observers of the same noisy inputs."""

import math

import pytest
import torch

from engine.randomness import torch_stream
from engine.tasks import ContextDecision, DelayedMatch, FlipFlop, GoNogo, PerceptualDecision, RingIntegration
from engine.tasks.angular_velocity import AngularVelocity
from engine.tasks.evidence import summed_evidence
from engine.tasks.forced_choice import answers

DT_MS = 20.0
MANY = 4000


def drawn(task, n=MANY, dt_ms=DT_MS):
    return task.trials(n, dt_ms, torch_stream(3, "observers"))


def accuracy(task, outputs, trials):
    return task.correct(outputs, trials).mean().item()


def ideal_accuracy(task, trials):
    return accuracy(task, task.ideal(trials), trials)


def said(task, trials, choice):
    return answers(choice.long(), trials.epochs["response"], trials.steps, len(task.output_names))


def unit_vector(angle):
    return torch.stack([angle.sin(), angle.cos()], -1)


def normal(x):
    return 0.5 * (1 + math.erf(x / math.sqrt(2)))


def test_the_perceptual_observer_is_as_good_as_signal_detection_theory_says():
    task = PerceptualDecision()
    sensitivity = math.sqrt(task.stimulus_ms / 1000 / 2) / task.noise
    theory = sum(normal(c / 100 * sensitivity) for c in task.coherences) / len(task.coherences)
    found = ideal_accuracy(task, drawn(task, 20_000))
    assert found == pytest.approx(theory, abs=4 * math.sqrt(theory * (1 - theory) / 20_000))
    assert 0.9 <= theory <= 0.95


@pytest.mark.parametrize(
    "part", [slice(0, 1), slice(0, 25), slice(25, 50)], ids=["first step", "first half", "last half"]
)
def test_who_sees_a_part_of_the_dots_does_worse_than_the_ideal_observer(part):
    task = PerceptualDecision()
    trials = drawn(task)
    seen = trials.inputs[:, trials.epochs["stimulus"], 1:][:, part]
    assert accuracy(task, said(task, trials, 1 + (summed_evidence(seen) > 0)), trials) < ideal_accuracy(task, trials)


def test_the_choice_for_the_right_becomes_more_frequent_with_coherence():
    task = PerceptualDecision()
    trials = drawn(task, 20_000)
    choice, coherence = task.choice(task.ideal(trials), trials), trials.conditions["coherence"]
    shares = [choice[coherence == c].mean().item() for c in coherence.unique()]
    assert len(shares) == 10
    assert shares == sorted(shares)


@pytest.mark.parametrize("weights", [(1.0, 0.0), (0.0, 1.0), (1.0, 1.0)], ids=["motion", "colour", "both"])
def test_who_ignores_the_context_does_worse_than_the_ideal_observer(weights):
    task = ContextDecision()
    trials = drawn(task)
    shown = trials.inputs[:, trials.epochs["stimulus"]]
    evidence = weights[0] * summed_evidence(shown[..., 1:3]) + weights[1] * summed_evidence(shown[..., 3:5])
    found = accuracy(task, said(task, trials, 1 + (evidence > 0)), trials)
    assert found < 0.8 < 0.9 < ideal_accuracy(task, trials)


@pytest.mark.parametrize("noise", [0.05, 0.3, 0.6])
@pytest.mark.parametrize("stimuli", [2, 5])
def test_comparing_the_likeliest_stimuli_is_no_better_than_the_ideal_match_observer(noise, stimuli):
    task = DelayedMatch(noise=noise, stimuli=stimuli)
    trials = drawn(task)
    likeliest = [trials.inputs[:, trials.epochs[epoch], 1:].sum(1).argmax(-1) for epoch in ("sample", "test")]
    heuristic = said(task, trials, torch.where(likeliest[0] == likeliest[1], 1, 2))
    assert accuracy(task, heuristic, trials) <= ideal_accuracy(task, trials) + 0.01


@pytest.mark.parametrize("go_share", [0.2, 0.5, 0.9])
def test_knowing_how_frequent_go_trials_are_never_hurts(go_share):
    task = GoNogo(go_share=go_share, noise=1.0)
    trials = drawn(task)
    unbiased = summed_evidence(trials.inputs[:, trials.epochs["cue"], 1:]) > 0
    found = ideal_accuracy(task, trials)
    assert found >= accuracy(task, said(task, trials, unbiased), trials)
    assert found >= task.chance


@pytest.mark.parametrize("noise", [0.02, 0.05, 0.1])
def test_thresholds_on_smoothed_pulses_are_no_better_than_the_ideal_flip_flop_observer(noise):
    task = FlipFlop(noise=noise)
    trials = drawn(task, 1000)
    step = torch.arange(trials.steps)[:, None]
    smooth = trials.inputs.cumsum(1)
    smooth = (smooth - torch.nn.functional.pad(smooth, (0, 0, 5, 0))[:, :-5]) / 5
    for threshold in (0.3, 0.5, 0.7):
        latest = torch.where(smooth.abs() > threshold, step, 0).cummax(1).values
        heuristic = smooth.gather(1, latest).sign()
        assert accuracy(task, heuristic, trials) <= ideal_accuracy(task, trials) + 0.001


def test_the_flip_flop_observer_is_as_sure_as_it_is_right():
    task = FlipFlop(noise=0.1)
    trials = drawn(task, 10_000)
    expected = task._pulses(trials.epochs).expected_sign(trials.inputs, task.noise / math.sqrt(DT_MS / 1000))
    for low in (-1.0, -0.5, 0.0, 0.5):
        inside = (expected >= low) & (expected < low + 0.5)
        assert trials.targets[inside].mean().item() == pytest.approx(expected[inside].mean().item(), abs=0.03)


@pytest.mark.parametrize("noise", [0.02, 0.1, 0.3])
def test_adding_up_the_noisy_velocity_is_no_better_than_the_ideal_heading(noise):
    task = RingIntegration(noise=noise)
    trials = drawn(task)
    cue = trials.inputs[:, trials.epochs["cue"], 1:].sum(1)
    velocity = trials.inputs[..., 0] * 2.0
    velocity[:, trials.epochs["cue"]] = 0
    heading = torch.atan2(cue[:, 0], cue[:, 1])[:, None] + velocity.cumsum(1) * DT_MS / 1000
    assert accuracy(task, unit_vector(heading), trials) <= ideal_accuracy(task, trials)


def test_without_noise_the_kalman_filter_adds_up_the_velocity():
    turning = AngularVelocity(sd=2.0, correlation_s=0.11, dt_s=0.02)
    velocity = turning.draw(10, 60, torch_stream(0))
    torch.testing.assert_close(turning.most_probable_turn(velocity, 0.0), velocity.cumsum(1) * 0.02)


def test_the_kalman_filter_has_the_smallest_error_among_scaled_sums():
    turning = AngularVelocity(sd=2.0, correlation_s=0.11, dt_s=0.02)
    velocity = turning.draw(4000, 60, torch_stream(0))
    seen = velocity + 4.0 * torch.randn(velocity.shape, generator=torch_stream(1))
    truth = velocity.sum(1) * 0.02
    error = (turning.most_probable_turn(seen, 4.0)[:, -1] - truth).square().mean()
    assert all(error < (scale * seen.sum(1) * 0.02 - truth).square().mean() for scale in torch.linspace(0, 1.2, 25))
