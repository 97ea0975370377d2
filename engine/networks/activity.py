"""What a network is made of for one pass through time, and what comes of it."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from engine.networks.dynamics import Dynamics
from engine.randomness import torch_stream


@dataclass(frozen=True, eq=False)
class Activity:
    """Outputs of a population of networks on the same trials; states and rates where they were asked for."""

    outputs: Float[Tensor, "networks trials steps outputs"]
    states: Float[Tensor, "networks trials steps units"] | None = None
    rates: Float[Tensor, "networks trials steps units"] | None = None


class Weights(NamedTuple):
    """The lawful weights that the dynamics read, `W[post, pre]` below the population axis."""

    W_in: Float[Tensor, "networks units inputs"]
    W_rec: Float[Tensor, "networks units units"]
    W_out: Float[Tensor, "networks outputs units"]
    bias: Float[Tensor, "networks units"]
    bias_out: Float[Tensor, "networks outputs"]


class Noise(NamedTuple):
    """What is added to states and rates in every step; None where there is none."""

    state: Float[Tensor, "networks steps trials units"] | None = None
    rate: Float[Tensor, "networks steps trials units"] | None = None


def drawn_noise(
    dynamics: Dynamics, dt_ms: float, shape: tuple[int, int, int, int], like: Tensor, seed: int, step: int
) -> Noise:
    """The noise of a training step: network k draws from stream (seed, "noise", k, step), states first."""
    streams = [torch_stream(seed, "noise", k, step) for k in range(shape[0])]
    return Noise(
        _gaussian(dynamics.state_noise_per_step(dt_ms), shape, like, streams),
        _gaussian(dynamics.rate_noise_per_step(dt_ms), shape, like, streams),
    )


def _gaussian(
    deviation: float, shape: tuple[int, int, int, int], like: Tensor, streams: list[torch.Generator]
) -> Tensor | None:
    if deviation == 0:
        return None
    noise = torch.empty(shape, dtype=like.dtype)
    for network, stream in zip(noise, streams, strict=True):
        network.normal_(0, deviation, generator=stream)
    return noise.to(like.device)
