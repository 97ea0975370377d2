"""Faults that bio2art and bio_rnn_mem have (bio_instantiated.md, section 9), each shown absent here or where named.

Every test that shows one says so in a comment, "bio 9.4" (and "ctrnn 12.7" for nn4n), so that grep gives the table.
"""

import csv
import io
import json
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
from engine.experiments.typed import parsed_value
from engine.randomness import numpy_stream
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
    assert all(0 <= float(row["accuracy"]) <= 1 for row in rows)


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
    seen = [
        experiment.task.trials(4, 50.0, torch.Generator().manual_seed(e.seeds.trials)) for e in (experiment, control)
    ]
    assert torch.equal(seen[0].inputs, seen[1].inputs)
    assert np.array_equal(one.connectome.mask, experiment.wiring.wire(numpy_stream(0, "wiring")).mask)


def test_what_the_readme_says_to_set_can_be_set():
    # bio 9.17: its documents and its configuration contradict each other
    text = (ROOT / "README.md").read_text()
    asked = re.findall(r"(?:--set |`|\?|&)'?([a-z_]+\.[a-z_.]+)=(\[.*?\]|[^\s&`')]+)", text)
    assert len(asked) > 5
    for address, value in asked:
        experiment = Experiment()
        if address.startswith("dynamics.groups"):
            value = json.loads(value)
        assert experiment.with_value(address, parsed_value(value) if isinstance(value, str) else value) != experiment


SAID = "\n".join(path.read_text() for path in sorted((ROOT / "tests").glob("**/test_*.py")))
KNOWN = [*(f"ctrnn 12.{k}" for k in range(1, 21)), *(f"bio 9.{k}" for k in range(1, 18))]


@pytest.mark.parametrize("fault", KNOWN)
def test_every_known_fault_is_named_by_a_test_that_shows_it_absent(fault):
    assert re.search(rf"# .*\b{re.escape(fault)}\b", SAID)
