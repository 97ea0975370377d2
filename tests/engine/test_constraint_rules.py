"""Rules for synapses and cell types, random projections, and the selectors that pick units."""

import numpy as np
import pytest
import torch

from engine.component import Invalid, parameters
from engine.connectomes import RandomWiring, selectors
from engine.constraints import Constraints, SynapseRule, TargetRule
from engine.constraints.terms import Bearer
from engine.experiments.experiment import Experiment
from tests.engine.small_networks import laws, small_connectome, small_network

NAMES = {"inputs": ("stimulus", "context", "go"), "outputs": ("left", "right")}


def bound(*rules, method="projection", targets=(), **options):
    constraints = laws(method).with_values({"rules": rules, "target_rules": targets})
    return constraints.bind(small_connectome(), **NAMES, **options)


def full(law, side, shape=(12, 12)):
    return getattr(law, side).expand(shape)


@pytest.mark.parametrize(
    ("selector", "picked"),
    [
        ("all", range(12)),
        ("area:left", range(6)),
        ("type:I", [3, 7, 11]),
        ("sign:E", [0, 1, 2, 4, 5, 6, 8, 9, 10]),
        ("unit:unit 3", [3]),
        ("unit:unit 3 | type:E|unit:unit 3", [0, 1, 2, 3, 4, 5, 6, 8, 9, 10]),
        ("hemisphere:north", [0]),
    ],
)
def test_a_selector_picks_units_by_area_type_name_sign_and_label(selector, picked):
    connectome = small_connectome().but(labels={"hemisphere": ("north",) + ("south",) * 11})
    assert np.flatnonzero(selectors.units(connectome, selector)).tolist() == list(picked)


def test_a_selector_picks_channels_by_name_and_by_number():
    names = ("stimulus", "go", "0")
    assert selectors.channels(names, "input", "input:go").tolist() == [False, True, False]
    assert selectors.channels(names, "input", "input:1|input:stimulus").tolist() == [True, True, False]
    assert selectors.channels(names, "input", "input:0").tolist() == [False, False, True]  # a name goes before a number


@pytest.mark.parametrize(
    ("matrix", "field", "selector", "said"),
    [
        ("W_rec", "pre", "area:lft", "no area 'lft'. Did you mean 'left'"),
        ("W_rec", "post", "tipe:E", "picks nothing.*Did you mean 'type'"),
        ("W_rec", "pre", "", "picks nothing"),
        ("W_in", "pre", "input:stimulis", "Did you mean 'stimulus'"),
        ("W_in", "pre", "unit:unit 3", "picks nothing"),
        ("W_out", "post", "output:5", "no output '5'"),
        ("bias", "pre", "type:E", "bias has no source"),
    ],
)
def test_an_unknown_name_in_a_rule_is_said_at_its_own_address(matrix, field, selector, said):
    rule = SynapseRule(matrix=matrix, exists=True, **{field: selector})
    with pytest.raises(Invalid, match=said) as fault:
        bound(SynapseRule(), rule)
    assert fault.value.address == f"constraints.rules.1.{field}"


def test_rules_lay_down_existence_sign_and_limits_of_chosen_synapses_only():
    mask = torch.from_numpy(small_connectome().mask)
    law = bound(
        SynapseRule(pre="area:left", post="area:right", exists=True, sign="inhibitory", low=-0.5),
        SynapseRule(pre="unit:unit 0", post="all", sign="free"),
        SynapseRule(pre="unit:unit 1", exists=False),
    )["W_rec"]
    low, high = full(law, "low"), full(law, "high")
    assert (low[6:, 2:6] == -0.5).all()
    assert (high[6:, 2:6] == 0).all()
    assert (low[6:, 0] == -0.5).all()
    assert torch.isinf(high[6:, 0]).all()
    assert ((high[:6, 0] > 0) == mask[:6, 0]).all()
    assert (low[:, 1] == 0).all()
    assert (high[:, 1] == 0).all()
    untouched = bound()["W_rec"]
    assert torch.equal(low[:, 6:], full(untouched, "low")[:, 6:])


def test_a_later_rule_overrides_an_earlier_one_property_by_property():
    law = bound(
        SynapseRule(matrix="W_in", exists=False),
        SynapseRule(matrix="W_in", low=-1, high=1),
        SynapseRule(matrix="W_in", pre="input:stimulus", post="area:left", exists=True, high=2),
    )["W_in"]
    high = full(law, "high", (12, 3))
    assert high[:, 0].tolist() == [2.0] * 6 + [0.0] * 6
    assert (high[:, 1:] == 0).all()
    assert full(law, "low", (12, 3))[0, 0] == -1


def test_input_groups_to_units_and_units_to_readout_groups_are_rules():
    table = {"stimulus": "area:left", "go": "area:right"}
    rules = [SynapseRule(matrix="W_in", exists=False), SynapseRule(matrix="W_out", exists=False)]
    rules += [SynapseRule(matrix="W_in", pre=f"input:{name}", post=area, exists=True) for name, area in table.items()]
    rules += [SynapseRule(matrix="W_out", pre="type:E", post="output:left", exists=True)]
    network = small_network(constraints=Constraints(rules=rules), inputs=NAMES["inputs"], outputs=NAMES["outputs"])
    present = (network.W_in[0] != 0).tolist()
    assert [row == [True, False, False] for row in present] == [k < 6 for k in range(12)]
    assert [row == [False, False, True] for row in present] == [k >= 6 for k in range(12)]
    read = (network.W_out[0] != 0).tolist()
    assert read[0] == (small_connectome().signs > 0).tolist()
    assert not any(read[1])


def test_limits_and_signs_hold_for_biases_too():
    rules = (
        SynapseRule(matrix="bias", post="type:I", low=0.1, high=0.2),
        SynapseRule(matrix="bias", post="area:left", plasticity=0),
        SynapseRule(matrix="bias_out", post="output:right", exists=False),
    )
    network = small_network(constraints=Constraints(rules=rules), inputs=3, outputs=NAMES["outputs"])
    start = network.bias[0].detach().clone()
    torch.testing.assert_close(start[3], torch.tensor(0.1, dtype=torch.float64))
    with torch.no_grad():
        network.bias += 5
        network.bias_out += 5
    beyond = network.violations_by_matrix()
    assert beyond["bias"].tolist() == [8]  # the 6 frozen ones on the left, and 2 more I beyond their limit
    assert beyond["bias_out"].tolist() == [1]
    assert network.lawful_weights()["bias_out"][0, 1] == 0
    network.after_step()
    assert network.bias[0, 7] == network.bias[0, 11] == torch.tensor(0.2).double()
    assert network.bias_out[0].tolist() == [5, 0]


@pytest.mark.parametrize(
    ("rules", "what", "index"),
    [
        ([SynapseRule(low=1, high=-1)], "W_rec from unit", 0),
        ([SynapseRule(), SynapseRule(sign="excitatory", high=-0.5), SynapseRule(matrix="W_in", low=0)], "W_rec", 1),
        ([SynapseRule(pre="type:I", low=0.5)], "at least 0.5 and at most 0", 0),
        ([SynapseRule(matrix="bias", low=1, high=0)], "bias of unit 0", 0),
        ([SynapseRule(matrix="W_in", post="unit:unit 2", low=1, high=0)], "W_in from stimulus to unit 2|W_in", 0),
    ],
)
def test_rules_that_leave_no_lawful_weight_are_explained_at_the_rule(rules, what, index):
    with pytest.raises(Invalid, match=what) as fault:
        bound(*rules)
    assert fault.value.address == f"constraints.rules.{index}"


@pytest.mark.parametrize(("matrix", "said"), [("W_in", "receives the input"), ("W_out", "is read out")])
def test_rules_that_cut_the_network_off_are_refused(matrix, said):
    with pytest.raises(Invalid, match=said) as fault:
        bound(SynapseRule(matrix=matrix, exists=False))
    assert fault.value.address == "constraints.rules"


def test_long_range_projections_of_one_type_only_are_two_rules():
    targets = (TargetRule(allowed=False), TargetRule(from_type="E", to_type="I"))
    exists = bound(targets=targets)["W_rec"].exists
    connectome = small_connectome()
    excites = connectome.signs > 0
    between = np.array(connectome.areas)[:, None] != np.array(connectome.areas)[None, :]
    expected = connectome.mask & (~between | (excites[None, :] & ~excites[:, None]))
    assert (exists.numpy() == expected).all()
    assert (between & expected).any()


def test_a_rule_for_cell_types_makes_no_connection_and_knows_its_types():
    everywhere = bound(targets=(TargetRule(where="anywhere", allowed=True),))["W_rec"].exists
    assert (everywhere.numpy() == small_connectome().mask).all()
    within = bound(targets=(TargetRule(from_type="I", where="within_areas", allowed=False),))["W_rec"].exists
    assert not within[:6, 3].any()
    with pytest.raises(Invalid, match="'PV'") as fault:
        bound(targets=(TargetRule(), TargetRule(from_type="PV")))
    assert fault.value.address == "constraints.target_rules.1.from_type"


def test_random_inputs_and_readouts_have_their_sizes_and_need_not_overlap():
    chosen = Constraints().with_values(
        {"projections.input_fraction": 0.4, "projections.readout_fraction": 0.5, "projections.overlap": False}
    )

    def drawn(seed):
        law = chosen.bind(small_connectome(), seed=seed)
        return law["W_in"].exists[:, 0], law["W_out"].exists[0]

    receives, is_read = drawn(0)
    assert (int(receives.sum()), int(is_read.sum())) == (4, 6)  # floor of 4.8
    assert not (receives & is_read).any()
    assert all(torch.equal(a, b) for a, b in zip(drawn(0), drawn(0), strict=True))
    assert not torch.equal(drawn(1)[0], receives)


def test_more_readouts_than_units_without_input_are_refused():
    chosen = Constraints().with_values({"projections.input_fraction": 0.6, "projections.overlap": False})
    with pytest.raises(Invalid, match="only 5 of them") as fault:
        chosen.bind(small_connectome())
    assert fault.value.address == "constraints.projections.readout_fraction"
    apart = {"projections.input_areas": ["left"], "projections.readout_areas": ["right"], "projections.overlap": False}
    assert Constraints().with_values(apart).bind(small_connectome())


def test_the_random_part_of_the_projections_follows_the_seed_of_the_wiring():
    experiment = Experiment(wiring=RandomWiring(units=30)).with_value("constraints.projections.input_fraction", 0.3)
    connectome = experiment.connectome()

    def receives(experiment):
        return (experiment.network(connectome).W_in[0, :, 0] != 0).tolist()

    assert receives(experiment) == receives(experiment.with_value("seeds.weights", 5))
    assert receives(experiment) != receives(experiment.with_value("seeds.wiring", 5))


def test_the_sign_of_a_synapse_is_that_of_its_measured_weight_and_a_zero_is_free():
    connectome = small_connectome(signed=False)
    post, pre = (int(k) for k in np.argwhere(connectome.mask)[0])
    weights = connectome.weights.copy()
    weights[post, pre] = 0  # measured as present, of unknown strength and sign
    connectome = connectome.but(weights=weights)
    law = laws("projection").with_value("dales_law.sign_of", "synapse").bind(connectome)["W_rec"]
    assert ((law.high > 0) == torch.from_numpy((weights > 0) | (connectome.mask & (weights == 0)))).all()
    assert ((law.low < 0) == torch.from_numpy((weights < 0) | (connectome.mask & (weights == 0)))).all()
    assert torch.isinf(law.low[post, pre])
    assert torch.isinf(law.high[post, pre])


def test_rules_travel_as_json_and_every_field_has_help_and_an_address():
    constraints = Constraints(rules=(SynapseRule(exists=False),), target_rules=(TargetRule(),))
    assert Constraints.read(constraints.model_dump_json()) == constraints
    assert constraints.with_value("rules.0.low", -2).rules[0].low == -2
    assert all(p.help for part in (SynapseRule(), TargetRule()) for p in parameters(part))


def test_unused_rules_change_nothing_and_cost_no_tensor():
    plain = Constraints().bind(small_connectome())
    assert plain["W_in"].is_free is plain["bias"].is_free is True
    assert plain["W_rec"].plasticity is plain["W_rec"].held is None
    noop = bound(SynapseRule(), targets=(TargetRule(),))
    assert all(torch.equal(full(noop[m], side), full(plain[m], side)) for m in ("W_rec",) for side in ("low", "high"))
    names = {"W_in": (12, 3), "W_out": (2, 12), "bias": 12, "bias_out": 2}
    bearer = Bearer(small_connectome(), **NAMES)
    assert all(plain[matrix].low.numel() <= np.prod(shape) for matrix, shape in names.items())
    assert Constraints().terms("W_in", bearer).plasticity.shape == (1, 1)


@pytest.mark.parametrize("function", ["abs", "relu", "softplus", "exponential"])
def test_a_magnitude_keeps_limits_for_any_parameter_and_lets_free_synapses_be_their_own(function):
    rules = (
        SynapseRule(pre="unit:unit 0", exists=True, sign="free"),
        SynapseRule(pre="unit:unit 1", exists=True, low=0.1, high=0.5),
    )
    law = laws("magnitude", True, function).with_value("rules", rules).bind(small_connectome())["W_rec"]
    free = torch.randn(1, 12, 12, generator=torch.Generator().manual_seed(0)) * 3
    weights = law.lawful(free)
    assert torch.equal(weights[..., 0], free[..., 0])
    assert law.violations(weights).tolist() == [0]
    assert weights[..., 1].max() == torch.tensor(0.5)
    law.after_step(free)
    torch.testing.assert_close(law.lawful(free), weights)
    again = law.free(weights).requires_grad_()
    law.lawful(again)[..., :2].sum().backward()
    assert (again.grad[..., 0] == 1).all()
