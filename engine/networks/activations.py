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
