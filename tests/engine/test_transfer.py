"""An experiment may begin with the weights of a trained run, and says that it needs that run."""

import zipfile

import pytest
import torch

from engine.component import Invalid
from engine.connectomes import RandomWiring
from engine.experiments.bundle import bundle
from engine.experiments.check import check
from engine.experiments.execute import execute, take_up
from engine.experiments.experiment import Experiment
from engine.experiments.open_bundle import open_bundle
from engine.experiments.script import script
from engine.experiments.status import Process
from engine.experiments.store import Store
from engine.training import Training
from engine.training.prune import Prune
from engine.training.stage import Stage
from engine.whole_file import VARIABLE

SMALL = Experiment(
    wiring=RandomWiring(units=24, density=0.4),
    training=Training(steps=6, batch=8, evaluate_every=4, evaluation_trials=20, device="cpu"),
).with_value("seeds.networks", 2)
PRUNED = SMALL.with_value(
    "training.stages", (Stage(name="grow", steps=3), Stage(name="prune", steps=9, prune=(Prune(density=0.5),)))
)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A store with one run that was pruned."""
    store = Store(tmp_path_factory.mktemp("store"))
    return store, finished(store, PRUNED)


def finished(store, experiment):
    run = store.create(experiment)
    assert take_up(run, Process.this())
    for _ in execute(run):
        pass
    assert run.status().state == "done"
    return run


def begun(kept, **changes):
    store, run = kept
    values = {f"weights.{name}": value for name, value in changes.items() if name != "task"}
    task = {"task.kind": changes["task"]} if "task" in changes else {}
    experiment = SMALL.with_values({"weights.kind": "from_run", "weights.run": run.id, **values, **task})
    return experiment, experiment.network(store=store.path)


def test_the_history_and_the_status_tell_of_stages_and_of_pruning(kept):
    history, status = kept[1].history(), kept[1].status()
    assert history.stages == ((0, "grow"), (4, "prune"))
    assert (status.stage, status.steps) == ("prune", 12)
    told = history.pruned[0]
    assert (told["step"], told["stage"]) == (4, "prune")
    assert told["retrained"] == history.evaluation_loss[-1].tolist()
    assert told["realised"] == pytest.approx(told["requested"], abs=0.01)


def test_it_begins_where_the_run_ended_and_what_was_pruned_stays_absent(kept):
    experiment, network = begun(kept)
    saved = kept[1].weights()
    assert all(torch.equal(network.lawful_weights()[name], saved[name]) for name in saved)
    list(experiment.train(network))
    assert not network.W_rec[saved["allowed.W_rec"] == 0].any()


def test_all_networks_may_begin_with_one_and_with_an_earlier_snapshot(kept):
    _, network = begun(kept, network=2, step=3)
    source = kept[1].weights(3)["W_rec"][1]
    assert torch.equal(network.W_rec[0], source)
    assert torch.equal(network.W_rec[1], source)


def test_input_and_readout_may_be_drawn_anew_for_another_task(kept):
    # bio 9.11: neither precision nor channels fit the new task
    with pytest.raises(Invalid, match="3 inputs, but the task has") as fault:
        begun(kept, task="context_decision")
    assert fault.value.address == "weights.input"
    _, network = begun(kept, task="context_decision", input="replace", readout="replace")
    assert torch.equal(network.W_rec, kept[1].weights()["W_rec"])


def test_what_does_not_fit_is_one_sentence(kept):
    store, _ = kept
    good = begun(kept)[0]
    for changes, address, said in (
        ({"weights.run": ""}, "weights.run", "No run is named"),
        ({"weights.run": "../etc"}, "weights.run", "no id of a run"),
        ({"weights.run": "r_250131_120000_abcde"}, "weights.run", "is not in"),
        ({"weights.step": 7}, "weights.step", "no snapshot of step 7"),
        ({"weights.network": 3}, "weights.network", "no network 3"),
        ({"seeds.networks": 3}, "weights.network", "2 networks, but this experiment has 3"),
        ({"wiring.units": 25}, "weights.run", "24 units, but this network has 25"),
        ({"seeds.wiring": 5}, "weights.run", "do not fit"),
    ):
        with pytest.raises(Invalid, match=said) as fault:
            check(good.with_values(changes), store=store.path)
        assert fault.value.address == address


def test_a_bundle_brings_the_weights_of_the_run_that_it_began_with(kept, tmp_path, monkeypatch):
    store, _ = kept
    experiment, network = begun(kept, network=2, step=3)
    made = bundle(finished(store, experiment), tmp_path)
    monkeypatch.setenv(VARIABLE, str(tmp_path / "elsewhere"))
    with pytest.raises(Invalid, match="is not in"):
        experiment.network()
    opened = open_bundle(made)
    assert opened == experiment
    check(opened)
    assert torch.equal(opened.network().W_rec, network.W_rec)
    spoilt = tmp_path / "spoilt.zip"
    with zipfile.ZipFile(spoilt, "w") as archive:
        archive.writestr("experiment.json", experiment.with_value("weights.step", 4).model_dump_json())
        archive.writestr("begins_with.safetensors", b"no tensors")
    with pytest.raises(Invalid, match="damaged"):
        open_bundle(spoilt)


def test_script_and_bundle_say_that_they_need_the_run(kept, tmp_path):
    store, run = kept
    experiment, _ = begun(kept)
    assert f"run {run.id}" in script(experiment)
    compile(script(experiment), "script", "exec")
    made = bundle(finished(store, experiment), tmp_path)
    assert f"weights of run {run.id}" in zipfile.ZipFile(made).read("README.txt").decode()
    assert "It begins with" not in script(SMALL)
