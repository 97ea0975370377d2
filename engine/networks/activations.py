"""Rate functions: from the state of a unit to its rate, and the slope as a function of that rate."""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import softplus

Activation = Literal["relu", "tanh", "sigmoid", "retanh", "softplus", "linear"]

LINEAR_ABOVE = 40  # softplus is its argument; torch's own 20 would let slope and function differ by 2e-9

RATES: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "retanh": lambda state: torch.relu(torch.tanh(state)),
    "softplus": lambda state: softplus(state, threshold=LINEAR_ABOVE),
    "linear": lambda state: state,
}


def _retanh_into(state: Tensor, rate: Tensor) -> None:
    torch.tanh(state, out=rate).clamp_min_(0)


def _tanh_slope(rate: Tensor, slope: Tensor) -> None:
    torch.addcmul(rate.new_ones(()), rate, rate, value=-1, out=slope)


def _retanh_slope(rate: Tensor, slope: Tensor) -> None:
    is_positive = rate > 0  # first, since both may be the same tensor
    _tanh_slope(rate, slope)
    slope.mul_(is_positive)


# What a rate was before it was cut off below 0, where it is.
UNRECTIFIED: dict[str, Callable[[Tensor], Tensor]] = RATES | {"relu": RATES["linear"], "retanh": torch.tanh}

FULL = 0.9999  # the highest rate of a saturating unit of which a state is said


def _atanh(rate: Tensor) -> Tensor:
    return torch.atanh(rate.clamp(-FULL, FULL))


# A state that has this rate; a unit that is silent under a threshold has its state at the threshold.
STATES: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": lambda rate: rate.clamp(min=0),
    "tanh": _atanh,
    "sigmoid": lambda rate: torch.logit(rate, 1 - FULL),
    "retanh": lambda rate: _atanh(rate.clamp(min=0)),
    "softplus": lambda rate: rate.clamp(min=1 - FULL).expm1().log(),
    "linear": lambda rate: rate,
}

# Write the rates of states to the second tensor, which may be the first one.
RATES_INTO: dict[str, Callable[[Tensor, Tensor], object]] = {
    "relu": lambda state, rate: torch.clamp_min(state, 0, out=rate),
    "tanh": lambda state, rate: torch.tanh(state, out=rate),
    "sigmoid": lambda state, rate: torch.sigmoid(state, out=rate),
    "retanh": _retanh_into,
    "softplus": lambda state, rate: torch._C._nn.softplus(state, 1, LINEAR_ABOVE, out=rate),
    "linear": lambda state, rate: rate.copy_(state),
}

# Write df/dx to the second tensor as a function of the rate f(x), which tells enough since all of these rise.
SLOPES_INTO: dict[str, Callable[[Tensor, Tensor], object]] = {
    "relu": lambda rate, slope: torch.sign(rate, out=slope),
    "tanh": _tanh_slope,
    "sigmoid": lambda rate, slope: torch.addcmul(rate, rate, rate, value=-1, out=slope),
    "retanh": _retanh_slope,
    "softplus": lambda rate, slope: torch.expm1(torch.neg(rate, out=slope), out=slope).neg_(),
    "linear": lambda rate, slope: slope.fill_(1),
}
