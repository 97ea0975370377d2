"""Readouts of what rates were before rectification, and through a tanh; input and readout weights as PyTorch draws."""

import math

import pytest
import torch

from engine.component import Invalid
from engine.networks import Elman, Normal
from engine.tasks import PerceptualDecision
from engine.training import Training, train
from engine.training.stage import ReadoutStage
from tests.engine.small_experiment import small_experiment

DYNAMICS = {"dynamics.readout_sees": "unrectified", "dynamics.readout_activation": "tanh"}


def network(**changes):
    return small_experiment(**changes).network()


def by_hand(net, inputs):
    """The published network: o = tanh(…), h = relu(o), y = tanh(W o + b)."""
    rate, outputs = torch.zeros(net.networks, len(inputs), net.connectome.n), []
    for now in inputs.unbind(1):
        o = torch.tanh(now @ net.W_in.mT + rate @ net.W_rec.mT + net.bias[:, None])
        outputs.append(torch.tanh(o @ net.W_out.mT + net.bias_out[:, None]))
        rate = o.relu()
    return torch.stack(outputs, 2)


@pytest.mark.parametrize("kernel", ["dense", "reference"])
def test_outputs_and_gradients_are_those_of_the_network_written_by_hand(kernel):
    changes = {name.replace(".", "__"): value for name, value in DYNAMICS.items()}
    net = network(dynamics__kind="elman", dynamics__activation="retanh", seeds__networks=2, **changes)
    inputs = torch.randn(5, 7, len(PerceptualDecision().input_names))
    found = []
    for outputs in (net(inputs, kernel=kernel).outputs, by_hand(net, inputs)):
        net.zero_grad()
        outputs.square().mean().backward()
        found.append((outputs.detach(), [p.grad.clone() for p in net.parameters()]))
    torch.testing.assert_close(*[outputs for outputs, _ in found])
    for mine, hand in zip(found[0][1], found[1][1], strict=True):
        torch.testing.assert_close(mine, hand)
    kept = net(inputs, kernel=kernel, keep_states=True)
    assert kept.rates.min() == 0
    assert (kept.outputs == net(inputs, kernel=kernel).outputs).all()


def test_input_and_readout_weights_may_be_drawn_as_pytorch_does():
    net = network(weights__kind="normal", weights__ends="even", seeds__networks=40)
    bound = 1 / math.sqrt(net.connectome.n)
    for weights in (net.W_in, net.W_out):
        assert weights.abs().max() <= bound
        assert float(weights.detach().std()) == pytest.approx(bound / math.sqrt(3), rel=0.05)
    assert Normal().ends == "gaussian"


def test_a_readout_in_closed_form_is_refused_where_it_is_no_sum_of_rates():
    net = network(dynamics__readout_activation="tanh")
    with pytest.raises(Invalid, match="fits sums of rates, but readout_activation is tanh"):
        next(train(net, PerceptualDecision(), Training(stages=(ReadoutStage(),), device="cpu")))
    assert Elman().readout_sees == "rates"
