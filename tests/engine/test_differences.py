"""Networks that differ in one population: each learns as it would if all were as it is."""

import math

import pytest
import torch

from engine.component import Invalid
from engine.connectomes import RandomWiring
from engine.constraints.synapse_rule import SynapseRule
from engine.experiments.check import check
from engine.experiments.experiment import Experiment
from engine.experiments.one_network import one_network
from engine.networks import Orthogonal, Uniform
from engine.training import Training
from engine.training.difference import Difference, ObjectiveWeight
from engine.training.objectives import (
    CommunicabilityCost,
    EarthMover,
    FiringRate,
    SpatiallyEmbedded,
    WeightNorm,
    WiringCost,
)
from engine.training.optimiser import Adam
from engine.training.prune import Prune
from engine.training.stage import ReadoutStage, Stage
from engine.training.trial_supply import FixedTrials

SMALL = Experiment(
    wiring=RandomWiring(units=24, density=0.4),
    training=Training(
        steps=6, batch=8, evaluate_every=3, evaluation_trials=20, device="cpu", optimiser=Adam(learning_rate=0.05),
        objectives=(WeightNorm(weight=1e-3), FiringRate(weight=0.1), CommunicabilityCost(weight=0.01)),
    ),
).with_value("seeds.networks", 3)  # fmt: skip
STAGES = (Stage(steps=3), Stage(steps=3, prune=(Prune(density=0.5),)), ReadoutStage(trials=20))
FIXED = {"training.trials": FixedTrials(trials=20)}
MATRICES = "W_in", "W_rec", "W_out", "bias", "bias_out"


def weigh(network: int = 2, **weights: float) -> Difference:
    own = (ObjectiveWeight(objective=name, weight=weight) for name, weight in weights.items())
    return Difference(networks=(network,), objectives=tuple(own))


def learned(experiment: Experiment) -> dict[str, torch.Tensor]:
    network = experiment.network()
    list(experiment.train(network))
    return network.lawful_weights()


CASES = {  # what is said of one network in a population, and what would be said of all
    "as all": ({}, {}),
    "an objective is off": (dict(weigh(weight_norm=0)), {"training.objectives.0.weight": 0.0}),
    "an objective of rates is off": (dict(weigh(firing_rate=0)), {"training.objectives.1.weight": 0.0}),
    "an objective weighs more": (dict(weigh(communicability_cost=0.3)), {"training.objectives.2.weight": 0.3}),
    "no Dale's law": ({"dales_law": "off"}, {"constraints.dales_law.method": "off"}),
    "another law": ({"dales_law": "magnitude"}, {"constraints.dales_law.method": "magnitude"}),
    "no mask": ({"connection_mask": "off"}, {"constraints.connection_mask.keep": False}),
    "another start": ({"weights": Orthogonal()}, {"weights": Orthogonal()}),
    "another start without Dale's law": (
        {"weights": Uniform(), "dales_law": "off"},
        {"weights": Uniform(), "constraints.dales_law.method": "off"},
    ),
    "other trials": ({"trial_seed": 7}, {"seeds.trials": 7}),
}  # fmt: skip


@pytest.fixture(scope="module", params=[{}, FIXED], ids=["fresh trials", "fixed trials"])
def mixed(request) -> tuple[Experiment, dict[str, torch.Tensor]]:
    """Ten networks, each set apart in its own way, after training; and the experiment without differences."""
    differences = [Difference(**{**said, "networks": (k + 1,)}) for k, (said, _) in enumerate(CASES.values())]
    plain = SMALL.with_values({"seeds.networks": len(CASES), **request.param})
    return plain, learned(plain.with_value("training.differences", tuple(differences)))


@pytest.mark.parametrize("case", CASES)
def test_a_network_learns_beside_others_bit_for_bit_as_if_all_were_as_it_is(mixed, case):
    plain, found = mixed
    k = list(CASES).index(case)
    as_all = learned(plain.with_values(CASES[case][1]))
    for name in MATRICES:
        assert torch.equal(found[name][k], as_all[name][k]), name


def test_every_difference_makes_a_difference(mixed):
    plain, found = mixed
    same = [torch.equal(a, b) for a, b in zip(found["W_rec"], learned(plain)["W_rec"], strict=True)]
    assert same == [True] + [False] * (len(CASES) - 1)


def test_a_network_that_takes_part_in_the_first_stage_only_is_as_after_it():
    staged = SMALL.with_value("training.stages", STAGES)
    mixed = learned(staged.with_value("training.differences", (Difference(networks=(2,), stages=(1,)),)))
    first, whole = learned(SMALL.with_value("training.stages", STAGES[:1])), learned(staged)
    for name in MATRICES:
        assert torch.equal(mixed[name][1], first[name][1]), name
        assert torch.equal(mixed[name][[0, 2]], whole[name][[0, 2]]), name
    assert (mixed["W_rec"][1] != 0).sum() > 1.5 * (mixed["W_rec"][0] != 0).sum()


def test_only_the_pruned_networks_are_told_as_pruned():
    staged = SMALL.with_value("training.stages", STAGES)
    experiment = staged.with_value("training.differences", (Difference(networks=(2,), stages=(1,)),))
    told = next(p.pruned[0] for p in experiment.train(experiment.network()) if p.pruned)
    assert [math.isnan(realised) for realised in told.realised] == [False, True, False]


def test_an_objective_that_is_off_in_a_network_is_not_computed_for_it_and_has_no_share():
    experiment = SMALL.with_value("training.differences", (weigh(communicability_cost=0),))
    *_, last = experiment.train(experiment.network())
    assert torch.isnan(last.costs["communicability_cost"]).tolist() == [False, True, False]
    assert (last.shares["communicability_cost"] == 0).tolist() == [False, True, False]
    assert last.costs["total"].isfinite().all()


def test_laws_that_differ_hold_at_every_step_and_are_saved_and_resumed():
    differences = (
        Difference(networks=(1,), dales_law="off", weights=Uniform()),
        Difference(networks=(2,), dales_law="magnitude", connection_mask="off"),
        Difference(networks=(3,), trial_seed=5, objectives=(ObjectiveWeight(objective="weight_norm", weight=0.0),)),
    )
    experiment = SMALL.with_values({"training.differences": differences, "training.stages": STAGES})
    network = experiment.network()
    reports = list(experiment.train(network))
    assert all((report.violations == 0).all() for report in reports)
    signs = network.connectome.mask * network.connectome.signs
    assert ((network.W_rec[2].detach().numpy() * signs) >= 0).all()
    assert ((network.W_rec[0].detach().numpy() * signs) < 0).any()
    saved = network.lawful_weights()
    loaded = experiment.network()
    loaded.load_lawful(saved)
    assert torch.equal(loaded.W_rec, network.W_rec)
    again = experiment.network()
    halfway = next(r for r in experiment.train(again) if r.step == 4).checkpoint()
    resumed = experiment.network()
    list(experiment.train(resumed, halfway))
    assert all(torch.equal(resumed.lawful_weights()[name], saved[name]) for name in saved)


def test_rules_for_some_biases_hold_beside_laws_that_differ():
    frozen = SynapseRule(matrix="bias", post="sign:E", plasticity=0.0)
    apart = (Difference(networks=(2,), dales_law="off"),)
    experiment = SMALL.with_values({"constraints.rules": (frozen,), "training.differences": apart})
    network = experiment.network()
    before = network.bias.detach().clone()
    assert all((report.violations == 0).all() for report in experiment.train(network))
    moved = network.bias.detach() != before
    excites = torch.from_numpy(network.connectome.signs > 0)
    assert not moved[:, excites].any()
    assert moved[:, ~excites].any(1).all()


def test_any_network_can_be_taken_out_of_its_population_under_the_laws_that_it_obeys():
    differences = (
        Difference(networks=(2,), dales_law="off", connection_mask="off", weights=Orthogonal()),
        Difference(networks=(3,), dales_law="magnitude"),
    )
    experiment = SMALL.with_value("training.differences", differences)
    network = experiment.network()
    list(experiment.train(network))
    inputs, saved = torch.randn(4, 6, network.W_in.shape[2]), network.lawful_weights()
    for k, wanted in enumerate(network(inputs).outputs):
        alone = one_network(experiment, {name: tensor[k] for name, tensor in saved.items()}, k)
        torch.testing.assert_close(alone(inputs).outputs[0], wanted)
        assert alone.violations().tolist() == [0]


def test_the_eleven_variants_of_the_microns_study_learn_in_one_population():
    """The order of the table; other distances stand for the measured ones."""
    far = {"distance.power": 2.0, "weight": 0}
    objectives = (
        WeightNorm(weight=0), WiringCost(weight=0), WiringCost().with_values(far), SpatiallyEmbedded(weight=0),
        SpatiallyEmbedded().with_values(far), EarthMover(weight=0),
    )  # fmt: skip
    wdc, wdc_real, wd, wd_real = "spatially_embedded", "spatially_embedded_2", "wiring_cost", "wiring_cost_2"
    own = [
        {wdc_real: 0.3}, {wdc_real: 0.3}, {wdc: 0.3}, {wd_real: 0.3}, {wd: 0.3}, {"weight_norm": 1.0},
        {wd_real: 0.3, "earth_mover": 0.1}, {wd_real: 0.3, "earth_mover": 0.1}, {wd: 0.3, "earth_mover": 0.1},
        {wdc_real: 0.3}, {wd_real: 0.3, "earth_mover": 0.1},
    ]  # fmt: skip
    bio = {0, 6, 8, 9, 10}
    differences = tuple(
        Difference(
            networks=(k + 1,),
            objectives=tuple(ObjectiveWeight(objective=name, weight=weight) for name, weight in mine.items()),
            **({} if k in bio else {"weights": Orthogonal(spectral_radius=None, balance="none")}),
        )
        for k, mine in enumerate(own)
    )
    experiment = SMALL.with_values(
        {"seeds.networks": 11, "constraints.dales_law.method": "off", "constraints.connection_mask.keep": False,
         "training.objectives": objectives, "training.differences": differences}
    )  # fmt: skip
    check(experiment)
    *_, last = experiment.train(experiment.network())
    assert last.costs["total"].isfinite().all()
    for k, mine in enumerate(own):
        there = {n for n, cost in last.costs.items() if n not in ("total", "task") and not math.isnan(cost[k])}
        assert there == set(mine), k


@pytest.mark.parametrize(
    ("difference", "values", "address", "said"),
    [
        (Difference(networks=(4,)), {}, "0.networks", "no network 4 in a population of 3"),
        (Difference(stages=(2,)), {}, "0.stages", "no stage 2 in a training of 1"),
        (weigh(firing_rat=1), {}, "0.objectives.0.objective", "Did you mean 'firing_rate'"),
        (weigh(firing_rate=1), {"training.objectives": ()}, "0.objectives.0.objective", "there is none"),
        (Difference(trial_seed=1), {"training.window_ms": 200.0}, "0.trial_seed", "windows"),
        (Difference(networks=(1, 2, 3), learning_rate=0), {}, "0.learning_rate", "No network would learn"),
        (
            Difference(dales_law="off"),
            {"constraints.dales_law.method": "faulty_late_projection_as_published"},
            "0.dales_law",
            "acts on all networks at once",
        ),
    ],
)
def test_a_difference_that_cannot_be_is_one_sentence_before_anything_runs(difference, values, address, said):
    experiment = SMALL.with_values({**values, "training.differences": (difference,)})
    with pytest.raises(Invalid) as fault:
        check(experiment)
    assert said in str(fault.value)
    assert fault.value.address == f"training.differences.{address}"


def test_a_network_can_begin_with_the_draw_of_another_one():
    experiment = SMALL.with_value("training.differences", (Difference(networks=(3,), draw=1),))
    begun, alone = experiment.network().lawful_weights(), SMALL.network().lawful_weights()
    for matrix in ("W_in", "W_rec", "W_out"):
        assert torch.equal(begun[matrix][2], alone[matrix][0])
        assert torch.equal(begun[matrix][:2], alone[matrix][:2])
