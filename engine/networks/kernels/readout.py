"""Readouts that are not the plain sum of rates: of what rates were before rectification, or through a tanh."""

from collections.abc import Callable
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from engine.networks.activity import Activity, Motion, Noise, Weights
from engine.networks.dynamics import Dynamics
from engine.networks.kernels.scratch import Scratch


def reads_rates(dynamics: Dynamics) -> bool:
    """Whether outputs are sums of rates, as every kernel makes them."""
    return dynamics.readout_sees == "rates" and dynamics.readout_activation == "linear"


def read_out(
    run: Callable[..., Activity],
    dynamics: Dynamics,
    weights: Weights,
    inputs: Float[Tensor, "*networks trials steps inputs"],
    motion: Motion,
    noise: Noise,
    initial_states: Float[Tensor, "networks trials units"],
    keep_states: bool,
    scratch: Scratch,
) -> Activity:
    """What a kernel computes, but for the outputs, which are these dynamics'."""
    if dynamics.readout_sees == "rates":
        activity = run(weights, inputs, motion, noise, initial_states, keep_states, scratch)
        outputs = activity.outputs
    else:
        unread = weights._replace(W_out=weights.W_out[:, :0], bias_out=weights.bias_out[:, :0])
        activity = run(unread, inputs, motion, noise, initial_states, True, scratch)
        seen = motion.rates.unrectified(activity.states.transpose(1, 2))  # time first, as it lies in memory
        sums = torch.baddbmm(weights.bias_out[:, :, None], weights.W_out, seen.flatten(1, 2).mT)
        outputs = sums.unflatten(2, seen.shape[1:3]).permute(0, 3, 2, 1)
    outputs = torch.tanh(outputs) if dynamics.readout_activation == "tanh" else outputs
    return replace(activity, outputs=outputs) if keep_states else Activity(outputs)
