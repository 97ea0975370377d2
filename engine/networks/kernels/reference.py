"""The reference: the dynamics as written down, one step after another, differentiated by autograd."""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from engine.networks.activity import Activity, Motion, Noise, Weights
from engine.networks.kernels.scratch import Scratch

Area = tuple[Int[Tensor, " some"], Weights, Motion]


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
    areas = [_area(weights, motion, units) for units in motion.areas]
    for t, now in enumerate(inputs.unbind(-2)):
        on_state, on_rate = (0 if part is None else part[:, t] for part in (noise.state, noise.rate))
        if areas:
            state = _area_by_area(areas, motion, state, rate, now, (on_state, on_rate))
        else:
            state = motion.step(state, _drive(weights, motion, rate, now)) + on_state
        rate = motion.rates(state) + on_rate
        states.append(state)
        rates.append(rate if noise.readout is None else rate + noise.readout[:, t])
    kept = torch.stack(rates, 2)
    outputs = kept @ weights.W_out.mT[:, None] + weights.bias_out[:, None, None]
    return Activity(outputs, torch.stack(states, 2), kept) if keep_states else Activity(outputs)


def _drive(weights: Weights, motion: Motion, rate: Tensor, now: Tensor) -> Tensor:
    drive = rate @ weights.W_rec.mT + now @ weights.W_in.mT + weights.bias[:, None]
    return drive if motion.gate is None else drive + motion.gate.drive(rate, now)


def _area(weights: Weights, motion: Motion, units: Int[Tensor, " some"]) -> Area:
    """What moves the units of an area alone."""
    own = weights._replace(W_in=weights.W_in[:, units], W_rec=weights.W_rec[:, units], bias=weights.bias[:, units])
    gate = motion.gate and motion.gate._replace(weights=motion.gate.weights[:, :, units])
    leak = motion.leak[..., units] if isinstance(motion.leak, Tensor) else motion.leak
    return units, own, motion._replace(leak=leak, gate=gate)


def _area_by_area(
    areas: Sequence[Area], motion: Motion, state: Tensor, rate: Tensor, now: Tensor, added: tuple[Tensor | int, ...]
) -> Tensor:
    """States one step later, where an area hears of this step's rates those of areas before it."""
    heard, later = rate, state
    for units, own, moves in areas:
        moved = moves.step(state[..., units], _drive(own, moves, heard, now))
        later = later.index_copy(-1, units, moved + (added[0] if isinstance(added[0], int) else added[0][..., units]))
        heard = heard.index_copy(-1, units, (motion.rates(later) + added[1])[..., units])
    return later
