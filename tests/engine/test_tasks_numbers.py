"""Numbers of the documents, channel by channel: what is shown when, on which input, and which class is owed."""

import math

import pytest
import torch

from engine.randomness import torch_stream
from engine.tasks import FlipFlop, GoNogo, NBack, PerceptualDecision, SequenceRecall, SinePrediction, WavePrediction
from engine.tasks.digits import codes


def drawn(task, n, dt_ms):
    return task.trials(n, dt_ms, torch_stream(7, "numbers"))


def spectrum(trials):
    """Complex amplitude of the sines with k = 0, 1, … whole periods in the window, of both waves: [k, waves]."""
    return 2j * torch.fft.rfft(trials.inputs[0].double(), dim=0) / trials.steps


@pytest.mark.parametrize(
    ("version", "amplitudes"), [("as_written", ((1.5, 0.5), (0.75, 1.875))), ("as_executed", ((1.5,), (0.75,)))]
)
def test_the_waves_are_the_sinusoids_of_dales_1_5(version, amplitudes):
    frequencies, phases = set(), set()
    for seed in range(40):
        trials = drawn(WavePrediction(version=version, wave_seed=seed, ahead_ms=4.0), 1, 4.0)
        for wave, name in enumerate(("excitatory", "inhibitory")):
            found = spectrum(trials)[:, wave]
            used = (found.abs() > 1e-3).nonzero().flatten()
            sizes = sorted(found[used].abs().tolist())
            assert sizes == pytest.approx(sorted(amplitudes[wave]) if len(used) == len(sizes) > 1 else [sum(sizes)])
            assert sum(sizes) == pytest.approx(sum(amplitudes[wave]), rel=1e-4)
            frequencies |= set(used.tolist())
            start = trials.conditions[f"{name}_start"].deg2rad().item()
            own = (found[used].angle() - used * start) * (6 / math.pi)  # in units of pi / 6
            phases |= {(wave, round(-phase) % 12) for phase in own.tolist()}
    assert frequencies == {1, 2, 3, 4, 5}
    assert phases == {(0, 0), (1, 4), (1, 5), (1, 6)}


def test_windows_of_the_two_waves_begin_at_times_of_their_own_and_the_next_trials_have_the_same_waves():
    task = WavePrediction(wave_seed=3)
    trials = drawn(task, 1000, 20.0)
    apart = (trials.conditions["excitatory_start"] - trials.conditions["inhibitory_start"]).deg2rad()
    assert math.hypot(apart.cos().mean(), apart.sin().mean()) < 0.1
    other = task.held_out(1, 20.0, torch_stream(1))
    assert torch.allclose(spectrum(other).abs(), spectrum(trials).abs(), atol=1e-4)


def test_pulses_of_the_flip_flop_are_as_often_up_as_down():
    task = FlipFlop(bits=1, pulse_rate_hz=-math.log(0.95) / 0.02, pulse_ms=20.0, run_ms=980.0, hold_ms=0.0, noise=0.0,
                    set_first=False, score_pulses=True)  # fmt: skip
    shown = drawn(task, 20_000, 20.0).inputs
    assert (shown == 1).sum() / (shown != 0).sum() == pytest.approx(0.5, abs=0.01)


def test_go_nogo_shows_nogo_on_the_second_input_for_class_0_and_go_on_the_third_for_class_1():
    task = GoNogo(fixation_ms=100.0, cue_ms=400.0, delay_ms=200.0, response_ms=100.0, fixation_in_cue=False,
                  scored="last_step", noise=0.0)  # fmt: skip
    trials = drawn(task, 100, 20.0)
    answer = trials.targets[:, -1]
    assert answer.sum() == 50
    for owed, cue in ((0, (0.0, 1.0, 0.0)), (1, (0.0, 0.0, 1.0))):
        wanted = torch.zeros(40, 3)
        wanted[:5, 0] = wanted[25:35, 0] = 1
        wanted[5:25] = torch.tensor(cue)
        assert (trials.inputs[answer == owed] == wanted).all()


DOTS = PerceptualDecision(
    coherences=(0.0, 6.4, 12.8, 25.6, 51.2), noise=0.1 * math.sqrt(0.1), fixation_ms=100.0, stimulus_ms=3000.0,
    delay_ms=900.0, response_ms=100.0, fixation_stays=True, scored="last_step",
)  # fmt: skip


def test_the_dots_of_the_microns_study_lie_about_one_half_and_are_silent_before_and_after():
    trials = drawn(DOTS, 40_000, 100.0)
    assert (trials.inputs[:, 0] == torch.tensor([1.0, 0.0, 0.0])).all()
    coherence, right = trials.conditions["coherence"], trials.conditions["direction"]
    assert torch.equal(trials.targets[:, -1], right)
    for value in coherence.unique().tolist():
        mean = trials.inputs[coherence == value, 1:31, 1:].mean((0, 1)).tolist()
        assert mean == pytest.approx([0.5 - value / 200, 0.5 + value / 200], abs=2e-3)


def test_the_ideal_observer_of_the_dots_has_the_levels_of_the_microns_study_also_with_the_noise_of_training():
    trials = drawn(DOTS, 40_000, 100.0)
    strength = trials.conditions["coherence"].abs().round(decimals=1)
    right = DOTS.correct(DOTS.ideal(trials), trials)
    assert right[strength == strength.unique()[1]].mean().item() == pytest.approx(0.9934, abs=0.004)
    assert [right[strength == c].mean().item() for c in strength.unique()[2:]] == pytest.approx([1, 1, 1], abs=1e-3)
    trials.inputs.add_(0.05 * torch.randn(trials.inputs.shape, generator=torch_stream(0)))
    assert DOTS.correct(DOTS.ideal(trials), trials).mean().item() == pytest.approx(0.897, abs=0.004)


@pytest.mark.parametrize(("item_is", "inputs", "cue"), [("number", 2, 4), ("code", 51, 5)])
def test_n_back_has_cue_silence_and_classes_as_in_bio_4_2_and_4_3(item_is, inputs, cue):
    trials = drawn(NBack(item_is=item_is, back=3), 200, 200.0)
    assert trials.inputs.shape[2] == inputs
    assert trials.inputs[..., 0].unique(dim=0).nonzero().tolist() == [[0, cue]]
    assert (trials.inputs[:, 5:, 1:] == 0).all()
    assert (trials.targets[:, :-1] == 0).all()
    assert torch.equal(trials.targets[:, -1], 1 + trials.conditions["match"])
    assert trials.scored.nonzero()[:, 1].unique().tolist() == [trials.steps - 1]
    assert trials.targets[:, -1].bincount().tolist() == [0, 100, 100]


def test_each_code_runs_from_0_to_1():
    features, _ = codes()
    assert (features.amin(1) == 0).all()
    assert (features.amax(1) == 1).all()


def test_numbers_of_sequence_recall_are_uniform_between_0_and_1():
    numbers = drawn(SequenceRecall(length=10), 1000, 100.0).inputs[:, :10, 1].flatten()
    assert torch.histc(numbers, 10, 0, 1).tolist() == pytest.approx([1000] * 10, abs=120)


@pytest.mark.parametrize("samples", [101, 1000])
def test_the_sine_has_the_samples_of_ctrnn_11_and_15(samples):
    period = 20.0 * 2 * math.pi / (10 / (samples - 1))
    task = SinePrediction(start="zero", period_ms=period, wave_ms=20.0 * (samples - 1))
    wanted = torch.sin(torch.linspace(0, 10, samples))
    trials = drawn(task, 1, 20.0)
    torch.testing.assert_close(trials.inputs[0, :, 0], wanted[:-1], atol=1e-4, rtol=0)
    torch.testing.assert_close(trials.targets[0, :, 0], wanted[1:], atol=1e-4, rtol=0)


def test_the_decision_of_ctrnn_15_a2_is_ours_with_its_numbers():
    task = PerceptualDecision(coherences=(16.0, 32.0, 64.0), noise=0.3 * math.sqrt(0.02), fixation_ms=100.0,
                              stimulus_ms=300.0, delay_ms=40.0, response_ms=160.0)  # fmt: skip
    trials = drawn(task, 20_000, 20.0)
    assert trials.steps == 30
    assert (trials.inputs[:, :, 1:] != 0).all(2).all(0).nonzero().flatten().tolist() == list(range(5, 20))
    assert (trials.targets != 0).all(0).nonzero().flatten().tolist() == list(range(22, 30))
    shown, sign = trials.inputs[:, 5:20, 1:], trials.conditions["coherence"]
    for c in (-0.32, -0.16, -0.08, 0.08, 0.16, 0.32):
        here = shown[(sign - 200 * c).abs() < 0.1]
        assert here.mean((0, 1)).tolist() == pytest.approx([0.5 - c, 0.5 + c], abs=0.01)
        assert here.std((0, 1)).tolist() == pytest.approx([0.3, 0.3], rel=0.02)
