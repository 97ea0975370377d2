"""The fast kernel against the reference, against numeric gradients, and against misuse."""

import copy

import pytest
import torch

from engine.component import Invalid
from engine.networks import Elman, LeakyRate
from engine.networks.activity import Motion, Noise, Weights
from engine.networks.kernels import backwards, choose, dense
from engine.networks.kernels.scratch import Scratch
from engine.networks.rate_function import RateFunction
from tests.engine.small_networks import small_network

ACTIVATIONS = ["relu", "tanh", "sigmoid", "retanh", "softplus", "linear"]


def everything(network, kernel, inputs, initial):
    """All that comes of a pass, and the gradient of a random functional of it to all that goes in."""
    activity = network(inputs, noise_seed=2, step=3, kernel=kernel, keep_states=True, initial_states=initial)
    rng = torch.Generator().manual_seed(5)
    parts = (activity.outputs, activity.states, activity.rates)
    loss = sum((part * torch.randn(part.shape, generator=rng, dtype=part.dtype)).sum() for part in parts)
    return [*parts, *torch.autograd.grad(loss, [*network.parameters(), inputs, initial])]


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("networks", [1, 3])
@pytest.mark.parametrize(
    "kind", [LeakyRate(), LeakyRate(state_noise=0.1), LeakyRate(state_noise=0.1, rate_noise=0.2), Elman(rate_noise=0.1)]
)
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-10), (torch.float32, 1e-5)])
def test_the_dense_kernel_gives_the_numbers_and_gradients_of_the_reference(
    activation, networks, kind, dtype, tolerance
):
    network = small_network(dynamics=kind.with_value("activation", activation), networks=networks, dtype=dtype)
    with torch.no_grad():
        network.bias.normal_(generator=torch.Generator().manual_seed(1))
        network.bias_out.normal_(generator=torch.Generator().manual_seed(2))
    rng = torch.Generator().manual_seed(3)
    inputs = torch.randn(5, 9, 3, generator=rng, dtype=dtype).requires_grad_()
    initial = torch.randn(networks, 5, 12, generator=rng, dtype=dtype).requires_grad_()
    for fast, slow in zip(
        everything(network, "dense", inputs, initial), everything(network, "reference", inputs, initial), strict=True
    ):
        assert (fast - slow).abs().max() <= tolerance * (1 + slow.abs().max())


@pytest.mark.parametrize("networks", [1, 3])
@pytest.mark.parametrize("steps", [2, 9, 11])  # shorter than a span, two and a half of them, three
@pytest.mark.parametrize(
    "kind",
    [LeakyRate(), LeakyRate(state_noise=0.1, rate_noise=0.2), LeakyRate(rate_noise=0.2, rate_noise_reenters=False)],
)
def test_gradients_of_weights_do_not_depend_on_the_spans_in_which_time_is_walked(networks, steps, kind, monkeypatch):
    monkeypatch.setattr(backwards, "SPAN_ROWS", 20)
    network = small_network(dynamics=kind, networks=networks)
    inputs = torch.randn(5, steps, 3, generator=torch.Generator().manual_seed(3), dtype=torch.float64)

    def gradients(kernel):
        activity = network(inputs, noise_seed=2, step=3, kernel=kernel, keep_states=True)
        loss = sum((part * part.detach().cos()).sum() for part in (activity.outputs, activity.states, activity.rates))
        return torch.autograd.grad(loss, list(network.parameters()))

    for _ in range(2):  # also in memory that an earlier pass handed on
        for fast, slow in zip(gradients("dense"), gradients("reference"), strict=True):
            torch.testing.assert_close(fast, slow)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("networks", [1, 3])
def test_the_backward_pass_by_hand_is_the_numeric_gradient(activation, networks):
    rng = torch.Generator().manual_seed(0)
    shapes = [
        (networks, 4, 2),
        (networks, 4, 4),
        (networks, 2, 4),
        (networks, 4),
        (networks, 2),
        (3, 5, 2),
        (networks, 3, 4),
    ]
    arguments = [torch.randn(s, generator=rng, dtype=torch.float64).mul_(0.5).requires_grad_() for s in shapes]
    noise = Noise(*(0.1 * torch.randn(networks, 5, 3, 4, generator=rng, dtype=torch.float64) for _ in range(2)))

    def pass_through_time(*tensors):
        motion = Motion(0.3, RateFunction([activation] * 4, [1.0] * 4))
        activity = dense.run(Weights(*tensors[:5]), tensors[5], motion, noise, tensors[6], True, Scratch())
        return activity.outputs, activity.states, activity.rates

    assert torch.autograd.gradcheck(pass_through_time, arguments)


def test_two_forward_passes_before_a_backward_pass_do_not_disturb_each_other():
    network = small_network()
    first, second = torch.randn(2, 4, 6, 3, dtype=torch.float64)

    def gradient(*passes):
        network.zero_grad()
        sum(output.square().sum() for output in passes).backward()
        return network.free_W_rec.grad.clone()

    alone = [gradient(network(inputs).outputs) for inputs in (first, second)]
    for _ in range(3):  # also with the memory that earlier passes handed on
        torch.testing.assert_close(gradient(network(first).outputs, network(second).outputs), alone[0] + alone[1])
        pending, _ = network(first).outputs, network(second).outputs
        assert torch.equal(gradient(pending), alone[0])


def test_what_a_pass_gave_out_survives_the_next_pass():
    network = small_network()
    inputs = torch.randn(4, 6, 3, dtype=torch.float64)
    activity = network(inputs, keep_states=True)
    before = [t.detach().clone() for t in (activity.outputs, activity.states, activity.rates)]
    activity.outputs.sum().backward()
    for _ in range(2):
        network(-inputs, keep_states=True).outputs.sum().backward()
    assert all(
        torch.equal(x, y) for x, y in zip(before, (activity.outputs, activity.states, activity.rates), strict=True)
    )


def test_a_second_backward_pass_gives_the_same_gradient_or_refuses():
    network = small_network()
    inputs = torch.randn(4, 6, 3, dtype=torch.float64)
    loss = network(inputs).outputs.square().sum()
    gradients = [torch.autograd.grad(loss, network.free_W_rec, retain_graph=True)[0] for _ in range(2)]
    assert torch.equal(*gradients)
    network(-inputs)
    with pytest.raises(RuntimeError, match="handed on"):
        torch.autograd.grad(loss, network.free_W_rec)


def test_two_backward_passes_of_one_graph_hand_its_memory_on_once():
    network = small_network()
    inputs = torch.randn(4, 6, 3, dtype=torch.float64)
    loss = network(inputs).outputs.square().sum()
    for _ in range(3):
        torch.autograd.grad(loss, network.free_W_rec, retain_graph=True)
    pair = [network(inputs).outputs.square().sum(), network(2 * inputs).outputs.square().sum()]
    together = [torch.autograd.grad(one, network.free_W_rec)[0] for one in pair]
    alone = [torch.autograd.grad(network(k * inputs).outputs.square().sum(), network.free_W_rec)[0] for k in (1, 2)]
    assert all(torch.equal(x, y) for x, y in zip(together, alone, strict=True))


def test_differentiating_twice_is_refused_by_the_dense_kernel_and_done_by_the_reference():
    network = small_network()
    inputs = torch.randn(4, 6, 3, dtype=torch.float64)

    def twice(kernel):
        loss = network(inputs, kernel=kernel).outputs.square().sum()
        (gradient,) = torch.autograd.grad(loss, network.free_W_rec, create_graph=True)
        return torch.autograd.grad(gradient.square().sum(), network.free_W_rec)[0]

    assert torch.isfinite(twice("reference")).all()
    with pytest.raises(RuntimeError, match="once only"):
        twice("dense")


def test_the_kernel_follows_from_the_dtype():
    assert choose("auto", torch.zeros(1)) is dense.run
    assert choose("auto", torch.zeros(1, dtype=torch.bfloat16)) is choose("reference", torch.zeros(1))
    with pytest.raises(Invalid, match="bfloat16"):
        choose("dense", torch.zeros(1, dtype=torch.bfloat16))


def test_a_copied_network_shares_no_memory_with_its_original():
    network = small_network()
    inputs = torch.randn(4, 6, 3, dtype=torch.float64)
    network(inputs).outputs.sum().backward()
    twin = copy.deepcopy(network)
    assert twin._scratch is not network._scratch
    assert torch.equal(twin(inputs).outputs, network(inputs).outputs)


def test_only_what_was_asked_for_is_kept():
    activity = small_network()(torch.randn(4, 6, 3, dtype=torch.float64))
    assert activity.states is None
    assert activity.rates is None
