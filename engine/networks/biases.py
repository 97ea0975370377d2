"""Biases before training."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from engine.networks.dynamics import Dynamics
from engine.randomness import torch_stream


def initial_biases(
    dynamics: Dynamics, units: int, outputs: int, seed: int, networks: int
) -> tuple[Float[Tensor, "networks units"], Float[Tensor, "networks outputs"]]:
    """Those of the units and of the outputs, in float64, from the stream (seed, "bias", network); 0 where off."""
    drawn = torch.stack([_drawn(dynamics.initial_bias, units, outputs, seed, k) for k in range(networks)])
    of_units, of_outputs = drawn.split([units, outputs], 1)
    return of_units * (dynamics.bias != "off"), of_outputs * (dynamics.readout_bias != "off")


def _drawn(how: str, units: int, outputs: int, seed: int, network: int) -> Float[Tensor, " all"]:
    rng, n = torch_stream(seed, "bias", network), units + outputs
    if how in ("uniform", "two_uniform"):
        drawn = 2 * torch.rand(n, generator=rng, dtype=torch.float64) - 1
        if how == "two_uniform":
            drawn[:units] += 2 * torch.rand(units, generator=rng, dtype=torch.float64) - 1
        return drawn / math.sqrt(units)
    if how == "normal":
        return torch.randn(n, generator=rng, dtype=torch.float64) / math.sqrt(units)
    return torch.zeros(n, dtype=torch.float64)
