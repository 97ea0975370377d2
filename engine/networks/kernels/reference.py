"""The reference: the dynamics as written down, one step after another, differentiated by autograd."""

import torch
from jaxtyping import Float
from torch import Tensor

from engine.networks.activity import Activity, Motion, Noise, Weights
from engine.networks.kernels.scratch import Scratch


def run(
    weights: Weights,
    inputs: Float[Tensor, "*networks trials steps inputs"],
    motion: Motion,
    noise: Noise,
    initial_states: Float[Tensor, "networks trials units"],
    keep_states: bool,
    scratch: Scratch,
) -> Activity:
    """The activity of every network on every trial. Differentiable any number of times. Needs no scratch memory."""
    state, rate = initial_states, motion.rates(initial_states)
    states, rates = [], []
    for t, now in enumerate(inputs.unbind(-2)):
        drive = rate @ weights.W_rec.mT + now @ weights.W_in.mT + weights.bias[:, None]
        state = motion.step(state, drive) + (0 if noise.state is None else noise.state[:, t])
        rate = motion.rates(state) + (0 if noise.rate is None else noise.rate[:, t])
        states.append(state)
        rates.append(rate if noise.readout is None else rate + noise.readout[:, t])
    kept = torch.stack(rates, 2)
    outputs = kept @ weights.W_out.mT[:, None] + weights.bias_out[:, None, None]
    return Activity(outputs, torch.stack(states, 2), kept) if keep_states else Activity(outputs)
