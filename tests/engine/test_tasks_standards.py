"""What the field's standard tasks promise: documented levels, rules, timing, and bad input in one sentence."""

import math

import pytest
import torch

from engine.component import Invalid
from engine.randomness import torch_stream
from engine.tasks import (
    DelayedMatch,
    FlipFlop,
    IntervalProduction,
    Lorenz,
    MackeyGlass,
    MatchCategory,
    Multisensory,
    PairedAssociation,
    ParametricMemory,
    PerceptualDecision,
    PulseAccumulation,
    ReadySetGo,
    Several,
    TwentyRules,
    XorOverTime,
)
from engine.tasks.several import Part
from engine.tasks.yang_rules import NAMES

DT_MS = 20.0


def drawn(task, n=2000, dt_ms=DT_MS):
    return task.trials(n, dt_ms, torch_stream(4, "standards"))


def score(task, outputs, trials):
    return task.correct(outputs, trials)


def test_who_forgets_the_first_vibration_is_right_in_seven_of_ten():
    assert ParametricMemory().memoryless == pytest.approx(0.7)


@pytest.mark.parametrize("task", [DelayedMatch(stimuli=5), MatchCategory(), PairedAssociation(), XorOverTime()])
def test_who_forgets_the_sample_can_only_guess(task):
    assert task.memoryless == pytest.approx(0.5)


def test_vibrations_are_the_ten_pairs_from_10_to_34_hz():
    trials = drawn(ParametricMemory(), 400)
    first, second = (trials.conditions[f"{which}_frequency"].tolist() for which in ("first", "second"))
    pairs = {(f, s) for f, s in zip(first, second, strict=True)}
    slower = [(f, f + 8) for f in (10, 14, 18, 22, 26)]
    assert pairs == {*slower, *((b, a) for a, b in slower)}
    assert ((torch.tensor(first) > torch.tensor(second)).long() == trials.conditions["faster"]).all()


def test_a_picture_is_never_shown_twice_in_paired_association():
    trials = drawn(PairedAssociation())
    assert (trials.conditions["sample"] != trials.conditions["test"]).all()


def test_two_senses_together_are_better_than_each():
    task = Multisensory()
    trials = drawn(task, 20_000)
    right = score(task, task.ideal(trials), trials)
    visual, auditory, both = (right[trials.conditions["modality"] == m].mean().item() for m in range(3))
    assert both > max(visual, auditory) + 0.03


def test_a_side_never_has_as_many_clicks_as_the_other_and_rates_add_up():
    task = PulseAccumulation(noise=0.0)
    trials = drawn(task, 4000)
    clicks = trials.inputs[:, trials.epochs["stimulus"], 1:].sum((1, 2)) * DT_MS / 20
    assert (trials.conditions["click_difference"] != 0).all()
    assert clicks.mean().item() == pytest.approx(40.0, rel=0.03)


def test_ready_comes_one_interval_before_set():
    task = ReadySetGo(noise=0.0)
    trials = drawn(task, 110)
    ready, set_ = (trials.inputs[..., k].argmax(1) * DT_MS for k in (0, 1))
    assert ((set_ - ready - trials.conditions["interval"]).abs() <= DT_MS / 2 + 1e-3).all()
    assert task.chance == pytest.approx(7 / 11)


def test_a_production_at_the_wrong_time_or_at_once_is_wrong():
    task = IntervalProduction()
    trials = drawn(task, 100)
    late = torch.roll(trials.targets, 30, 1) * trials.scored[..., None]
    assert score(task, trials.targets, trials).mean() == 1
    assert score(task, late, trials).mean() < 0.6
    assert score(task, torch.ones_like(trials.targets), trials).mean() == 0


def test_the_twenty_rules_are_all_there_and_each_can_be_done_alone():
    assert len(set(NAMES)) == 20
    for name in NAMES:
        task = TwentyRules(rules=(name,), noise=0.0)
        trials = drawn(task, 60)
        assert score(task, task.ideal(trials), trials).mean() == 1
        assert task.chance == pytest.approx(0.5 if name in ("DMS", "DNMS", "DMC", "DNMC") else 0.2)


def test_the_observer_of_the_twenty_rules_is_told_by_rule():
    task = TwentyRules()
    trials = drawn(task, 1000)
    by_rule = task.by_rule(score(task, task.ideal(trials), trials), trials)
    assert tuple(by_rule) == NAMES
    assert min(by_rule.values()) > 0.95


@pytest.mark.parametrize(
    ("rule", "other"), [("Go", "Anti"), ("DMS", "DNMS"), ("DMC", "DNMC"), ("Ctx DM 1", "Ctx DM 2")]
)
def test_who_obeys_the_wrong_rule_fails(rule, other):
    task, wrong = TwentyRules(rules=(rule,), noise=0.0), TwentyRules(rules=(other,), noise=0.0)
    trials = drawn(task, 400)
    assert score(task, wrong.ideal(trials), trials).mean() < 0.6


def test_in_rt_rules_the_stimulus_comes_with_the_response_and_fixation_stays():
    trials = drawn(TwentyRules(rules=("RT Go",), noise=0.0), 10)
    before = trials.inputs[:, : trials.epochs["response"].start]
    assert (before[..., 1:-1] == 0).all()
    assert (trials.inputs[..., 0] == 1).all()
    assert (trials.inputs[:, trials.epochs["response"], 1:-1].amax((1, 2)) > 0.85).all()


def test_foretelling_mackey_glass_needs_memory_and_the_present_explains_half():
    task = MackeyGlass()
    assert 0.40 < task.memoryless < 0.52
    assert drawn(task).inputs.std().item() == pytest.approx(1.0, abs=0.1)


def test_the_further_ahead_the_less_the_lorenz_system_can_be_foretold():
    found = []
    for horizon_ms in (40.0, 120.0, 400.0):
        task = Lorenz(horizon_ms=horizon_ms, noise=0.02)
        trials = drawn(task, 200)
        found.append(score(task, task.ideal(trials), trials).mean().item())
    assert found == sorted(found, reverse=True)
    assert found[0] - found[2] > 0.02


@pytest.mark.parametrize("inputs", ["separate", "shared"])
@pytest.mark.parametrize("outputs", ["separate", "shared"])
@pytest.mark.parametrize("second", [DelayedMatch(), FlipFlop()], ids=["classes", "values"])
def test_several_tasks_are_scored_each_as_its_own(inputs, outputs, second):
    task = Several(
        tasks=(Part(task=PerceptualDecision(noise=0.0)), Part(task=second, weight=3.0)), inputs=inputs, outputs=outputs
    )
    trials = drawn(task, 400)
    assert trials.conditions["task"].sum() == 300
    assert trials.inputs.shape[2] == len(task.input_names)
    right = score(task, task.ideal(trials), trials)
    assert right[trials.conditions["task"] == 0].mean() == 1
    assert right.mean() > 0.97
    swapped = task.ideal(trials).roll(1, -1)
    assert score(task, swapped, trials).mean() < 0.9


def test_a_fault_in_one_of_several_tasks_names_its_address():
    task = Several().with_value("tasks.1.task.cue_ms", 1.0)
    with pytest.raises(Invalid) as refused:
        drawn(task, 4)
    assert refused.value.address == "task.tasks.1.task.cue_ms"


@pytest.mark.parametrize(
    ("task", "address"),
    [
        (ReadySetGo(shortest_ms=900.0), "task.shortest_ms"),
        (ReadySetGo(measure_ms=500.0), "task.measure_ms"),
        (ReadySetGo(gain=2.0), "task.produce_ms"),
        (IntervalProduction(produce_ms=1000.0), "task.produce_ms"),
        (XorOverTime(delay_ms=1.0), "task.delay_ms"),
        (TwentyRules(test_ms=1.0), "task.test_ms"),
        (MackeyGlass(predict_ms=1.0), "task.predict_ms"),
    ],
    ids=lambda value: getattr(value, "kind", value),
)
def test_impossible_timing_is_refused_with_its_address(task, address):
    with pytest.raises(Invalid, match=r"^[A-Z].*\.$") as refused:
        drawn(task, 4)
    assert refused.value.address == address


def test_a_rule_listed_twice_is_refused():
    with pytest.raises(Invalid, match="listed twice"):
        TwentyRules().with_value("rules", ("Go", "Go"))


def test_the_direction_of_a_noisy_ring_is_read_as_well_as_theory_allows():
    task = TwentyRules(rules=("Dly Go",), noise=0.1)
    trials = drawn(task, 2000)
    said = task.ideal(trials)[:, -1, 1:]
    angle = torch.arange(16) * (2 * math.pi / 16)
    read = torch.atan2((said * angle.sin()).sum(1), (said * angle.cos()).sum(1))
    error = read - trials.conditions["answer_direction"].deg2rad()
    spread = torch.atan2(error.sin(), error.cos()).std().item()
    assert math.radians(1) < spread < math.radians(20)


def test_batches_of_twenty_rules_that_are_drawn_together_are_the_parts_of_one_large_one():
    task = TwentyRules(noise=0.1, ring_units=9)
    batch, whole = task.batches(4, 40, DT_MS, torch_stream(3)), task.trials(160, DT_MS, torch_stream(3))
    for turn in (3, 0, 1):
        found, expected = batch(turn), whole.at(slice(turn * 40, turn * 40 + 40))
        for name in ("inputs", "targets", "scored"):
            assert torch.equal(getattr(found, name), getattr(expected, name)), (turn, name)
        assert all(torch.equal(found.conditions[name], expected.conditions[name]) for name in expected.conditions)
