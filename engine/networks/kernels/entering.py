"""Gradients of what enters a pass through time besides the weights: inputs, first states and leaks.

`owed[:, t]` is [a dL/dx_{t+1} | dL/dy_t] as the backward loop of the dense kernel leaves it.
"""

import torch
from torch import Tensor

from engine.networks.rate_function import RateFunction


def to_start(
    owed: Tensor,
    back: Tensor,
    W_in: Tensor,
    initial_states: Tensor,
    leak: float | Tensor,
    needed: list[bool],
    rates: RateFunction,
    is_shared: bool,
) -> tuple[Tensor | None, Tensor | None]:
    """The gradients of inputs, which all networks may share, and initial states, where somebody needs them."""
    units, to_inputs, to_initial = back.shape[2], None, None
    if needed[0]:
        to_inputs = (owed[:, :-1, :, :units] @ W_in[:, None]).transpose(1, 2)
        to_inputs = to_inputs.sum(0) if is_shared else to_inputs
    if needed[1]:
        rate, slope = torch.empty_like(initial_states), torch.empty_like(initial_states)
        rates.into(initial_states, rate)
        rates.slopes_into(rate, slope)
        to_initial = (slope.mul_(owed[:, 0] @ back) + (1 - leak) * owed[:, 0, :, :units]) / leak
    return to_inputs, to_initial


def to_leak(
    to_drive: Tensor,
    weights: tuple[Tensor, ...],
    owed: Tensor,
    states: Tensor,
    initial_states: Tensor,
    leak: Tensor,
) -> Tensor:
    """dL/da = sum of dL/dx_t (drive_t - x_{t-1}); the sum over dL/dx_t drive_t follows from the weights' gradients."""
    units = owed[..., : states.shape[-1]]
    drives = (to_drive * torch.cat(weights, 2)).sum(2)
    before = (units[:, 1:-1] * states[:, :-1]).sum((1, 2)) + (units[:, 0] * initial_states).sum(1)
    return (((drives - before)[:, None]) / leak).sum_to_size(leak.shape)
