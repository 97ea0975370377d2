"""Forecasts: from paces of the parts to a whole run, and from there to what fits into some minutes."""

import json
import time
from types import SimpleNamespace

import pytest

from engine.__main__ import main
from engine.component import Invalid
from engine.experiments import pace as timing
from engine.experiments.experiment import Experiment
from engine.experiments.forecast import forecast
from engine.experiments.minutes import fitted
from engine.experiments.outlook import Outlook, evaluations, outlook, probed
from engine.experiments.pace import Pace
from engine.experiments.probing import Probing
from tests.engine.small_experiment import VALUES, small_experiment

PRUNE = {"density": 0.5, "rounds": 4, "every": 10}
STAGES = (
    {"kind": "gradient", "name": "dense", "steps": 100},
    {"kind": "gradient", "name": "sparse", "steps": 50, "prune": (PRUNE,), "keep": "best"},
    {"kind": "readout", "trials": 40},
)


def pace(step: float = 0.1, **but: float) -> Pace:
    told = {"begin": 1.0, "evaluation": 0.5, "pruning": 2.0, "doubt": 0.05, "busy": 0.5, "timed": 20}
    return Pace(step=step, **{**told, **but})


def foretold(experiment: Experiment, *found: Pace) -> Outlook:
    return outlook(experiment, found, build=3.0, units=12)


def values(experiment: Experiment, found: Outlook, minutes: float) -> dict:
    return {change.address: change.after for change in fitted(experiment, found, minutes)}


def test_a_whole_run_takes_the_sum_of_its_parts():
    experiment = small_experiment(training__stages=STAGES, training__evaluate_every=30)
    found = foretold(experiment, pace(0.1), pace(0.2), pace(7.0))
    counted = [evaluations(0, 100, 30), evaluations(100, 50, 30) + 1, evaluations(150, 1, 30)]
    assert counted == [4, 3, 1]  # at 30, 60, 90, 100; at 120, 150 and of the best; at 151
    assert found.parts == pytest.approx(
        {"start": 4.0, "steps": 10.0 + 10.0, "evaluations": 4.0, "pruning": 8.0, "readouts": 7.0}
    )
    assert found.seconds == pytest.approx(43.0)
    assert found.low < found.seconds < found.high
    assert not found.may_end_sooner


def test_only_what_is_lowered_in_some_stage_needs_memory():
    def needed(**but):
        experiment = small_experiment(**but)
        return forecast(experiment, experiment.connectome()).memory_bytes

    rate = {"kind": "firing_rate"}
    own = {"kind": "gradient", "steps": 5, "lowers": "own", "objectives": (rate,)}
    alone, lowered = needed(), needed(training__objectives=(rate,))
    assert lowered > alone
    assert needed(training__objectives=({**rate, "active": False},)) == alone
    assert needed(training__stages=(own,)) == lowered
    assert needed(training__stages=({**own, "lowers": "as_set"},)) == alone
    assert needed(training__stages=({"kind": "gradient", "steps": 5, "batch": 64},)) > alone


def test_evaluations_are_counted_as_training_makes_them():
    experiment = small_experiment(training__stages=STAGES[:2], training__evaluate_every=30)
    begun, counted = 0, 0
    for stage in experiment.training.course:
        counted += evaluations(begun, stage.steps, 30)
        begun += stage.steps
    made = [p for p in experiment.train(experiment.network()) if p.evaluation is not None and p.step > 0]
    assert counted == len(made)


def test_every_stage_is_timed_and_the_network_is_left_as_it_was(monkeypatch):
    work = SimpleNamespace(perf_counter=time.thread_time, process_time=time.process_time)
    monkeypatch.setattr(timing, "time", work)  # of this thread alone, however busy the machine is
    experiment = small_experiment(training__stages=STAGES)
    network = experiment.network()
    before = network.W_rec.clone()
    found = timing.paces(experiment, network, seconds=0.2)
    assert (network.W_rec == before).all()
    assert all(p.timed > 0 for p in found)
    assert all(p.step > 0 for p in found[:2])  # solving this readout takes less than the noise
    assert found[1].pruning > 0 == found[0].pruning


def test_a_probe_tells_time_memory_and_what_may_end_the_run_sooner():
    found = probed(small_experiment(training__target_accuracy=0.9), seconds=0.1)
    assert found.may_end_sooner
    assert found.steps == 30
    assert found.memory_bytes > 5e7
    assert Outlook.of_json(json.loads(json.dumps(found.to_json()))) == found
    with pytest.raises(Invalid, match="time step"):
        probed(small_experiment(dt_ms=500.0), seconds=0.1)


def test_too_little_time_takes_networks_then_batch_then_steps():
    experiment = small_experiment(training__steps=1000, training__batch=64, seeds__networks=4)
    found = foretold(experiment, pace(0.1, evaluation=0.01))
    assert found.parts["steps"] == pytest.approx(100)
    long = values(experiment, found, 1.0)
    assert long.keys() == {"seeds.networks", "training.steps", "training.wall_time_s"}
    assert long["seeds.networks"] == 1
    assert 1500 <= long["training.steps"] <= 2000
    short = values(experiment, found, 0.15)
    assert short["seeds.networks"] == 1
    assert short["training.batch"] in (16, 32)
    assert short["training.steps"] < 1000
    assert short["training.wall_time_s"] == pytest.approx(9)


def test_time_to_spare_gives_longer_training_and_replicates_and_stages_stretch_in_proportion():
    experiment = small_experiment(training__stages=STAGES[:2])
    found = foretold(experiment, pace(0.1), pace(0.1))
    plenty = values(experiment, found, 20.0)
    assert plenty["seeds.networks"] == 5
    assert plenty["training.stages.0.steps"] == pytest.approx(2 * plenty["training.stages.1.steps"], rel=0.1)
    stretch = plenty["training.stages.0.steps"] / 100
    assert plenty["training.stages.1.prune.0.every"] == pytest.approx(10 * stretch, rel=0.15)
    assert experiment.with_values(plenty).training.all_steps > experiment.training.all_steps


def test_evaluations_take_at_most_a_tenth_and_too_few_minutes_are_refused():
    experiment = small_experiment(training__steps=1000, training__evaluate_every=1)
    found = foretold(experiment, pace(0.01, evaluation=0.1))
    spacing = values(experiment, found, 2.0)["training.evaluate_every"]
    assert 0.1 / spacing <= 0.1 * (0.01 + 0.1 / spacing) + 1e-9
    with pytest.raises(Invalid, match="not even 10 steps"):
        fitted(experiment, found, 0.01)


@pytest.mark.slow
def test_a_probe_in_a_process_of_its_own_comes_back_whole():
    found = Probing().outlook(small_experiment(), seconds=0.1)
    assert found.steps == 30
    assert found.seconds > 0


def test_the_command_tells_a_forecast_and_writes_what_fits(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(Probing, "outlook", lambda self, experiment, seconds, *_, **__: probed(experiment, seconds))
    words = [f"{address}={json.dumps(value)}" for address, value in VALUES.items()]
    out = tmp_path / "fits.json"
    assert main(["forecast", "--set", *words, "--probe", "0.1", "--minutes", "0.5", "--out", str(out)]) == 0
    said = capsys.readouterr()
    told = json.loads(said.out)
    assert {"seconds", "low", "high", "memory_bytes", "free_bytes", "cores"} <= told.keys()
    assert "GB free" in said.err
    labels = [line.partition(":")[0] for line in said.err.splitlines() if "GB free" in line]
    assert labels in (["now", "first proposal"], ["now", "first proposal", "with these changes"])
    proposed = Experiment.read(out.read_bytes())
    assert {a: after for a, (_, after) in told["changes"].items()} == {a: proposed.value_at(a) for a in told["changes"]}
    assert proposed.training.wall_time_s == pytest.approx(30)
    assert main(["forecast", "--example", "Wurm decides"]) == 2
    assert "Did you mean 'Worm decides'?" in capsys.readouterr().err
