"""A saved model of nn4n, kept in the library, is an experiment that builds the same network."""

import json

import pytest
import torch

from engine.__main__ import main
from engine.component import Invalid
from engine.connectomes.library import Library
from engine.experiments.check import check
from engine.experiments.execute import execute, take_up
from engine.experiments.experiment import Experiment
from engine.experiments.open_bundle import open_bundle
from engine.experiments.saved_model import keep_model
from engine.experiments.script import script
from engine.experiments.status import Process
from engine.experiments.store import Store
from engine.networks.nn4n import read_nn4n
from tests.engine.test_nn4n_import import masks, model, saved, trained


@pytest.fixture(autouse=True)
def own_library(tmp_path, monkeypatch):
    monkeypatch.setenv("CONNECTARIUM_STORE", str(tmp_path))


def some(kind):
    """Saved models that differ in how masks, signs and silent synapses are said."""
    sparsity, signs = masks(dale=kind != "by synapse")
    if kind == "no masks":
        return model()
    if kind == "signs only":
        return trained(model(ei_masks=signs), 5)
    if kind == "silent units":
        sparsity[1][[2, 11]] = 0  # rows are sources: one excites, one inhibits, neither has a synapse
    if kind == "other channels":
        return model(dims=[7, 12, 9])
    theirs = trained(model(sparsity_masks=sparsity, ei_masks=signs, activation="tanh"), 5)
    if kind == "silent synapses":
        with torch.no_grad():
            theirs.recurrent_layer.hidden_layer.weight[:, [3, 10]] = 0
            theirs.recurrent_layer.hidden_layer.weight[4] = 0
    return theirs


@pytest.mark.parametrize("kind", ["no masks", "signs only", "by unit", "by synapse", "silent units", "silent synapses"])
def test_the_experiment_builds_the_network_of_the_model(tmp_path, kind):
    path = saved(some(kind), tmp_path)
    there = read_nn4n(path).network()
    kept = keep_model(path)
    experiment = Experiment.read(kept.experiment.model_dump(mode="json"))
    here = experiment.network()
    for name, law in there.laws.items():
        shape = getattr(there, name).shape[1:]
        for side in ("low", "high"):
            ours, theirs = (getattr(each, side).expand(shape) for each in (here.laws[name], law))
            assert torch.equal(ours, theirs), (name, side)
    for name, tensor in there.lawful_weights().items():
        torch.testing.assert_close(here.lawful_weights()[name], tensor, rtol=0, atol=0)
    if kind not in ("no masks", "by synapse"):
        assert (here.connectome.signs == there.connectome.signs).all()
        assert here.connectome.types == there.connectome.types
    inputs = experiment.task.trials(6, experiment.dt_ms, torch.Generator().manual_seed(0)).inputs
    torch.testing.assert_close(here(inputs).outputs, there(inputs).outputs, rtol=1e-6, atol=1e-6)
    check(experiment)


def test_channels_that_no_task_has_are_drawn_anew_and_it_is_said(tmp_path):
    path = saved(some("other channels"), tmp_path)
    kept = keep_model(path)
    weights = kept.experiment.weights
    assert (weights.input, weights.readout) == ("replace", "replace")
    assert "7 inputs and 9 outputs" in kept.remarks[-1]
    torch.testing.assert_close(kept.experiment.network().W_rec, read_nn4n(path).network().W_rec)


def test_two_models_that_share_recurrent_weights_are_two_and_the_same_model_is_one(tmp_path):
    theirs = some("by unit")
    first, again = keep_model(saved(theirs, tmp_path)), keep_model(saved(theirs, tmp_path))
    with torch.no_grad():
        theirs.readout_layer.bias += 1
    second = keep_model(saved(theirs, tmp_path))
    assert first.id == again.id != second.id
    assert not torch.equal(first.experiment.network().bias_out, second.experiment.network().bias_out)


def test_a_removed_model_takes_its_weights_along_and_comes_back_with_them(tmp_path):
    kept, library = keep_model(saved(some("by unit"), tmp_path)), Library()
    connectome = kept.experiment.connectome()
    library.remove(kept.id)
    assert not list(library.path.glob(f"{kept.id}*"))
    with pytest.raises(Invalid, match="import that model again"):
        kept.experiment.network(connectome)
    library.restore(kept.id)
    kept.experiment.network()
    library.remove(kept.id)
    library.purge(older_than_s=-10)
    assert not list(library.path.rglob("*.safetensors"))


def test_a_bundle_brings_the_model_that_its_run_began_with_to_another_store(tmp_path, monkeypatch):
    experiment = keep_model(saved(some("by unit"), tmp_path)).experiment
    tiny = {"training.steps": 1, "training.batch": 2, "training.evaluation_trials": 4, "training.device": "cpu"}
    store, experiment = Store(), experiment.with_values(tiny)
    run = store.create(experiment)
    assert take_up(run, Process.this())
    list(execute(run))
    made = store.bundle(run.id)
    monkeypatch.setenv("CONNECTARIUM_STORE", str(tmp_path / "elsewhere"))
    opened = open_bundle(made)
    assert opened == experiment
    for name, tensor in run.weights(0).items():
        assert torch.equal(opened.network().lawful_weights()[name], tensor)
    kept = Library().weights(experiment.weights.run)
    kept.write_bytes(b"mine")
    open_bundle(made)
    assert kept.read_bytes() == b"mine"  # what is there already is not replaced


def test_a_model_has_no_steps_and_a_script_says_that_it_is_needed(tmp_path):
    experiment = keep_model(saved(some("no masks"), tmp_path)).experiment
    with pytest.raises(Invalid, match="no steps") as fault:
        experiment.with_value("weights.step", 3).network()
    assert fault.value.address == "weights.step"
    assert f"imported model {experiment.weights.run}" in script(experiment)


def test_the_command_line_keeps_the_model_and_writes_its_experiment(tmp_path, capsys):
    path, out = saved(some("by unit"), tmp_path), tmp_path / "experiment.json"
    assert main(["connectomes", "add", path, "--out", str(out)]) == 0
    id = capsys.readouterr().out.strip()
    assert Experiment.read(out.read_bytes()).weights.run == id
    assert main(["connectomes", "add", path, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["id"], told["units"]) == (id, 12)
    (tmp_path / "old.pt").write_bytes(b"\x80\x02}q\x00.")
    assert main(["connectomes", "add", str(tmp_path / "old.pt")]) == 2
    assert "torch.save" in capsys.readouterr().err
