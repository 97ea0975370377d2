"""Rate functions: from the state of a unit to its rate, and the slope as a function of that rate."""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import softplus

Activation = Literal["relu", "tanh", "sigmoid", "retanh", "softplus"]

RATES: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "retanh": lambda state: torch.relu(torch.tanh(state)),
    "softplus": softplus,
}


def rate_into(activation: Activation, state: Tensor, rate: Tensor) -> None:
    """Write the rates of states to `rate`, in one or two passes over memory."""
    if activation == "relu":
        torch.clamp_min(state, 0, out=rate)
    elif activation == "sigmoid":
        torch.sigmoid(state, out=rate)
    elif activation == "softplus":
        torch._C._nn.softplus(state, out=rate)
    else:
        torch.tanh(state, out=rate)
        if activation == "retanh":
            rate.clamp_min_(0)


def slope_into(activation: Activation, rate: Tensor, slope: Tensor) -> None:
    """Write df/dx to `slope`, as a function of the rate f(x): all our rate functions rise, so the rate tells enough."""
    if activation == "relu":
        torch.gt(rate, 0, out=slope)
    elif activation == "sigmoid":
        torch.addcmul(rate, rate, rate, value=-1, out=slope)
    elif activation == "softplus":
        torch.expm1(torch.neg(rate, out=slope), out=slope).neg_()
    else:
        torch.addcmul(rate.new_ones(()), rate, rate, value=-1, out=slope)
        if activation == "retanh":
            slope.mul_(rate > 0)
