"""The laws of weights: they hold for any free parameters, before and after steps, in files and after loading."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from engine.component import Invalid, parameters
from engine.constraints import Constraints
from engine.constraints.terms import WEIGHTS
from tests.engine.small_networks import laws, small_connectome, small_network

WAYS = [
    ("projection", "abs", True),
    ("projection", "abs", False),
    ("magnitude", "abs", True),
    ("magnitude", "relu", True),
    ("magnitude", "softplus", True),
    ("magnitude", "abs", False),
    ("off", "abs", True),
    ("off", "abs", False),
]
each_way = pytest.mark.parametrize(("method", "magnitude", "keep"), WAYS)
any_weights = arrays.arrays(np.float32, (2, 12, 12), elements=st.floats(-1e6, 1e6, width=32))
few = settings(max_examples=25, deadline=None)


def breaks(W, connectome, method, keep):
    """Broken laws, counted without the code under test."""
    W, wrong = W.detach().numpy(), 0
    if method != "off":
        wrong += (W * connectome.signs[None, None, :] < 0).sum()
    if keep:
        wrong += (W[:, ~connectome.mask] != 0).sum()
    return int(wrong)


@each_way
@given(free=any_weights)
@few
def test_lawful_weights_obey_for_any_free_parameters(method, magnitude, keep, free):
    connectome = small_connectome()
    law = laws(method, keep, magnitude).bind(connectome)["W_rec"]
    lawful = law.lawful(torch.from_numpy(free))
    assert breaks(lawful, connectome, method, keep) == 0
    assert law.violations(lawful).tolist() == [0, 0]


@each_way
@given(free=any_weights)
@few
def test_projecting_twice_changes_nothing(method, magnitude, keep, free):
    law = laws(method, keep, magnitude).bind(small_connectome())["W_rec"]
    once = law.lawful(torch.from_numpy(free))
    again = law.lawful(law.free(once))
    if magnitude == "softplus":  # an inverse in floating point, and strengths below 1e-6 are out of its reach
        torch.testing.assert_close(again, once, rtol=1e-5, atol=2e-6)
    else:
        assert torch.equal(again, once)
        assert torch.equal(law.lawful(once), once)
    stepped = torch.from_numpy(free.copy())
    law.after_step(stepped)
    twice = stepped.clone()
    law.after_step(twice)
    assert torch.equal(stepped, twice)


@given(weights=any_weights)
@few
def test_violations_are_counted_one_by_one(weights):
    connectome = small_connectome()
    W = torch.from_numpy(weights)
    law = laws("projection").bind(connectome)["W_rec"]
    signs, mask = torch.from_numpy(connectome.signs), torch.from_numpy(connectome.mask)
    expected = (((W * signs) < 0) & mask | (W != 0) & ~mask).flatten(1).sum(1)
    assert law.violations(W).tolist() == expected.tolist()


@each_way
@given(seed=st.integers(0, 2**31), rate=st.floats(1e-4, 10))
@settings(max_examples=5, deadline=None)
def test_laws_hold_at_the_start_after_every_step_in_files_and_after_loading(method, magnitude, keep, seed, rate):
    connectome = small_connectome()
    constraints = laws(method, keep, magnitude).with_value("projections.input_areas", ["left"])
    network = small_network(connectome, constraints, networks=2, seed=seed, dtype=torch.float32)
    optimiser = torch.optim.SGD(network.parameters(), rate)
    rng = torch.Generator().manual_seed(seed)
    for _ in range(3):
        assert network.violations().tolist() == [0, 0]
        assert breaks(network.W_rec, connectome, method, keep) == 0
        optimiser.zero_grad()
        network(torch.randn(4, 5, 3, generator=rng)).outputs.square().mean().backward()
        optimiser.step()
        network.after_step()
    saved = network.lawful_weights()
    assert breaks(saved["W_rec"], connectome, method, keep) == 0
    assert (saved["W_in"][:, 6:] == 0).all()
    other = small_network(connectome, constraints, networks=2, seed=seed + 1, dtype=torch.float32)
    other.load_lawful(saved)
    assert other.violations().tolist() == [0, 0]
    for name, tensor in other.lawful_weights().items():
        torch.testing.assert_close(tensor, saved[name], rtol=1e-5, atol=1e-6 if magnitude == "softplus" else 0)


@pytest.mark.parametrize(("method", "magnitude"), [way[:2] for way in WAYS if way[2]])
def test_absent_synapses_have_no_gradient_and_never_move(method, magnitude):
    network = small_network(constraints=laws(method, True, magnitude))
    absent = ~torch.from_numpy(network.connectome.mask)
    before = network.free_W_rec.detach().clone()
    optimiser = torch.optim.Adam(network.parameters(), 0.1)
    for _ in range(3):
        optimiser.zero_grad()
        network(torch.randn(4, 5, 3)).outputs.square().mean().backward()
        assert (network.free_W_rec.grad[0][absent] == 0).all()
        assert (network.free_W_rec.grad[0][~absent] != 0).any()
        optimiser.step()
        network.after_step()
    assert torch.equal(network.free_W_rec[0][absent], before[0][absent])


@pytest.mark.parametrize("magnitude", ["abs", "relu", "softplus"])
def test_a_synapse_that_starts_at_zero_can_grow_under_every_magnitude(magnitude):
    law = laws("magnitude", True, magnitude).bind(small_connectome())["W_rec"]
    free = law.free(torch.zeros(1, 12, 12)).requires_grad_()
    law.lawful(free).sum().backward()
    assert (free.grad[0][torch.from_numpy(small_connectome().mask)] != 0).all()


def test_a_weight_of_the_wrong_sign_may_grow_again_after_projection():
    law = laws("projection").bind(small_connectome())["W_rec"]
    post, pre = next(zip(*np.nonzero(small_connectome().mask), strict=False))
    free = torch.zeros(1, 12, 12)
    free[0, post, pre] = -3.0 * float(small_connectome().signs[pre])
    law.after_step(free)
    assert free[0, post, pre] == 0
    free.requires_grad_()
    law.lawful(free)[0, post, pre].backward()
    assert free.grad[0, post, pre] == 1


@pytest.mark.parametrize("matrix", WEIGHTS)
def test_a_planted_violation_is_found_in_each_matrix(matrix):
    constraints = Constraints().with_values(
        {"projections.input_areas": ["left"], "projections.readout_areas": ["right"]}
    )
    network = small_network(constraints=constraints, networks=2)
    place = {"W_in": (1, 11, 0), "W_rec": (1, 0, 0), "W_out": (1, 0, 0)}[
        matrix
    ]  # no input, no self-connection, no readout
    with torch.no_grad():
        getattr(network, f"free_{matrix}")[place] = 0.5
    assert network.violations().tolist() == [0, 1]
    assert network.violations_by_matrix()[matrix].tolist() == [0, 1]
    assert (getattr(network, matrix)[place] == 0).all()  # yet the dynamics never read it
    network.after_step()
    assert network.violations().tolist() == [0, 0]


def test_unlawful_or_foreign_weights_are_refused_not_repaired():
    network = small_network()
    saved = network.lawful_weights()
    planted = {**saved, "W_rec": saved["W_rec"].clone()}
    planted["W_rec"][0, 0, 0] = 1.0
    with pytest.raises(Invalid, match="1 of the saved weights 'W_rec'"):
        network.load_lawful(planted)
    with pytest.raises(Invalid, match="lack 'bias'"):
        network.load_lawful({k: v for k, v in saved.items() if k != "bias"})
    with pytest.raises(Invalid, match="needs"):
        network.load_lawful({**saved, "W_in": saved["W_in"][:, :, :1]})


def test_dales_law_names_the_unit_without_a_sign():
    with pytest.raises(Invalid, match=r"12 of 12.*unit 0") as fault:
        Constraints().bind(small_connectome(signed=False))
    assert fault.value.address == "constraints.dales_law.method"
    assert laws("off").bind(small_connectome(signed=False))


def test_areas_say_who_receives_input_and_who_is_read_out():
    chosen = {
        "projections.input_areas": ["left"],
        "projections.readout_areas": ["right"],
        "projections.readout_from": "excitatory",
    }
    bound = Constraints().with_values(chosen).bind(small_connectome())
    signs = small_connectome().signs
    assert bound["W_in"].exists[:, 0].tolist() == [i < 6 for i in range(12)]
    assert bound["W_out"].exists[0].tolist() == [i >= 6 and signs[i] > 0 for i in range(12)]


def test_an_unknown_area_is_named_with_its_neighbour():
    with pytest.raises(Invalid, match=r"no area 'lft'.*Did you mean 'left'") as fault:
        Constraints().with_value("projections.input_areas", ["lft"]).bind(small_connectome())
    assert fault.value.address == "constraints.projections.input_areas"


def test_a_readout_without_units_is_refused():
    connectome = small_connectome()
    silent = connectome.but(signs=-np.ones(12, np.int8), weights=-np.abs(connectome.weights))
    with pytest.raises(Invalid) as fault:
        Constraints().with_value("projections.readout_from", "excitatory").bind(silent)
    assert fault.value.address == "constraints.projections.readout_from"


def test_every_parameter_of_the_constraints_has_help_and_travels_as_json():
    assert all(p.help for p in parameters(Constraints()))
    assert Constraints.read(laws("magnitude").model_dump_json()) == laws("magnitude")
