"""Sweeps: every point is checked, points of one shape train together as they would alone, and work goes on."""

import json
import math

import numpy as np
import pytest
import torch

from engine.component import Invalid
from engine.experiments.carry_out import recipe
from engine.experiments.run import Run
from engine.experiments.sweep import Axis, Sweep
from engine.experiments.sweep_folder import FILE, SweepFolder, keep, open_sweep
from engine.experiments.sweep_groups import check, groups
from engine.experiments.sweep_summary import best, summary
from engine.experiments.sweepable import sweepable
from tests.engine.small_experiment import small_experiment

NORMS = ({"kind": "weight_norm", "weight": 0.01}, {"kind": "firing_rate", "weight": 0.1})
RATE, WEIGHT = "training.optimiser.learning_rate", "training.objectives.0.weight"


def sweep(*over: str, seeds: int = 2, **changes) -> Sweep:
    quiet = {"dynamics__state_noise": 0.0, "training__objectives": NORMS, **changes}
    return Sweep(experiment=small_experiment(**quiet), axes=tuple(map(Axis.parse, over)), seeds=seeds)


def learned(experiment):
    network = experiment.network()
    list(experiment.train(network))
    return network.lawful_weights()


def test_the_grid_has_every_combination_once_and_whole_numbers_where_they_must_be():
    found = sweep("wiring.units=lin:8:12:3", f"{RATE}=log:1e-4:1e-2:3", "dynamics.activation=tanh,relu")
    points = found.points()
    assert [p.values for p in points[:3]] == [(8, 1e-4, "tanh"), (8, 1e-4, "relu"), (8, 1e-3, "tanh")]
    assert len({p.values for p in points}) == len(points) == 18
    assert points[-1].experiment.value_at("wiring.units") == 12
    assert {p.experiment.seeds.networks for p in points} == {2}
    assert Sweep.read(json.loads(found.model_dump_json())) == found
    assert [p.values for p in sweep("training.clip_norm=none,1").points()] == [("none",), (1,)]


@pytest.mark.parametrize(
    ("over", "said"),
    [
        (["wiring.unitz=1,2"], "There is no parameter 'wiring.unitz'. Did you mean 'wiring.units'"),
        (["dynamics.activation=tanh,relux"], "At dynamics.activation = relux: .*should be"),
        (["dynamics.tau_ms=100,20", "dt_ms=10,50"], "At dynamics.tau_ms = 20, dt_ms = 50: A time step of 50 ms"),
        (["task.kind=go_nogo,flip_flop", "task.bits=2,3"], "At task.kind = go_nogo, task.bits = 2: There is no param"),
        ([f"{WEIGHT}=1,2", f"{WEIGHT}=3,4"], "is swept twice"),
        (["seeds.networks=1,2"], "cannot be swept"),
        (["wiring.units=lin:1:900:200", "dynamics.tau_ms=60,70,80"], "600 points, but at most 400"),
        (["dynamics.tau_ms=lin:1:2"], "write lin:FROM:TO:POINTS"),
        (["dynamics.tau_ms"], "is no ADDRESS=VALUES"),
    ],
)
def test_what_cannot_be_is_one_sentence_that_names_the_point_before_anything_runs(over, said):
    with pytest.raises(Invalid, match=said):
        check(found := sweep(*over), groups(found))


@pytest.mark.parametrize(
    "over",
    [
        [f"{WEIGHT}=0,0.1,1"],
        [f"{RATE}=1e-3,1e-2,1e-1"],
        ["constraints.dales_law.method=off,magnitude", "weights.spectral_radius=0.5,1.5"],
        ["weights.kind=normal,orthogonal", "constraints.connection_mask.keep=true,false"],
    ],
    ids=lambda over: " ".join(over),
)
def test_points_of_one_population_learn_as_in_runs_of_their_own_and_begin_as_pairs(over):
    found = sweep(*over, training__steps=6, training__evaluate_every=6, training__evaluation_trials=2)
    (together,) = groups(found)
    trained, begun = learned(together.experiment), together.experiment.network().lawful_weights()
    for place, point in enumerate(together.points):
        alone = learned(point.experiment)
        for name in alone:
            own = trained[name][2 * place : 2 * place + 2]
            torch.testing.assert_close(own, alone[name], rtol=1e-4, atol=2e-6)
            first = point.experiment.network().lawful_weights()[name]
            assert torch.equal(begun[name][2 * place : 2 * place + 2], first), name


def test_a_rate_so_large_that_a_step_overflows_leaves_the_networks_of_other_points_as_they_are_alone():
    found = sweep(f"{RATE}=0.01,0.02,1e38", training__steps=3, training__objectives=())
    first, second, huge = found.points()
    assert [[p.number for p in group.points] for group in groups(found)] == [[0, 1], [2]]
    together, begun = (
        learned(groups(found)[0].experiment)["W_rec"],
        first.experiment.network().lawful_weights()["W_rec"],
    )
    for k, point in enumerate((first, second)):
        torch.testing.assert_close(together[2 * k : 2 * k + 2], learned(point.experiment)["W_rec"])
        assert (together[2 * k : 2 * k + 2] != begun).any()
    network = huge.experiment.network()
    assert bool([*huge.experiment.train(network)][-1].diverged.all())


@pytest.mark.parametrize(
    "changes",
    [
        {"dynamics__state_noise": 0.1},
        {"training__patience": 3},
        {"dynamics__initial_bias": "normal"},
        {"training__differences": ({"networks": (1,), "freeze": ("bias",)},)},
    ],
    ids=str,
)
def test_points_whose_networks_would_feel_their_number_or_each_other_are_runs_of_their_own(changes):
    found = groups(sweep(f"{RATE}=1e-3,1e-2", **changes))
    assert [len(group.points) for group in found] == [1, 1]
    assert [group.experiment for group in found] == [group.points[0].experiment for group in found]


@pytest.mark.parametrize(
    ("over", "word"),
    [
        (f"{WEIGHT}=0.1,1", {"lowers": "own", "objectives": ({"kind": "weight_norm", "weight": 50.0},)}),
        ("constraints.dales_law.method=projection,magnitude", {"dales_law": "off"}),
        ("constraints.connection_mask.keep=true,false", {"connection_mask": "off"}),
    ],
)
def test_what_a_stage_says_itself_holds_at_every_point_as_it_would_alone(over, word):
    stages = ({"kind": "gradient", "steps": 3}, {"kind": "gradient", "steps": 3, **word})
    found = groups(sweep(over, training__stages=stages))
    assert [group.experiment for group in found] == [group.points[0].experiment for group in found]
    assert len(groups(sweep(over, training__stages=stages[:1] * 2))) == 1


def test_large_sweeps_are_cut_into_populations_and_a_point_without_any_weight_can_be_trained_alone():
    assert [len(g.points) for g in groups(sweep(f"{RATE}=log:1e-4:1:20", seeds=8))] == [8, 8, 4]
    single = ({"kind": "weight_norm", "weight": 0.01},)
    found = sweep(f"{WEIGHT}=0,1", training__objectives=single, training__patience=3)
    check(found, groups(found))


def test_a_sweep_goes_on_where_it_was_left_and_comes_to_the_same_numbers(tmp_path):
    found = sweep(
        f"{RATE}=1e-3,1e3", "dynamics.activation=relu,tanh", training__steps=12, training__evaluation_trials=4
    )
    whole, left = keep(tmp_path / "whole", found), keep(tmp_path / "left", found)
    list(whole.run())
    for stand in left.run():
        assert len(left.table()) in (0, 4, 8)  # whoever looks, even before the first evaluation
        if stand.number == 1 and stand.step >= 5:  # in the second group
            break
    assert left.done == 1
    assert set(left.table()["done"]) == {0, 1}
    again = open_sweep(left.folder)
    steps = [stand.step for stand in again.run() if stand.part == again.parts[1].name and stand.said and stand.step]
    assert min(steps) >= 5
    columns = [
        "point",
        RATE,
        "dynamics.activation",
        "seed",
        "loss",
        "accuracy",
        "spectral_radius",
        "diverged",
        "network",
    ]
    assert again.table()[columns].equals(whole.table()[columns])
    assert len((tmp_path / "whole" / "networks.csv").read_text().splitlines()) == 9
    assert [stand.part for stand in again.run()] == [""]
    with pytest.raises(Invalid, match="holds another sweep"):
        keep(left.folder, sweep("dynamics.tau_ms=60,70"))
    (left.folder / FILE).write_text("{")
    with pytest.raises(Invalid, match="truncated or not JSON"):
        open_sweep(left.folder)


def test_a_row_is_what_its_network_came_to_and_diverged_ones_count_in_no_mean(tmp_path):
    kept = keep(tmp_path, sweep(f"{RATE}=1e-2,1e30", training__objectives=()))
    list(kept.run())
    table = kept.table()
    runs = [Run(tmp_path / "runs" / recipe(part)) for part in kept.parts]
    for row in table.to_dict("records"):
        run = runs[row["point"]]
        assert row["run"] == str(run.folder)
        weights = run.weights()["W_rec"].double().numpy()
        radius = abs(np.linalg.eigvals(weights[row["network"] - 1])).max()
        assert row["diverged"] or row["spectral_radius"] == pytest.approx(radius)
    points = summary(table, kept.sweep.addresses)
    assert points["n"].tolist() == [2, 0]
    assert points["diverged"].tolist() == [0, 2]
    losses = table["loss"][:2].to_numpy()
    half = 12.7062 * losses.std(ddof=1) / math.sqrt(2)  # Student's t of one degree of freedom
    assert points["loss"][0] == pytest.approx(losses.mean())
    assert points["loss_high"][0] == pytest.approx(losses.mean() + half, rel=1e-4)
    assert math.isnan(points["loss"][1])
    assert best(points, "loss") == 0


def test_what_can_be_swept_has_values_that_the_experiment_accepts():
    experiment = small_experiment(training__objectives=NORMS)
    found = sweepable(experiment)
    addresses = {one.address for one in found}
    assert {RATE, WEIGHT, "dynamics.activation", "wiring.units", "constraints.dales_law.method"} <= addresses
    assert not any(a.startswith(("training.differences", "seeds.networks")) for a in addresses)
    for one in found:
        axis = Axis.parse(f"{one.address}={one.proposed}")
        assert axis.values(experiment), one.address
    assert SweepFolder(None, Sweep()).sweep.seeds == 3
