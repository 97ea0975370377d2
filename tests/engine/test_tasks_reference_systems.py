"""What the documents of the reference systems say about their tasks: step counts, levels and settings."""

import math

import pytest
import torch

from engine.component import Invalid
from engine.randomness import torch_stream
from engine.tasks import (
    FlipFlop,
    GoNogo,
    ImageRows,
    MemoryCapacity,
    NBack,
    OneChoiceInference,
    PathIntegration,
    PerceptualDecision,
    PopulationActivity,
    RingIntegration,
    SequenceRecall,
    SinePrediction,
    WavePrediction,
)
from engine.tasks.arena import Arena
from engine.tasks.digits import codes, digits
from engine.tasks.forced_choice import answers
from engine.training.objectives.task_loss import TaskLoss


def drawn(task, n=400, dt_ms=20.0):
    return task.trials(n, dt_ms, torch_stream(5, "reference"))


def accuracy(task, outputs, trials):
    return task.correct(outputs, trials).mean().item()


def loss(outputs, trials):
    return TaskLoss().of(outputs[None], trials).item()


FLIP_FLOP = FlipFlop(
    bits=1, pulse_rate_hz=-math.log(0.95) / 0.02, pulse_ms=20.0, run_ms=980.0, hold_ms=0.0, noise=0.0,
    set_first=False, score_pulses=True,
)  # fmt: skip
GO_NOGO = GoNogo(
    fixation_ms=100.0, cue_ms=400.0, delay_ms=200.0, response_ms=100.0, fixation_in_cue=False, scored="last_step"
)
DOTS = PerceptualDecision(
    coherences=(0.0, 6.4, 12.8, 25.6, 51.2), noise=0.1 * math.sqrt(0.1), fixation_ms=100.0, stimulus_ms=3000.0,
    delay_ms=900.0, response_ms=100.0, fixation_stays=True, scored="last_step",
)  # fmt: skip


@pytest.mark.parametrize(
    ("task", "dt_ms", "steps", "scored"),
    [
        (FLIP_FLOP, 20.0, 50, 50),
        (OneChoiceInference(), 20.0, 50, 1),
        (GO_NOGO, 20.0, 40, 1),
        (DOTS, 100.0, 41, 1),
        (SequenceRecall(length=3), 100.0, 7, 3),
        (SequenceRecall(length=10), 100.0, 21, 10),
        (NBack(), 200.0, 6, 1),
        (NBack(item_is="code"), 200.0, 7, 1),
        (MemoryCapacity(longest_lag=200, warm_up=100, items=300), 20.0, 400, 300),
        (WavePrediction(ahead_ms=4.0), 4.0, 500, 500),
        (SinePrediction(start="zero"), 20.0, 100, 100),
        (PopulationActivity(), 93.0, 15, 15),
        (PopulationActivity(window="half"), 93.0, 7, 7),
    ],
    ids=lambda value: getattr(value, "kind", str(value)),
)
def test_at_the_published_step_the_published_step_counts_come_out(task, dt_ms, steps, scored):
    # bio 9.16: its documents give other lengths than its code
    trials = drawn(task, 8, dt_ms)
    assert trials.steps == steps
    assert trials.scored.sum(1).tolist() == [scored] * 8


def test_the_published_flip_flop_pulses_with_probability_0_05_and_some_trials_stay_silent():
    trials = drawn(FLIP_FLOP, 20_000)
    shown = trials.inputs[..., 0]
    assert set(shown.unique().tolist()) == {-1.0, 0.0, 1.0}
    assert (shown != 0).float().mean().item() == pytest.approx(0.05, rel=0.02)
    silent = (shown == 0).all(1)
    assert silent.float().mean().item() == pytest.approx(0.077, abs=0.008)
    assert (trials.targets[silent] == 0).all()
    assert (trials.conditions["first_pulse"][silent] == 1000).all()


def test_the_published_flip_flop_owes_the_last_pulse_and_0_before_the_first():
    trials = drawn(FLIP_FLOP, 200)
    last = torch.zeros(200, 1)
    for step in range(trials.steps):
        shown = trials.inputs[:, step]
        last = torch.where(shown != 0, shown, last)
        assert torch.equal(trials.targets[:, step], last)
    assert accuracy(FLIP_FLOP, torch.zeros_like(trials.targets), trials) == 0.5
    pulsed = trials.at((trials.targets != 0).any(1).any(1).nonzero().flatten())
    assert accuracy(FLIP_FLOP, FLIP_FLOP.ideal(pulsed), pulsed) == 1.0


def test_one_choice_inference_shows_goal_then_nothing_then_two_ways():
    task = OneChoiceInference(noise=0.0)
    trials = drawn(task, 80)
    shown = trials.inputs
    assert (shown[:, :20, :4].sum(-1) == 1).all()
    assert (shown[:, :20, 4:] == 0).all()
    assert (shown[:, 20:30] == 0).all()
    assert (shown[:, 30:, 4:].sum(-1) == 2).all()
    assert len({tuple(x.flatten().tolist()) for x in shown}) == 8
    open_ways = shown[:, -1, 4:].gather(1, trials.conditions["answer"][:, None])
    assert (open_ways == 1).all()


def observer(trials, seen, task):
    """Answers as often as possible right, given only the inputs `seen` [trials, channels]: log of how often each is."""
    kinds, of = seen.unique(dim=0, return_inverse=True)
    counts = torch.zeros(len(kinds), 4).index_put((of, trials.conditions["answer"]), torch.ones(trials.n), True)
    share = (counts / counts.sum(1, keepdim=True)).clamp(min=1e-12)[of]
    outputs = share.log()[:, None].repeat(1, trials.steps, 1)
    return accuracy(task, outputs, trials), loss(outputs, trials)


def test_the_open_ways_alone_give_five_of_eight_and_a_loss_of_three_quarters_ln_2():
    task = OneChoiceInference(noise=0.0)
    trials = drawn(task, 800)
    by_ways, cross_entropy = observer(trials, trials.inputs[:, -1], task)
    assert by_ways == pytest.approx(0.625)
    assert cross_entropy == pytest.approx(0.75 * math.log(2), abs=1e-6) == pytest.approx(0.520, abs=1e-3)
    assert task.memoryless == 0.625
    assert observer(trials, trials.inputs[:, 0], task)[0] == pytest.approx(0.5)


def test_with_all_sixteen_trials_half_can_be_guessed_from_the_open_ways():
    task = OneChoiceInference(noise=0.0, trial_set="all")
    trials = drawn(task, 1600)
    assert len({tuple(x.flatten().tolist()) for x in trials.inputs}) == 16
    assert task.memoryless == 0.5 == pytest.approx(observer(trials, trials.inputs[:, -1], task)[0])
    assert accuracy(task, task.ideal(trials), trials) == 1.0


def test_shuffled_answers_cannot_be_learnt():
    task = OneChoiceInference(shuffled=True)
    trials = drawn(task, 8000)
    assert accuracy(task, task.ideal(trials), trials) == pytest.approx(0.25, abs=0.03)
    assert trials.conditions["answer"].bincount().tolist() == [2000] * 4


def test_the_go_nogo_of_the_microns_study_has_its_channels():
    quiet = GO_NOGO.with_value("noise", 0.0)
    trials = drawn(quiet, 10)
    fixation = trials.inputs[0, :, 0].tolist()
    assert fixation == [1.0] * 5 + [0.0] * 20 + [1.0] * 10 + [0.0] * 5
    assert (trials.inputs[:, 5:25, 1:].sum(-1) == 1).all()
    assert accuracy(quiet, quiet.ideal(trials), trials) == 1.0


def test_the_dots_of_the_microns_study_have_an_ideal_observer_at_0_899():
    trials = drawn(DOTS, 40_000, 100.0)
    assert DOTS.output_names == ("left", "right")
    assert (trials.inputs[..., 0] == 1).all()
    assert (trials.inputs[:, 31:, 1:] == 0).all()
    noise = trials.inputs[:, 1:31, 1:] - trials.inputs[:, 1:31, 1:].mean(1, keepdim=True)
    assert noise.std().item() == pytest.approx(0.1, rel=0.03)
    assert accuracy(DOTS, DOTS.ideal(trials), trials) == pytest.approx(0.899, abs=0.004)
    strength = trials.conditions["coherence"].abs().round(decimals=1)
    right = DOTS.correct(DOTS.ideal(trials), trials)
    by_strength = [right[strength == c].mean().item() for c in strength.unique()]
    assert by_strength == pytest.approx([0.5, 0.9934, 1, 1, 1], abs=0.02)


def test_saying_one_half_in_sequence_recall_has_an_error_of_one_twelfth():
    task = SequenceRecall()
    trials = drawn(task, 4000)
    assert loss(torch.full_like(trials.targets, 0.5), trials) == pytest.approx(1 / 12, rel=0.02)
    assert loss(task.ideal(trials), trials) == pytest.approx(0, abs=1e-12)


def test_sequence_recall_owes_the_list_in_its_order():
    trials = drawn(SequenceRecall(), 20, 100.0)
    assert torch.equal(trials.inputs[:, :5, 1], trials.targets[:, 6:, 0])
    assert (trials.inputs[:, 5] == torch.tensor([1.0, 0.0])).all()
    assert (trials.inputs[:, 6:] == 0).all()
    assert (trials.targets[:, :6] == 0).all()


def order_blind(task, trials):
    """Says match if the probe equals any earlier item."""
    each = trials.epochs["items"].stop // task.items
    shown = trials.inputs[:, : trials.epochs["items"].stop : each, 1:]
    found = (shown[:, :-1] == shown[:, -1:]).all(-1).any(1)
    return accuracy(task, answers(1 + found.long(), trials.epochs["answer"], trials.steps, 3), trials)


@pytest.mark.parametrize("item_is", ["number", "code"])
@pytest.mark.parametrize(("lures", "level"), [(0.0, 1.0), (0.5, 0.75), (1.0, 0.5)])
def test_who_does_not_mind_the_order_is_perfect_without_lures_and_worse_with_them(item_is, lures, level):
    task = NBack(item_is=item_is, lures=lures)
    trials = drawn(task, 800)
    assert order_blind(task, trials) == level
    assert accuracy(task, task.ideal(trials), trials) == 1.0


@pytest.mark.parametrize("item_is", ["number", "code"])
@pytest.mark.parametrize("back", [1, 2, 4])
def test_a_match_is_the_very_item_n_before(item_is, back):
    task = NBack(item_is=item_is, back=back, lures=0.5)
    trials = drawn(task, 200, 200.0)
    shown = trials.inputs[:, :5, 1:]
    at_lag = torch.stack([(shown[:, 4 - lag] == shown[:, 4]).all(-1) for lag in (1, 2, 3, 4)], 1)
    match, lure = trials.conditions["match"] == 1, trials.conditions["lure"] == 1
    assert torch.equal(at_lag[:, back - 1], match)
    assert torch.equal(at_lag.any(1) & ~match, lure)
    assert match.sum() == 100
    assert lure.sum() == 50


def test_other_codes_of_a_list_are_distinct_images_of_other_digits():
    task = NBack(item_is="code", match_share=0.01)
    features, digit = codes()
    trials = drawn(task, 300, 200.0)
    image = torch.cdist(trials.inputs[:, :5, 1:], features).argmin(-1)[trials.conditions["match"] == 0]
    assert (digit[image[:, :-1]] != digit[image[:, -1:]]).all()
    assert all(len(set(each.tolist())) == 5 for each in image)


def test_a_lure_of_the_same_digit_is_another_image():
    task = NBack(item_is="code", lures=1.0, lure_is="same_digit")
    features, digit = codes()
    trials = drawn(task, 200, 200.0)
    image = torch.cdist(trials.inputs[:, :5, 1:], features).argmin(-1)[trials.conditions["lure"] == 1]
    assert (digit[image[:, 2]] == digit[image[:, 4]]).all()
    assert (image[:, 2] != image[:, 4]).all()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"back": 5}, "none 5 before"),
        ({"lures": 0.5, "lure_is": "same_digit"}, "Numbers show no digit"),
        ({"items": 2, "back": 1, "lures": 0.5}, "no other lag"),
    ],
)
def test_a_list_that_cannot_be_is_refused_in_a_sentence(changes, said):
    with pytest.raises(Invalid, match=said):
        NBack.read(changes)


def test_codes_tell_digits_apart():
    features, digit = codes()
    assert features.shape[1] == 50
    assert features.min() == 0
    assert features.max() == 1
    centroids = torch.stack([features[digit == d].mean(0) for d in range(10)])
    found = torch.cdist(features, centroids).argmin(1)
    assert (found == digit).float().mean() > 0.8


def test_the_mean_squared_error_of_silence_is_the_power_of_the_published_waves():
    task = WavePrediction(ahead_ms=4.0)
    trials = drawn(task, 50, 4.0)
    power = trials.targets.square().mean((0, 1)).tolist()
    assert power == pytest.approx([1.5**2 / 2, 0.75**2 / 2], rel=1e-3)
    assert torch.allclose(trials.targets[:, :-1], trials.inputs[:, 1:], atol=1e-4)
    twice = WavePrediction(version="as_written", wave_seed=1)
    assert drawn(twice, 50).targets.abs().max() > 1.6


def test_the_best_multiple_of_the_present_waves_explains_what_the_card_says():
    for version in ("as_written", "as_executed"):
        task = WavePrediction(version=version, ahead_ms=80.0)
        trials = drawn(task, 400)
        best = (trials.inputs * trials.targets).mean((0, 1)) / trials.inputs.square().mean((0, 1))
        assert accuracy(task, best * trials.inputs, trials) == pytest.approx(task.memoryless, abs=0.02)
    assert WavePrediction(waves="every_trial").memoryless is None


def test_the_published_sine_is_101_samples_on_0_to_10():
    trials = drawn(SinePrediction(start="zero"), 2)
    wanted = torch.sin(torch.linspace(0, 10, 101))
    torch.testing.assert_close(trials.inputs[0, :, 0], wanted[:-1], atol=1e-4, rtol=0)
    torch.testing.assert_close(trials.targets[0, :, 0], wanted[1:], atol=1e-4, rtol=0)


def test_memory_capacity_is_the_sum_of_squared_correlations():
    task = MemoryCapacity(longest_lag=10)
    trials = drawn(task, 50)
    said = task.ideal(trials)
    said[..., 4:] = torch.randn(said[..., 4:].shape, generator=torch_stream(0))
    capacity = task.correct(said, trials).mean().item() * 10
    assert capacity == pytest.approx(4 + 6 / 79, abs=0.03)
    assert accuracy(task, -3 * task.ideal(trials) + 5, trials) == pytest.approx(1.0, abs=1e-4)


def test_numbers_of_memory_capacity_are_owed_at_every_lag():
    trials = drawn(MemoryCapacity(longest_lag=3, warm_up=2, items=5), 4)
    heard = trials.inputs[..., 0]
    assert heard.abs().max() <= 0.1
    for lag in (1, 2, 3):
        assert torch.equal(trials.targets[:, lag:, lag - 1], heard[:, :-lag])
        assert (trials.targets[:, :lag, lag - 1] == 0).all()


def test_the_ring_turns_as_published():
    turning = RingIntegration()._turning(25.0)
    assert turning.sd == pytest.approx(1.2 / math.sqrt(1 - 0.64), rel=0.005)
    assert turning.memory == pytest.approx(0.8, abs=0.005)


@pytest.mark.parametrize("walls", ["reflect", "turn"])
def test_animals_stay_in_the_arena_and_move_with_the_published_statistics(walls):
    trials = drawn(PathIntegration(run_ms=10_000.0, noise=0.0, walls=walls), 200)
    assert trials.targets.abs().max() <= 1.1 + 1e-6
    speed = trials.traces["speed"][:, trials.epochs["run"]]
    moving = speed[speed > 0]
    assert moving.mean().item() == pytest.approx(0.2 * math.sqrt(math.pi / 2), rel=0.02)
    assert 0 <= (speed == 0).float().mean().item() < 0.05
    velocity = trials.inputs[:, trials.epochs["run"], :2]
    heading = torch.atan2(velocity[..., 1], velocity[..., 0])
    turn = heading.diff(dim=1)
    inside = (trials.targets[:, trials.epochs["run"]].abs().amax(-1) < 1.0)[:, 1:]
    assert turn[inside & (turn.abs() < 0.3)].std().item() == pytest.approx(3.0 * 0.02, rel=0.03)


def test_in_the_published_arena_all_start_in_the_centre_heading_right():
    task = PathIntegration(start="centre", cue_ms=0.0, noise=0.0, walls="turn")
    trials = drawn(task, 300)
    first = trials.targets[:, 0]
    assert first.norm(dim=-1).max() < 0.03
    assert first[:, 0].mean() > 0.004
    assert accuracy(task, torch.zeros_like(trials.targets), trials) == pytest.approx(task.chance, abs=0.03)
    assert accuracy(task, task.ideal(trials), trials) == 1.0


@pytest.mark.parametrize("walls", ["reflect", "turn"])
def test_a_longer_step_sees_the_same_path(walls):
    task = PathIntegration(noise=0.0, walls=walls)
    fine, coarse = drawn(task, 20, 10.0), drawn(task, 20, 40.0)
    assert torch.allclose(fine.targets[:, 3::4], coarse.targets, atol=1e-5)


def test_an_animal_at_a_wall_turns_until_it_can_go():
    still = Arena(side=2.0, speed=0.2, turn=0.0, margin=0.03, wall_turn=math.pi / 5)
    places = still.run(torch.tensor([0.99 + 0j]).numpy(), torch.zeros(1).double().numpy(), 500, torch_stream(0))
    assert abs(places.real).max() <= 1.0
    assert abs(places.imag).max() <= 1.0
    assert abs(places[0, -1] - places[0, 0]) > 0.1


def test_the_synthetic_populations_are_as_hard_as_the_published_stand_in():
    task = PopulationActivity(condition="familiar, change")
    trials = drawn(task, 4000, 93.0)
    assert len(task.input_names) == 18
    assert trials.targets.var().item() == pytest.approx(0.00123, rel=0.25)
    assert loss(trials.inputs, trials) == pytest.approx(0.00019, rel=0.25)
    assert task.memoryless == pytest.approx(accuracy(task, trials.inputs, trials), abs=0.06)


def test_images_that_are_kept_back_never_train():
    task, found = ImageRows(), digits()
    assert len(found.training) + len(found.testing) == 1797
    trained, tested = drawn(task, 3000), task.held_out(3000, 20.0, torch_stream(0))
    seen = {tuple(x.flatten().tolist()) for x in trained.inputs[:, :40:5]}
    kept = {tuple(x.flatten().tolist()) for x in tested.inputs[:, :40:5]}
    known = {tuple(x.flatten().tolist()) for x in found.training}
    assert seen <= known
    assert not kept & known
    assert trained.conditions["digit"].bincount().tolist() == [300] * 10


def test_image_rows_follow_one_another_and_the_last_step_is_scored_without_a_response():
    trials = drawn(ImageRows(row_ms=20.0, response_ms=0.0), 5)
    known = {tuple(x.flatten().tolist()) for x in digits().training}
    assert all(tuple(x.flatten().tolist()) in known for x in trials.inputs)
    assert trials.scored.nonzero()[:, 1].tolist() == [7] * 5
