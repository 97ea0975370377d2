"""What a network is made of for one pass through time, and what comes of it."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from engine.networks.dynamics import Dynamics
from engine.networks.gate import Gate
from engine.networks.rate_function import RateFunction
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


class Motion(NamedTuple):
    """How the units move: the leak of all of them, or of each, and how states become rates.

    A gate may add to their drive, and of several `areas` (the units of each) every one may hear those before it within
    the same step.
    """

    leak: float | Float[Tensor, "#networks 1 units"]
    rates: RateFunction
    gate: Gate | None = None
    areas: tuple[Int[Tensor, " some"], ...] = ()

    def step(self, state: Float[Tensor, "*any"], drive: Float[Tensor, "*any"]) -> Float[Tensor, "*any"]:
        """The state one step later, without noise."""
        return state + self.leak * (drive - state)


class Noise(NamedTuple):
    """What is added in every step to states, to rates, and to rates where they are read out only; None is nothing."""

    state: Float[Tensor, "networks steps trials units"] | None = None
    rate: Float[Tensor, "networks steps trials units"] | None = None
    readout: Float[Tensor, "networks steps trials units"] | None = None


@torch.no_grad()
def drawn_noise(
    dynamics: Dynamics,
    leak: float | Float[Tensor, "#networks 1 units"],
    shape: tuple[int, int, int, int],
    like: Tensor,
    seed: int,
    step: int,
) -> Noise:
    """The noise of a training step: network k draws from stream (seed, "noise", k, step), states first.

    Where leaks are learned the noise follows their present values; its gradient does not run through them.
    """
    streams = [torch_stream(seed, "noise", k, step) for k in range(shape[0])]
    on_state = _gaussian(dynamics.state_noise_per_step(leak), shape, like, streams)
    on_rate = _gaussian(dynamics.rate_noise_per_step(leak), shape, like, streams)
    return Noise(on_state, on_rate, None) if dynamics.rate_noise_reenters else Noise(on_state, None, on_rate)


def _gaussian(
    deviation: float | Tensor, shape: tuple[int, int, int, int], like: Tensor, streams: list[torch.Generator]
) -> Tensor | None:
    is_one = not isinstance(deviation, Tensor)
    if not (deviation if is_one else deviation.any()):
        return None
    noise = torch.empty(shape, dtype=like.dtype)
    for network, stream in zip(noise, streams, strict=True):
        network.normal_(0, deviation if is_one else 1, generator=stream)
    noise = noise.to(like.device)
    return noise if is_one else noise.mul_(deviation[:, None])
