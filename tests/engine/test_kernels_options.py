"""The fast kernel against the reference over all that a modeller can say about how units move."""

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.networks import Elman, LeakyRate, UnitGroup
from engine.networks.activity import Motion, Noise, Weights
from engine.networks.kernels import dense
from engine.networks.kernels.scratch import Scratch
from engine.networks.rate_function import RateFunction
from tests.engine.small_networks import small_network

ACTIVATIONS = st.sampled_from(["relu", "tanh", "sigmoid", "retanh", "softplus", "linear"])
NAMES = st.sampled_from([("area", "left"), ("area", "right"), ("type", "E"), ("type", "I"), ("unit", "unit 5")])
OFTEN_NONE = st.sampled_from([None, None, 0.5, 2.0])


@st.composite
def groups(draw, with_tau):
    by, name = draw(NAMES)
    tau_ms = draw(st.sampled_from([None, 30.0, 250.0])) if with_tau else None
    return UnitGroup(
        by=by, name=name, tau_ms=tau_ms, activation=draw(st.none() | ACTIVATIONS), gain=draw(OFTEN_NONE)
    )  # fmt: skip


@st.composite
def dynamics(draw):
    kind = draw(st.sampled_from([LeakyRate, LeakyRate, Elman]))
    leaky = {"learn_tau": draw(st.sampled_from(["off", "per_unit", "per_group"]))} if kind is LeakyRate else {}
    return kind(
        activation=draw(ACTIVATIONS),
        gain=draw(st.sampled_from([1.0, 0.7])),
        groups=tuple(draw(st.lists(groups(kind is LeakyRate), max_size=3))),
        state_noise=draw(st.sampled_from([0.0, 0.1])),
        rate_noise=draw(st.sampled_from([0.0, 0.1])),
        noise_scaling=draw(st.sampled_from(["exact", "alpha", "sqrt_2alpha", "none"])),
        rate_noise_reenters=draw(st.booleans()),
        initial_state=draw(st.sampled_from(["zero", "learned"])),
        bias=draw(st.sampled_from(["learned", "fixed", "off"])),
        readout_bias=draw(st.sampled_from(["learned", "fixed", "off"])),
        initial_bias=draw(st.sampled_from(["zero", "uniform", "normal"])),
        **leaky,
    )


def everything(network, kernel, inputs, keep_states, initial):
    """All that comes of a pass, and the gradient of a random functional of it to all that is learned or goes in."""
    activity = network(inputs, noise_seed=2, step=3, kernel=kernel, keep_states=keep_states, initial_states=initial)
    rng = torch.Generator().manual_seed(5)
    parts = [part for part in (activity.outputs, activity.states, activity.rates) if part is not None]
    loss = sum((part * torch.randn(part.shape, generator=rng, dtype=part.dtype)).sum() for part in parts)
    learned = [p for p in (*network.parameters(), inputs, initial) if p is not None and p.requires_grad]
    return [*parts, *torch.autograd.grad(loss, learned, allow_unused=True, materialize_grads=True)]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(dynamics(), st.integers(1, 3), st.booleans(), st.booleans())
def test_the_dense_kernel_is_the_reference_under_all_dynamics(chosen, networks, keep_states, is_start_given):
    network = small_network(dynamics=chosen, networks=networks)
    rng = torch.Generator().manual_seed(3)
    if network.initial_state is not None:
        network.initial_state.data.normal_(generator=rng)
    inputs = torch.randn(4, 7, 3, generator=rng, dtype=torch.float64).requires_grad_()
    initial = torch.randn(networks, 4, 12, generator=rng, dtype=torch.float64).requires_grad_()
    given_start = initial if is_start_given else None
    pair = (everything(network, kernel, inputs, keep_states, given_start) for kernel in ("dense", "reference"))
    for fast, slow in zip(*pair, strict=True):
        assert (fast - slow).abs().max() <= 1e-10 * (1 + slow.abs().max())


@pytest.mark.parametrize("networks", [1, 2])
@pytest.mark.parametrize("is_shared", [False, True])
def test_the_gradient_of_leaks_by_hand_is_the_numeric_gradient(networks, is_shared):
    rng = torch.Generator().manual_seed(0)
    shapes = [(networks, 4, 2), (networks, 4, 4), (networks, 2, 4), (networks, 4), (networks, 2)]
    tensors = [torch.randn(s, generator=rng, dtype=torch.float64).mul_(0.5).requires_grad_() for s in shapes]
    leak = torch.rand(1 if is_shared else networks, 1, 4, generator=rng, dtype=torch.float64).mul_(0.8).add_(0.1)
    inputs = torch.randn(3, 5, 2, generator=rng, dtype=torch.float64).requires_grad_()
    initial = torch.randn(networks, 3, 4, generator=rng, dtype=torch.float64).requires_grad_()
    noise = Noise(*(0.1 * torch.randn(networks, 5, 3, 4, generator=rng, dtype=torch.float64) for _ in range(3)))
    rates = RateFunction(["tanh", "softplus", "tanh", "linear"], [1.0, 0.5, 2.0, 1.0]).double()

    def pass_through_time(*given):
        motion = Motion(given[5], rates)
        activity = dense.run(Weights(*given[:5]), given[6], motion, noise, given[7], True, Scratch())
        return activity.outputs, activity.states, activity.rates

    assert torch.autograd.gradcheck(pass_through_time, [*tensors, leak.requires_grad_(), inputs, initial])


def test_a_network_of_units_that_are_all_alike_pays_for_no_groups():
    plain = small_network(dynamics=LeakyRate(groups=(UnitGroup(name="E", tau_ms=100, activation="relu", gain=1),)))
    assert isinstance(plain.time_constants.leak(), float)
    assert plain.rate_function.into is RateFunction(["relu"], [1.0]).into


def test_a_population_with_learned_time_constants_holds_the_networks_that_it_would_hold_alone():
    chosen = LeakyRate(learn_tau="per_unit", initial_state="learned", initial_bias="normal", activation="tanh")
    inputs = torch.randn(4, 7, 3, dtype=torch.float64)
    together, alone = (small_network(dynamics=chosen, networks=k) for k in (3, 1))
    outputs = together(inputs).outputs
    outputs.square().sum().backward()
    alone(inputs).outputs.square().sum().backward()
    torch.testing.assert_close(outputs[:1], alone(inputs).outputs)
    torch.testing.assert_close(together.time_constants.free.grad[:1], alone.time_constants.free.grad)
    torch.testing.assert_close(together.initial_state.grad[:1], alone.initial_state.grad)
