"""Driven: a network that turns a bump at a velocity, step by step, so that somebody may hold the velocity."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float

from engine.component import Invalid
from engine.networks.network import Network
from engine.recordings.ring_attractor import RingAttractor
from engine.recordings.session import Session
from engine.variable import Variable

MOST_RATE = 0.999  # a rate of 1 has no finite state
BURN_IN = 300
TRIALS, SHORTEST_TRIAL, LONGEST_TRIAL = 10, 10, 200  # of what a person drives; the last two in steps


@dataclass(frozen=True, eq=False)
class Driven:
    """All that moves it. `gated` weights count by the velocity, `into` are those of the velocity itself (rad/s).

    `leaks` says what keeps a part of the step before: the activity, as in the ring attractor, or the state, as in
    leaky rate networks. The first `shown` units hold the bump.
    """

    name: str
    weights: Float[np.ndarray, "units units"]
    gated: Float[np.ndarray, "units units"] | None
    into: Float[np.ndarray, " units"]
    bias: Float[np.ndarray, " units"]
    first: Float[np.ndarray, " units"]
    leak: float
    leaks: Literal["activity", "state"]
    shown: int
    dt_ms: float

    def step(
        self, held: Float[np.ndarray, " units"], velocity: float
    ) -> tuple[Float[np.ndarray, " units"], Float[np.ndarray, " units"]]:
        """What is held after a step at this velocity, and the rates. Rates are tanh of the drive, never negative."""
        before = held if self.leaks == "activity" else np.maximum(np.tanh(held), 0)
        drive = self.weights @ before + self.into * velocity + self.bias
        if self.gated is not None:
            drive = drive + velocity * (self.gated @ before)
        if self.leaks == "activity":
            rates = np.maximum(np.tanh(drive), 0)
            return (1 - self.leak) * held + self.leak * rates, rates
        held = (1 - self.leak) * held + self.leak * drive
        return held, np.maximum(np.tanh(held), 0)


def driven_ring(ring: RingAttractor) -> Driven:
    """The ring attractor itself, its bump at rest."""
    at_rest = ring.rates(np.zeros((1, BURN_IN)), np.random.default_rng(0))[0, -1].astype(float)
    none = np.zeros(ring.units)
    return Driven("Ring attractor", ring.weights(), ring.velocity_weights(), none, none, at_rest, ring.leak, "activity",
                  ring.units, ring.sampling_ms)  # fmt: skip


def driven_session(of: Driven, takes: Sequence[Float[np.ndarray, " _"]]) -> Session:
    """What it does at velocities that were held (rad/s), each take from rest, cut into trials of equal length.

    Trials are a tenth of the whole, up to 200 steps, and no longer than the shortest take; what is left over at the end
    of a take is left out. Raises Invalid for less than ten trials of ten steps.
    """
    whole = sum(map(len, takes))
    steps = min(whole // TRIALS, LONGEST_TRIAL, min(map(len, takes), default=0))
    if steps < SHORTEST_TRIAL:
        least = TRIALS * SHORTEST_TRIAL * of.dt_ms / 1000
        raise Invalid(
            f"Too little was recorded: record at least {least:g} s, and no take shorter than a tenth of that."
        )
    each = [_trials(of, np.asarray(velocity, float), steps) for velocity in takes]
    rates, velocity, heading = (torch.from_numpy(np.concatenate(p).astype(np.float32)) for p in zip(*each, strict=True))
    names = tuple(f"neuron {k + 1}" for k in range(of.shown))
    return Session(rates, velocity[..., None], of.dt_ms, names, ("velocity",), {"heading": heading},
                   variables=(Variable("heading", "circular", "°", 360.0),))  # fmt: skip


def _trials(of: Driven, velocity: Float[np.ndarray, " all"], steps: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rates, velocity (rad/s) and heading (degrees, from 0 at rest) of one take, in trials."""
    held, rates = of.first, np.empty((len(velocity), of.shown))
    for step, now in enumerate(velocity):
        held, every = of.step(held, float(now))
        rates[step] = every[: of.shown]
    heading = np.rad2deg(np.cumsum(velocity) * of.dt_ms / 1000) % 360
    whole = len(velocity) // steps * steps
    return tuple(part[:whole].reshape(-1, steps, *part.shape[1:]) for part in (rates, velocity, heading))


def driven_network(
    name: str, network: Network, index: int, at_rest: Float[np.ndarray, " shown"], dt_ms: float
) -> Driven:
    """A leaky network of rectified tanh units that was fitted to a ring; unobserved units begin silent."""
    weights = {key: tensor[index].double().numpy() for key, tensor in network.lawful_weights().items()}
    first = np.zeros(len(weights["W_rec"]))
    first[: len(at_rest)] = np.arctanh(np.clip(at_rest, 0, MOST_RATE))
    gated = weights["W_gate"][0] if "W_gate" in weights else None
    leak = float(torch.as_tensor(network.time_constants.leak()).double().mean())
    return Driven(name, weights["W_rec"], gated, weights["W_in"][:, 0], weights["bias"], first, leak, "state",
                  len(at_rest), dt_ms)  # fmt: skip
