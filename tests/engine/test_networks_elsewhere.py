"""Our dynamics against implementations by others."""

import pytest
import torch

from engine.networks import Elman, LeakyRate
from tests.engine.small_networks import laws, small_network


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "retanh"])
def test_a_leaky_network_computes_what_nn4n_computes(activation):
    CTRNN = pytest.importorskip("nn4n.model").CTRNN
    dynamics = LeakyRate(activation=activation, tau_ms=100)
    network = small_network(constraints=laws("off"), dynamics=dynamics, dtype=torch.float32)
    theirs = CTRNN(dims=[3, 12, 2], activation=activation, dt=20, tau=100, biases="zero", suppress_warnings=True)
    with torch.no_grad():
        network.bias.normal_()
        theirs.recurrent_layer.input_layer.weight.copy_(network.W_in[0])
        theirs.recurrent_layer.hidden_layer.weight.copy_(network.W_rec[0])
        theirs.recurrent_layer.hidden_layer.bias.copy_(network.bias[0])
        theirs.readout_layer.weight.copy_(network.W_out[0])
    theirs.eval()
    inputs = torch.randn(5, 30, 3)
    ours = network(inputs, keep_states=True)
    outputs, (rates,) = theirs(inputs.transpose(0, 1))
    torch.testing.assert_close(ours.outputs[0], outputs.transpose(0, 1), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(ours.rates[0], rates.transpose(0, 1), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_an_elman_network_computes_what_torch_computes(activation):
    network = small_network(constraints=laws("off"), dynamics=Elman(activation=activation))
    theirs = torch.nn.RNN(3, 12, nonlinearity=activation, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        network.bias.normal_()
        theirs.weight_ih_l0.copy_(network.W_in[0])
        theirs.weight_hh_l0.copy_(network.W_rec[0])
        theirs.bias_ih_l0.copy_(network.bias[0])
        theirs.bias_hh_l0.zero_()
    inputs = torch.randn(5, 30, 3, dtype=torch.float64)
    torch.testing.assert_close(network(inputs, keep_states=True).rates[0], theirs(inputs)[0])
