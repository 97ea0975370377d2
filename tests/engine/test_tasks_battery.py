"""What must hold for every task of the family."""

import math

import pytest
import torch
from pydantic import TypeAdapter

from engine.component import Invalid, parameters
from engine.randomness import torch_stream
from engine.tasks import TASKS, AnyTask
from engine.tasks.card import card
from engine.tasks.check import CHECKS, Sample, noises
from engine.tasks.probe import probe_trials
from engine.tasks.task import Task, Trials

DT_MS = 20.0
MANY = 4000
OF_PARTS = {"item_ms", "row_ms", "frame_ms"}  # fields that set epochs of several equal parts


@pytest.fixture(params=TASKS, ids=lambda task: task.model_fields["kind"].default)
def task(request) -> Task:
    return request.param()


def drawn(task: Task, n: int = 64, dt_ms: float = DT_MS, seed: int = 0) -> Trials:
    return task.trials(n, dt_ms, torch_stream(seed, "test"))


def with_noise(task: Task, noise: float) -> Task:
    return task.with_values(dict.fromkeys(noises(task), noise))


def accuracy(task: Task, outputs: torch.Tensor, trials: Trials) -> float:
    return task.correct(outputs, trials).mean().item()


def shape_of_outputs(task: Task, trials: Trials) -> tuple[int, int, int]:
    return trials.n, trials.steps, len(task.output_names)


def within_chance(task: Task, found: float, n: int) -> bool:
    """Within 4 standard deviations of a binomial; a trial's score varies no more than a coin of that bias.

    Chance in a task of values is what the best guess gets, unless all guesses are alike; most get less.
    """
    if chance_is_exact(task):
        return abs(found - task.chance) <= 4 * math.sqrt(task.chance * (1 - task.chance) / n)
    return found <= task.chance + 4 * math.sqrt(task.chance * (1 - task.chance) / n) + 0.03


def chance_is_exact(task: Task) -> bool:
    return task.loss == "cross_entropy" or task.kind in ("flip_flop", "ring_integration")


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_battery_for_anyones_task_finds_no_fault(task, check):
    assert check(Sample(task, DT_MS, 500)) == ""


def test_json_gives_the_same_task_back(task):
    assert type(task).read(task.model_dump_json()) == task
    assert TypeAdapter(AnyTask).validate_json(task.model_dump_json()) == task
    assert task.changes() == {}


def test_every_task_says_what_it_is_and_where_it_comes_from(task):
    assert type(task).__doc__
    assert task.title
    assert task.source
    assert task.chance_is.endswith(".")
    assert task.ideal_is.endswith(".")
    assert (task.memoryless is None) == (task.memoryless_is == "")


def test_without_memory_a_task_is_done_less_well_than_by_the_ideal_observer(task):
    if task.memoryless is not None:
        quiet = with_noise(task, 0.0)
        trials = drawn(quiet, 512)
        assert task.memoryless_is.endswith(".")
        assert 0 <= task.memoryless < accuracy(quiet, quiet.ideal(trials), trials)


def test_every_field_is_described(task):
    assert all(parameter.help.endswith(".") for parameter in parameters(task))


def test_defaults_lie_inside_the_typical_inside_the_hard_limits(task):
    for parameter in parameters(task):
        if parameter.typical is None:
            assert isinstance(parameter.value, tuple | bool | str), parameter.address
            continue
        assert parameter.typical.low <= parameter.default <= parameter.typical.high, parameter.address
        assert parameter.low <= parameter.typical.low, parameter.address
        assert parameter.typical.high <= parameter.high, parameter.address


def test_both_ends_of_every_typical_range_make_trials(task):
    for parameter in parameters(task):
        for end in () if parameter.typical is None else (parameter.typical.low, parameter.typical.high):
            trials = drawn(task.with_value(parameter.address, end), n=8)
            assert trials.scored.any(1).all(), parameter.address


@pytest.mark.parametrize("n", [1, 7, 64])
def test_trials_have_the_declared_shapes(task, n):
    trials = drawn(task, n)
    assert trials.inputs.shape == (n, trials.steps, len(task.input_names))
    assert trials.inputs.dtype == torch.float32
    assert trials.scored.shape == (n, trials.steps)
    if task.loss == "cross_entropy":
        assert trials.targets.shape == (n, trials.steps)
        assert trials.targets.dtype == torch.long
        assert 0 <= trials.targets.min() <= trials.targets.max() < len(task.output_names)
    else:
        assert trials.targets.shape == shape_of_outputs(task, trials)
        assert trials.targets.dtype == torch.float32
    assert task.ideal(trials).shape == shape_of_outputs(task, trials)
    assert all(values.shape == (n,) for values in trials.conditions.values())
    assert all(values.shape == (n, trials.steps) for values in trials.traces.values())


def test_a_default_trial_has_fifty_to_a_hundred_steps_of_20_ms(task):
    assert 50 <= drawn(task).steps <= 100


def test_trials_are_finite_and_each_is_scored_somewhere(task):
    trials = drawn(task, MANY)
    assert trials.inputs.isfinite().all()
    assert trials.targets.isfinite().all()
    assert trials.scored.any(1).all()


def test_every_epoch_is_set_by_the_field_of_its_name(task):
    fields = set(type(task).model_fields)
    assert all(f"{name}_ms" in fields or fields & OF_PARTS or name == "trial" for name in drawn(task).epochs)


def test_variables_and_their_values_agree(task):
    trials = drawn(task, MANY)
    values = {**trials.conditions, **trials.traces}
    assert set(values) == {variable.name for variable in task.variables}
    for variable in task.variables:
        found = values[variable.name]
        if variable.kind == "categorical":
            assert set(found[found.isfinite()].unique().tolist()) == set(range(len(variable.labels)))
        if variable.kind == "circular":
            assert found.min() >= 0
            assert found.max() < variable.period


def test_no_condition_is_a_negative_zero(task):
    for values in drawn(task).conditions.values():
        assert not (torch.signbit(values) & (values == 0)).any()


def test_an_ideal_observer_without_noise_is_perfect(task):
    quiet = with_noise(task, 0.0)
    trials = drawn(quiet, 512)
    found = accuracy(quiet, quiet.ideal(trials), trials)
    assert found == 1.0 if chance_is_exact(task) else found >= 0.9999


@pytest.mark.parametrize("noise", [0.02, 0.1, 0.5])
def test_an_ideal_observer_is_never_below_chance_and_falls_with_noise(task, noise):
    noisy, noisier = with_noise(task, noise), with_noise(task, 4 * noise)
    trials, harder = drawn(noisy, MANY), drawn(noisier, MANY)
    high, low = accuracy(noisy, noisy.ideal(trials), trials), accuracy(noisier, noisier.ideal(harder), harder)
    assert task.chance - 4 * math.sqrt(0.25 / MANY) < low <= high
    assert task.chance < high or not chance_is_exact(task)


def test_a_silent_network_scores_chance(task):
    trials = drawn(task, MANY)
    silent = torch.zeros(shape_of_outputs(task, trials))
    if chance_is_exact(task):
        assert accuracy(task, silent, trials) == pytest.approx(task.chance, abs=1e-6)
    assert within_chance(task, accuracy(task, silent, trials), MANY)


def test_a_random_guesser_is_at_chance(task):
    trials = drawn(task, MANY)
    guess = torch.rand(shape_of_outputs(task, trials), generator=torch_stream(5)) * 2 - 1
    assert within_chance(task, accuracy(task, guess, trials), MANY)


def test_a_constant_answer_is_at_chance(task):
    trials = drawn(task, MANY)
    for constant in torch.randn(4, len(task.output_names), generator=torch_stream(6)):
        outputs = constant.expand(shape_of_outputs(task, trials))
        assert within_chance(task, accuracy(task, outputs, trials), MANY)


def test_halving_dt_leaves_the_ideal_observer_as_good(task):
    found = []
    for dt_ms in (20.0, 10.0):
        noisy = with_noise(task, 0.1)
        trials = drawn(noisy, MANY, dt_ms)
        found.append(accuracy(noisy, noisy.ideal(trials), trials))
    assert found[0] == pytest.approx(found[1], abs=0.05 if task.loss == "mse" else 0.03)


def test_a_population_is_scored_as_its_networks_are(task):
    trials = drawn(task)
    outputs = torch.randn(3, *shape_of_outputs(task, trials), generator=torch_stream(7))
    together = task.correct(outputs, trials)
    assert together.shape == (3, trials.n)
    assert torch.equal(together, torch.stack([task.correct(each, trials) for each in outputs]))
    if (choice := task.choice(outputs, trials)) is not None:
        alone = torch.stack([task.choice(each, trials) for each in outputs])
        torch.testing.assert_close(choice, alone, rtol=0, atol=0, equal_nan=True)


def test_outputs_that_are_not_numbers_score_nothing(task):
    trials = drawn(task)
    outputs = torch.zeros(2, *shape_of_outputs(task, trials))
    outputs[1] = torch.nan
    silent, not_a_number = task.correct(outputs, trials).mean(-1).tolist()
    assert not_a_number == 0.0
    assert silent == pytest.approx(task.chance) or not chance_is_exact(task)


def test_a_psychometric_task_has_choices_of_0_and_1(task):
    trials = drawn(task)
    choice = task.choice(task.ideal(trials), trials)
    if task.psychometric_variable is not None:
        assert task.psychometric_variable in trials.conditions
        assert choice is not None
    if choice is not None:
        assert set(choice[~choice.isnan()].tolist()) == {0.0, 1.0}  # NaN: a trial without sides


def test_a_time_step_too_long_for_an_epoch_is_refused_in_one_sentence(task):
    with pytest.raises(Invalid, match=r"^The \w+ epoch lasts .* less than half a time step .*\.$") as refused:
        drawn(task, dt_ms=9000.0)
    field = refused.value.address.removeprefix("task.")
    assert task.value_at(field) is not None


def test_the_card_tells_what_a_visitor_should_know(task):
    told = card(task, DT_MS, n=200)
    assert told.title == task.title
    assert "\n" not in told.paragraph
    assert told.chance == task.chance < told.ideal <= 1
    assert told.duration_ms == told.example.steps * DT_MS
    assert told.example.n == 1


def test_probe_trials_are_fixed_and_in_order_of_their_first_condition(task):
    probes, again = (probe_trials(task, 10, DT_MS, torch_stream(0, "probe")) for _ in range(2))
    assert probes.n == 10
    assert torch.equal(probes.inputs, again.inputs)
    first = next(iter(probes.conditions.values()))
    assert torch.equal(first, first.sort().values)
    assert len(first.unique()) >= 2
