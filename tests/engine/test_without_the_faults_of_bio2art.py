"""Faults that bio2art and bio_rnn_mem have (bio_instantiated.md, section 9), each shown absent here or where named.

Every test that shows one says so in a comment, "bio 9.4" (and "ctrnn 12.7" for nn4n), so that grep gives the table.
"""

import csv
import io
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.connectomes import SpatialWiring
from engine.experiments.bundle import evaluations_csv
from engine.experiments.execute import execute, take_up
from engine.experiments.experiment import Experiment
from engine.experiments.status import Process
from engine.experiments.store import Store
from engine.experiments.sweep import Axis
from engine.experiments.typed import parsed_value
from engine.randomness import numpy_stream
from engine.training.evaluate import evaluate
from engine.training.train import held_out_trials
from tests.engine.small_experiment import small_experiment

ROOT = Path(__file__).parents[2]


def test_accuracy_is_kept_for_every_network_at_every_evaluation(tmp_path):
    # bio 9.8: metrics were kept for the first repetition of the first combination only
    store = Store(tmp_path)
    run = store.create(small_experiment(seeds__networks=3, training__steps=4, training__evaluate_every=2))
    assert take_up(run, Process.this())
    list(execute(run))
    rows = list(csv.DictReader(io.StringIO(evaluations_csv(run.history()))))
    assert [(row["step"], row["network"]) for row in rows] == [(f"{s}", f"{k}") for s in (0, 2, 4) for k in range(3)]
    kept = np.array([[float(row[name]) for name in ("accuracy", "loss")] for row in rows[:3]])
    asked = run.experiment()
    held_out = held_out_trials(asked.task, 20, asked.dt_ms, asked.seeds.trials)
    found = evaluate(asked.network(), asked.task, asked.training.task_loss, held_out, 0, 1.0)
    np.testing.assert_allclose(kept, np.stack([found.accuracy, found.loss], 1), rtol=1e-6)
    assert len({*kept[:, 0]}) > 1


@pytest.mark.parametrize("text", ["__import__('os').mkdir('ran')", "[__import__('os').mkdir('ran')]", "{'a': 1}"])
def test_values_of_the_command_line_are_never_run(text, tmp_path, monkeypatch):
    # bio 9.12: the dictionaries of its configuration are given to eval
    monkeypatch.chdir(tmp_path)
    assert parsed_value(text) == text
    assert not list(tmp_path.iterdir())


def test_held_out_performance_is_that_of_all_trials_and_leaves_no_gradient():
    # bio 9.14: its validation is an unweighted mean over unequal batches, with gradients
    evaluations = []
    for batch in (8, 64):
        experiment = small_experiment(training__batch=batch, training__evaluation_trials=50)
        network = experiment.network()
        start = next(experiment.train(network)).evaluation
        assert not start.loss.requires_grad
        assert all(parameter.grad is None for parameter in network.parameters())
        evaluations.append((start.loss.tolist(), start.accuracy.tolist()))
    assert evaluations[0] == evaluations[1]


def test_a_wiring_and_its_control_share_trials_input_and_readout_weights():
    # bio 9.15: without seeds, wiring and control differ by trials and starts as well
    experiment = small_experiment(weights__kind="normal").with_value("wiring", SpatialWiring(units=12, density=0.5))
    control = experiment.with_value("wiring.steps", ({"kind": "full_shuffle"},))
    one, other = experiment.network(), control.network()
    assert not np.array_equal(one.connectome.mask, other.connectome.mask)
    assert torch.equal(one.W_in, other.W_in)
    assert torch.equal(one.W_out, other.W_out)
    assert np.array_equal(one.connectome.mask, experiment.wiring.wire(numpy_stream(0, "wiring")).mask)
    assert torch.equal(trained_on(experiment, one), trained_on(control, other))
    again = experiment.with_value("seeds.trials", 1)
    assert not torch.equal(trained_on(experiment, one), trained_on(again, one))


def trained_on(experiment, network):
    """The inputs of two steps of training."""
    seen, batch = [], experiment.training.batch
    handle = network.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    list(experiment.with_value("training.steps", 2).train(network))
    handle.remove()
    return torch.stack([inputs for inputs in seen if len(inputs) == batch])


def test_what_the_readme_says_to_set_can_be_set():
    # bio 9.17: its documents and its configuration contradict each other
    setting = re.compile(r"(?<=[\s`'?&])([a-z_]+(?:\.[a-z_]+)+)=(\[.*?\]|[^\s&`')]+)")
    text = (ROOT / "README.md").read_text()
    asked = [dict(setting.findall(line)) for line in re.sub(r"--over \S+", "", text).splitlines()]
    assert sum(map(len, asked)) > 8
    swept = [Axis.parse(axis) for axis in re.findall(r"--over (\S+)", text)]
    assert all(axis.values(Experiment()) for axis in swept)
    for values in asked:
        parsed = {address: parsed_value(value) for address, value in values.items()}
        assert (Experiment().with_values(parsed) != Experiment()) is bool(values)


SAID = "\n".join(path.read_text() for path in sorted((ROOT / "tests").glob("**/test_*.py")))
KNOWN = [*(f"ctrnn 12.{k}" for k in range(1, 21)), *(f"bio 9.{k}" for k in range(1, 18))]


@pytest.mark.parametrize("fault", KNOWN)
def test_every_known_fault_is_named_by_a_test_that_shows_it_absent(fault):
    assert re.search(rf"# .*\b{re.escape(fault)}\b", SAID)
