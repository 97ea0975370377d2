"""Every objective: finite, differentiable, of one network alone, told in one sentence where it cannot be."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.component import Component, Invalid, parameters
from engine.experiments.check import check
from engine.experiments.experiment import Experiment
from engine.training.objectives import OBJECTIVES
from engine.training.objectives.aim import Aim
from engine.training.objectives.communicability_cost import CommunicabilityCost
from engine.training.objectives.earth_mover import EarthMover
from engine.training.objectives.firing_rate import FiringRate
from engine.training.objectives.hebbian import Hebbian
from engine.training.objectives.metabolic_cost import MetabolicCost
from engine.training.objectives.orthogonality import Orthogonality
from engine.training.objectives.participation_ratio import ParticipationRatio
from engine.training.objectives.population_kl import PopulationKL
from engine.training.objectives.rate_spread import RateSpread
from engine.training.objectives.spatially_embedded import SpatiallyEmbedded
from engine.training.objectives.task_loss import TaskLoss
from engine.training.objectives.weight_norm import WeightNorm
from engine.training.objectives.wiring_cost import WiringCost
from tests.engine.objectives import EPOCHS, connectome, cost, evidence, trials, with_given
from tests.engine.small_experiment import small_experiment
from tests.engine.small_networks import small_network

GRADIENTS = ("W_in", "W_rec", "W_out", "rates")
PLACES = [
    {"coordinates": mode, "power": 1.5, "of_self": 0.1} for mode in ("grid", "measured_um", "min_max", "scrambled")
]
VARIANTS = [
    *(made() for made in OBJECTIVES),
    *(WeightNorm(matrix=m, norm=n, per=p) for m in ("W_in", "all") for n in ("l1", "l2", "frobenius") for p in
      ("sum", "weight")),
    FiringRate(norm="l1", target=0.3, units="area:left", epochs=("delay",)),
    *(RateSpread(measure=measure) for measure in ("cv", "cv_signed", "mean_ad", "max_ad")),
    MetabolicCost(exponent=1.5, synaptic=0.3, units="area:right"),
    Hebbian(units="sign:E"),
    PopulationKL(units="area:left", against="area:right"),
    PopulationKL(symmetric=False, epochs=("stimulus", "response")),
    ParticipationRatio(seek="many"),
    Orthogonality(matrix="W_out", vectors="onto_each"),
    *(WiringCost(distance=place) for place in PLACES),
    CommunicabilityCost(exponent=2),
    SpatiallyEmbedded(exponent=1.5, distance=PLACES[1]),
    SpatiallyEmbedded(detached=True),
    EarthMover(version="as_published"),
]  # fmt: skip


def named(objective: Component) -> str:
    return "-".join(map(str, [objective.kind, *objective.changes().values()]))


@pytest.mark.parametrize("made", OBJECTIVES, ids=lambda made: made.__name__)
def test_an_objective_has_title_source_help_and_sensible_defaults_and_comes_back_from_json(made):
    assert made.title
    assert made.source
    assert made.__doc__
    for parameter in parameters(made()):
        assert parameter.help, parameter.address
        if parameter.typical and isinstance(parameter.default, int | float):
            assert parameter.typical.low <= parameter.default <= parameter.typical.high, parameter.address
        assert made().with_value(parameter.address, parameter.value) == made()
    experiment = Experiment().with_value("training.objectives", (made(weight=0.3),))
    assert Experiment.read(experiment.model_dump_json()) == experiment
    assert Experiment.from_link(experiment.to_link()) == experiment


@pytest.mark.parametrize("objective", VARIANTS, ids=named)
def test_the_gradient_is_that_of_the_cost(objective):
    found = with_given(objective, evidence())
    tensors = [getattr(found, name) for name in GRADIENTS]

    def of(*values: torch.Tensor) -> torch.Tensor:
        return objective.cost(replace(found, **dict(zip(GRADIENTS, values, strict=True))))

    if getattr(objective, "detached", False):
        pytest.skip("its communicability has no gradient by choice")
    assert torch.autograd.gradcheck(of, tensors)


@pytest.mark.parametrize("objective", VARIANTS, ids=named)
def test_a_network_never_feels_its_neighbours_not_even_if_they_are_not_numbers(objective):
    together, alone = evidence(networks=3), evidence(networks=3)
    values = {name: getattr(together, name).detach().clone() for name in GRADIENTS}
    for value in values.values():
        value[1] = torch.nan
    ill = replace(together, **{name: value.requires_grad_() for name, value in values.items()})
    costs, healthy = cost(objective, ill), cost(objective, alone)
    torch.testing.assert_close(costs[[0, 2]], healthy[[0, 2]], rtol=1e-12, atol=0)
    costs.sum().backward()
    healthy.sum().backward()
    for name in GRADIENTS:
        found, wanted = values[name].grad, getattr(alone, name).grad
        assert (found is None) == (wanted is None)
        if found is not None:
            torch.testing.assert_close(found[[0, 2]], wanted[[0, 2]], rtol=1e-10, atol=1e-14)


def silent(found):
    return {"rates": torch.zeros_like(found.rates)}


def half_silent(found):
    return {"rates": found.rates.detach() * (torch.arange(8) < 4)}


def signed(found):
    return {"rates": torch.tanh(torch.randn(found.rates.shape, generator=torch.Generator().manual_seed(3))).double()}


def no_weights(found):
    return {name: torch.zeros_like(getattr(found, name)) for name in ("W_in", "W_rec", "W_out")}


def dead_ends(found):
    return {"W_rec": found.W_rec.detach() * (torch.arange(8) < 5)}


@pytest.mark.parametrize("objective", VARIANTS, ids=named)
@pytest.mark.parametrize("state", [silent, half_silent, signed, no_weights, dead_ends])
def test_silent_neurons_signed_rates_and_absent_weights_give_numbers_and_gradients(objective, state):
    found = evidence()
    found = replace(found, **state(found))
    values = {name: getattr(found, name).detach().float().requires_grad_() for name in GRADIENTS}
    found = with_given(objective, replace(found, **values))
    floats = {k: v.float() if v.is_floating_point() else v for k, v in found.given.items()}
    costs = objective.cost(replace(found, given=floats))
    assert costs.isfinite().all()
    if not costs.requires_grad:
        return
    costs.sum().backward()
    assert all(v.grad is None or v.grad.isfinite().all() for v in values.values())


@pytest.mark.parametrize("objective", VARIANTS, ids=named)
@pytest.mark.parametrize("scaling", ["fixed", "relative"])
def test_every_objective_trains_a_population(objective, scaling):
    network = small_network(connectome(), networks=2, dtype=torch.float32)
    objective = objective.with_values({"scaling": scaling, "weight": 0.1})
    aim = Aim(TaskLoss(), (objective,), network, EPOCHS, "training.objectives")
    reached = aim.reached(trials(), 0, 0)
    reached.total.sum().backward()
    assert reached.total.shape == (2,)
    assert all(p.grad is None or p.grad.isfinite().all() for p in network.parameters())
    added = (reached.total - reached.task_loss).detach()
    size = reached.costs[objective.kind].detach() if scaling == "fixed" else reached.task_loss.detach()
    torch.testing.assert_close(
        added, torch.where(reached.costs[objective.kind] == 0, 0, 0.1 * size), rtol=1e-4, atol=1e-5
    )


REFUSED = [
    ({"kind": "wiring_cost", "distance": {"coordinates": "measured_um"}}, "1.distance.coordinates", "no coordinates"),
    ({"kind": "spatially_embedded", "distance": {"grid": [3, 3]}}, "1.distance.grid", "3 x 3 does not hold exactly 20"),
    ({"kind": "firing_rate", "units": "area:V9"}, "1.units", "no area 'V9'"),
    ({"kind": "entropy", "epochs": ["dely"]}, "1.epochs", "no epoch 'dely'.*Did you mean 'delay'"),
    ({"kind": "state_prediction", "lag_ms": 1e5}, "1.lag_ms", "shorten the lag"),
    ({"kind": "population_kl", "units": "unit:u1", "against": "unit:u2|unit:u3"}, "1.against", "compared in pairs"),
    ({"kind": "population_kl", "against": "area:V9"}, "1.against", "no area 'V9'"),
]  # fmt: skip


@pytest.mark.parametrize(("objective", "where", "said"), REFUSED, ids=[r[1] + r[0]["kind"] for r in REFUSED])
def test_what_an_objective_lacks_is_said_in_one_sentence_before_anything_runs(objective, where, said):
    experiment = Experiment().with_values(
        {"wiring.kind": "random", "wiring.units": 20, "training.objectives": [{"kind": "weight_norm"}, objective]}
    )
    with pytest.raises(Invalid, match=said) as caught:
        check(experiment)
    assert caught.value.address == f"training.objectives.{where}"
    assert "\n" not in str(caught.value)
    with pytest.raises(Invalid, match=said):
        next(experiment.train(experiment.network()))


def test_units_without_coordinates_are_missed_too():
    found = connectome()
    found.positions_um[3] = np.nan
    with pytest.raises(Invalid, match="Some units of this wiring have no coordinates"):
        WiringCost(distance={"coordinates": "min_max"}).given(found, EPOCHS, "here")


@pytest.mark.parametrize(
    ("changes", "address"),
    [
        ({"training.objectives": [{"kind": "hebbian", "weight": 0}]}, "training.objectives.0.weight"),
        ({"training.task_loss.over": "epochs"}, "training.task_loss.epochs"),
        ({"training.task_loss": {"over": "epochs", "epochs": ["delay"]}}, "training.task_loss.epochs"),
        ({"training.task_loss": {"over": "epochs", "epochs": ["nap"]}}, "training.task_loss.epochs"),
        ({"task.kind": "flip_flop", "training.task_loss.form": "cross_entropy"}, "training.task_loss.form"),
        ({"wiring.kind": "random", "wiring.units": 20, "wiring.density": 0,
          "training.objectives": [{"kind": "earth_mover"}]}, "training.objectives.0"),
    ],
)  # fmt: skip
def test_aims_without_effect_and_losses_that_do_not_fit_the_task_are_refused(changes, address):
    with pytest.raises(Invalid) as caught:
        check(Experiment().with_values(changes))
    assert caught.value.address == address


def test_an_objective_that_is_switched_off_is_as_if_it_were_not_listed_and_the_others_keep_their_names():
    off = WeightNorm(active=False)
    lists = {"without": (WeightNorm(weight=0.1),), "with": (off, WeightNorm(weight=0.1)), "none": (off,)}
    told = {}
    for name, listed in lists.items():
        experiment = small_experiment(training__objectives=listed, training__steps=3)
        check(experiment)
        *_, told[name] = experiment.train(experiment.network())
    assert torch.equal(told["with"].loss, told["without"].loss)
    assert list(told["with"].costs) == ["total", "task", "weight_norm_2"]
    assert not told["none"].costs
    lacking = {"kind": "wiring_cost", "distance": {"coordinates": "measured_um"}, "active": False}
    check(Experiment().with_value("wiring.kind", "random").with_value("training.objectives", [lacking]))
