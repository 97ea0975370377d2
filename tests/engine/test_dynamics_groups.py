"""What a modeller can say about how units move: groups, learned time constants and starts, biases, noise."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.component import Invalid
from engine.connectomes.connectome import Connectome
from engine.experiments.check import check
from engine.experiments.experiment import Experiment
from engine.networks import Elman, LeakyRate, UnitGroup
from engine.networks.time_constants import Learned, TimeConstants
from tests.engine.small_networks import small_connectome, small_network
from tests.engine.test_networks_dynamics import without_connections


def taus(dynamics, connectome=None, dt_ms=10.0):
    chosen = connectome or small_connectome()
    return dynamics.time_constants(chosen, dt_ms).tau_ms()[0].tolist()


def with_layers(n: int = 12) -> Connectome:
    return small_connectome(n).but(labels={"layer": tuple("L23" if i < 4 else "L5" for i in range(n))})


@pytest.mark.parametrize(
    ("by", "name", "members"),
    [
        ("area", "right", range(6, 12)),
        ("type", "I", (3, 7, 11)),
        ("unit", "unit 4", (4,)),
        ("layer", "L23", range(4)),
    ],
)
def test_a_group_gives_its_units_their_own_time_constant(by, name, members):
    found = taus(LeakyRate(groups=(UnitGroup(by=by, name=name, tau_ms=30),)), with_layers())
    assert found == pytest.approx([30 if i in members else 100 for i in range(12)])


def test_later_groups_override_only_what_they_say():
    dynamics = LeakyRate(
        groups=(
            UnitGroup(name="I", tau_ms=20, activation="tanh", gain=2),
            UnitGroup(by="unit", name="unit 3", tau_ms=60),
            UnitGroup(by="unit", name="unit 3", gain=0.5),
        )
    )
    connectome = small_connectome()
    assert [dynamics.by_unit(connectome, field)[3] for field in ("tau_ms", "activation", "gain")] == [60, "tanh", 0.5]
    assert [dynamics.by_unit(connectome, field)[7] for field in ("tau_ms", "activation", "gain")] == [20, "tanh", 2]
    assert [dynamics.by_unit(connectome, field)[0] for field in ("tau_ms", "activation", "gain")] == [100, "relu", 1]


def test_a_unit_decays_with_the_time_constant_of_its_group():
    slow = UnitGroup(by="unit", name="unit 1", tau_ms=200)
    network = without_connections(2, dynamics=LeakyRate(tau_ms=50, groups=(slow,)), dt_ms=0.1)
    silence = torch.zeros(1, 1000, 3, dtype=torch.float64)
    states = network(silence, keep_states=True, initial_states=torch.ones(1, 1, 2)).states[0, 0]
    expected = torch.exp(-100 / torch.tensor([50.0, 200.0], dtype=torch.float64))
    assert (states[-1] - expected).abs().max() < 1e-3


def test_the_gain_is_the_slope_of_the_rate_at_rest():
    network = small_network(dynamics=LeakyRate(activation="tanh", gain=1.5, groups=(UnitGroup(name="I", gain=3),)))
    states = torch.full((1, 12), 1e-6, dtype=torch.float64)
    expected = torch.tensor([3.0 if i % 4 == 3 else 1.5 for i in range(12)], dtype=torch.float64)
    torch.testing.assert_close(network.rate_function(states)[0] / 1e-6, expected, rtol=1e-6, atol=0)


@pytest.mark.parametrize(
    ("group", "address", "said"),
    [
        (UnitGroup(by="area", name="lefd"), "dynamics.groups.1.name", "Did you mean 'left'?"),
        (UnitGroup(by="aera", name="left"), "dynamics.groups.1.by", "Did you mean 'area'?"),
        (UnitGroup(by="layer", name="L4"), "dynamics.groups.1.name", "there are L23, L5"),
    ],
)
def test_an_unknown_group_is_refused_with_the_near_name(group, address, said):
    experiment = Experiment(dynamics=LeakyRate(groups=(UnitGroup(), group)))
    with pytest.raises(Invalid, match=said.replace("?", r"\?")) as fault:
        check(experiment, with_layers())
    assert fault.value.address == address


@pytest.mark.parametrize(
    ("dynamics", "address"),
    [
        (LeakyRate(groups=(UnitGroup(tau_ms=15),)), "dt_ms"),
        (LeakyRate(learn_tau="per_unit", shortest_tau_ms=15), "dt_ms"),
        (LeakyRate(learn_tau="per_unit", longest_tau_ms=100), "dynamics.longest_tau_ms"),
        (LeakyRate(learn_tau="per_unit", shortest_tau_ms=150), "dynamics.shortest_tau_ms"),
        (Elman(groups=(UnitGroup(tau_ms=15),)), "dynamics.groups.0.tau_ms"),
    ],
)
def test_time_constants_that_cannot_be_are_refused_where_they_are_to_blame(dynamics, address):
    with pytest.raises(Invalid) as fault:
        small_network(dynamics=dynamics, dt_ms=20.0)
    assert fault.value.address == address


def test_a_short_time_constant_that_no_unit_has_is_no_fault():
    all_units = (UnitGroup(by="type", name="E", tau_ms=50), UnitGroup(by="type", name="I", tau_ms=30))
    assert min(taus(LeakyRate(tau_ms=5, groups=all_units))) == pytest.approx(30)


@given(st.lists(st.floats(-1e6, 1e6), min_size=4, max_size=4), st.sampled_from([torch.float32, torch.float64]))
@settings(deadline=None)
def test_learned_time_constants_never_leave_their_bounds(moves, dtype):
    learned = Learned(20.0, 500.0, torch.arange(4))
    constants = TimeConstants(torch.full((4,), 100.0, dtype=torch.float64), 10.0, 2, learned).to(dtype)
    with torch.no_grad():
        constants.free.add_(torch.tensor(moves, dtype=dtype))
    leak = constants.leak()
    assert (leak >= constants.low).all()
    assert (leak <= constants.high).all()


@pytest.mark.parametrize("how", ["per_unit", "per_group"])
def test_learned_time_constants_start_from_the_given_ones(how):
    dynamics = LeakyRate(tau_ms=80, learn_tau=how, groups=(UnitGroup(name="I", tau_ms=40),))
    assert taus(dynamics) == pytest.approx([40 if i % 4 == 3 else 80 for i in range(12)], rel=1e-12)


def train(network, steps=20, rate=0.05):
    optimiser = torch.optim.Adam(network.parameters(), rate)
    rng = torch.Generator().manual_seed(0)
    for _ in range(steps):
        optimiser.zero_grad()
        (network(torch.randn(16, 10, 3, generator=rng)).outputs - 1).square().sum().backward()
        optimiser.step()
        network.after_step()
    return network


def test_a_group_that_shares_a_time_constant_keeps_sharing_it():
    chosen = LeakyRate(learn_tau="per_group", groups=(UnitGroup(name="I"), UnitGroup(by="unit", name="unit 0")))
    found = train(small_network(dynamics=chosen, networks=2)).lawful_weights()["tau_ms"]
    assert found.shape == (2, 12)
    assert [len(row.unique()) for row in found] == [3, 3]
    assert [len(row[3::4].unique()) for row in found] == [1, 1]
    assert (found != 100).all()


def test_training_finds_the_time_constant_that_made_the_data():
    silence = torch.zeros(1, 40, 3, dtype=torch.float64)
    start = torch.ones(1, 1, 1)
    target = without_connections(dynamics=LeakyRate(tau_ms=50), dt_ms=5)(
        silence, keep_states=True, initial_states=start
    ).states.detach()
    learner = without_connections(dynamics=LeakyRate(tau_ms=200, learn_tau="per_unit", bias="off"), dt_ms=5)
    optimiser = torch.optim.Adam([learner.time_constants.free], 0.05)
    for _ in range(200):
        optimiser.zero_grad()
        (learner(silence, keep_states=True, initial_states=start).states - target).square().sum().backward()
        optimiser.step()
    assert float(learner.time_constants.tau_ms()) == pytest.approx(50, rel=0.01)


@pytest.mark.parametrize("how", ["per_unit", "per_group"])
def test_what_was_learned_about_units_is_saved_and_loaded(how):
    chosen = LeakyRate(learn_tau=how, initial_state="learned", groups=(UnitGroup(name="I", tau_ms=40),))
    trained = train(small_network(dynamics=chosen, networks=2))
    saved = trained.lawful_weights()
    other = small_network(dynamics=chosen, networks=2, seed=9)
    other.load_lawful(saved)
    for name, tensor in other.lawful_weights().items():
        torch.testing.assert_close(tensor, saved[name], rtol=1e-9, atol=1e-12)
    inputs = torch.randn(4, 10, 3, dtype=torch.float64)
    torch.testing.assert_close(other(inputs).outputs, trained(inputs).outputs)
    assert saved["initial_state"].abs().max() > 0
    assert "tau_ms" not in small_network().lawful_weights()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda saved: saved.pop("tau_ms"), "lack 'tau_ms'"),
        (lambda saved: saved.pop("initial_state"), "lack 'initial_state'"),
        (lambda saved: saved["tau_ms"].mul_(100), "outside of the bounds"),
        (lambda saved: saved["tau_ms"][0, 0].mul_(0.5), "differ between units"),
        (lambda saved: saved.update(tau_ms=saved["tau_ms"][:, :3]), "needs"),
    ],
)
def test_saved_time_constants_that_do_not_fit_are_refused_and_nothing_changes(spoil, said):
    network = small_network(dynamics=LeakyRate(learn_tau="per_group", initial_state="learned"))
    before, saved = network.lawful_weights(), network.lawful_weights()
    saved["W_rec"] = torch.zeros_like(saved["W_rec"])
    spoil(saved)
    with pytest.raises(Invalid, match=said):
        network.load_lawful(saved)
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.lawful_weights().items())


def test_a_learned_start_is_where_every_trial_begins():
    network = small_network(dynamics=LeakyRate(initial_state="learned"))
    with torch.no_grad():
        network.initial_state.normal_(generator=torch.Generator().manual_seed(0))
    inputs = torch.randn(4, 6, 3, dtype=torch.float64)
    same = network(inputs, initial_states=network.initial_state[:, None].expand(-1, 4, -1).detach()).outputs
    assert torch.equal(network(inputs).outputs, same)
    assert not torch.equal(network(inputs, initial_states=torch.zeros(1, 4, 12)).outputs, same)


@pytest.mark.parametrize(("how", "changes"), [("learned", True), ("fixed", False), ("off", False)])
def test_biases_are_trained_fixed_or_absent(how, changes):
    chosen = LeakyRate(bias=how, readout_bias=how, initial_bias="uniform")
    before = small_network(dynamics=chosen).lawful_weights()
    after = train(small_network(dynamics=chosen), steps=3).lawful_weights()
    for name in ("bias", "bias_out"):
        assert bool((before[name] != 0).all()) == (how != "off")
        assert torch.equal(before[name], after[name]) != changes


@pytest.mark.parametrize(
    ("how", "deviation"), [("uniform", math.sqrt(1 / 3)), ("two_uniform", math.sqrt(2 / 3)), ("normal", 1.0)]
)
def test_initial_biases_have_the_stated_size_and_every_network_its_own(how, deviation):
    network = without_connections(400, dynamics=LeakyRate(initial_bias=how), networks=2)
    assert float(network.bias.detach().std()) * 20 == pytest.approx(deviation, rel=0.06)
    assert not torch.equal(network.bias[0], network.bias[1])


@pytest.mark.parametrize(
    ("scaling", "on_state", "on_rate"),
    [("exact", 0.3 * math.sqrt(0.36), 0.5 * 3), ("alpha", 0.06, 0.5), ("sqrt_2alpha", 0.3 * math.sqrt(0.4), 0.5),
     ("none", 0.3, 0.5)],
)  # fmt: skip
def test_noise_is_scaled_as_each_convention_says(scaling, on_state, on_rate):
    # ctrnn 12.11: one of its two interfaces forgets alpha
    dynamics = LeakyRate(state_noise=0.3, rate_noise=0.5, noise_scaling=scaling)
    assert dynamics.state_noise_per_step(0.2) == pytest.approx(on_state)
    assert dynamics.rate_noise_per_step(0.2) == pytest.approx(on_rate)


def test_every_unit_has_the_noise_of_its_own_time_constant():
    slow = UnitGroup(by="unit", name="unit 1", tau_ms=200)
    dynamics = LeakyRate(tau_ms=50, state_noise=0.3, groups=(slow,))
    states = without_connections(2, dynamics=dynamics, dt_ms=20)(
        torch.zeros(400, 300, 3, dtype=torch.float64), noise_seed=1, keep_states=True
    ).states
    assert states.detach()[0, :, 100:].std((0, 1)).tolist() == pytest.approx([0.3, 0.3], rel=0.03)


@pytest.mark.parametrize("reenters", [True, False])
def test_rate_noise_reaches_other_units_or_only_the_readout(reenters):
    noisy, quiet = (
        small_network(dynamics=LeakyRate(rate_noise=q, rate_noise_reenters=reenters)) for q in (0.2, 0.0)
    )  # fmt: skip
    inputs = torch.randn(4, 6, 3, dtype=torch.float64)
    heard, silent = (network(inputs, noise_seed=1, keep_states=True) for network in (noisy, quiet))
    assert torch.equal(heard.states, silent.states) != reenters
    assert not torch.equal(heard.rates, silent.rates)
    torch.testing.assert_close(heard.outputs, heard.rates @ noisy.W_out.mT[:, None])
