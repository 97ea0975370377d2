"""The ring attractor whose wiring is known: the ground truth that identification is tried on."""

import functools
import math
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np
import torch
from jaxtyping import Float
from pydantic import Field
from scipy.signal import lfilter

from engine.component import Typical
from engine.randomness import numpy_stream
from engine.recordings.attractor import BurnIn, Leak, Normalise, Sampling, Silenced, StateNoise, kicked, leaked, silent
from engine.recordings.session import Session
from engine.recordings.source import RecordingSource
from engine.recordings.velocity_profile import given_velocities
from engine.variable import Variable

FIRST_HEADING = math.pi  # of every trial


class RingAttractor(RecordingSource):
    """A bump of activity on a ring of neurons that the velocity pushes around, as in a fly's head-direction system.

        u <- u + noise z/|z|,   r_t = f(W u_{t-1} + v_t V u_{t-1}),   u_t = (1 - a) u_{t-1} + a r_t,   f(x) = [tanh x]+

    with W = c cos(k D) + h for the distance D along the ring, and velocity weights V = g G, where
    G = -c k sin(k D) times the signed displacement from the sender to the receiver. The rates r are recorded, with the
    velocity as input and the true heading as behaviour. With these signs the bump moves against the order of the units
    for a positive velocity. The velocity is a Gauss-Markov process, or constant, or as given.
    """

    kind: Literal["ring_attractor"] = "ring_attractor"
    title: ClassVar[str] = "Ring attractor (simulated)"
    source: ClassVar[str] = "Zhang (1996) J. Neurosci. 16: 2112; constants of github.com/liuyuezhang/nsi"

    units: Annotated[int, Field(ge=4, le=1000, description="Neurons on the ring."), Typical(20, 200, 10)] = 100
    cosine: Annotated[
        float, Field(ge=-10, le=10, description="Height c of the cosine."), Typical(0.02, 0.3, 0.01)
    ] = 0.1  # fmt: skip
    wave_number: Annotated[
        float, Field(gt=0, le=10, description="Wave number k of the cosine, per neuron."), Typical(0.01, 0.2, 0.005)
    ] = 0.06
    offset: Annotated[
        float, Field(ge=-10, le=10, description="Constant h of all weights."), Typical(-0.1, 0, 0.005)
    ] = -0.03
    velocity_gain: Annotated[
        float, Field(ge=-10, le=10, description="Factor g of the velocity weights, per rad/s."), Typical(0, 0.1, 0.005)
    ] = 0.02
    leak: Leak = 1.0
    normalise: Normalise = False
    state_noise: StateNoise = 0.0
    velocity_profile: Annotated[
        Literal["random", "constant", "given"], Field(description="Random, constant, or as you give it piece by piece.")
    ] = "random"
    constant_velocity: Annotated[
        float, Field(ge=-100, le=100, description="Velocity if it is constant, in rad/s."), Typical(-4, 4, 0.25)
    ] = 1.0  # fmt: skip
    given_velocities: Annotated[
        str,
        Field(
            max_length=20_000, description="If given: rad/s x steps, repeated; trials take turns between semicolons."
        ),
    ] = "0 x 20, 2 x 40, 0 x 20, -2 x 40"
    velocity_kick: Annotated[
        float,
        Field(ge=0, le=100, description="Standard deviation of what is new in the velocity of a step, in rad/s."),
        Typical(0, 3, 0.1),
    ] = 1.2
    velocity_memory: Annotated[
        float,
        Field(ge=0, lt=1, description="Part of the velocity that lasts to the next step."),
        Typical(0, 0.99, 0.01),
    ] = 0.8
    sampling_ms: Sampling = 25.0
    burn_in: BurnIn = 500
    steps: Annotated[int, Field(ge=2, le=100_000, description="Steps of a trial."), Typical(50, 2000, 50)] = 1000
    trials: Annotated[int, Field(ge=2, le=10_000, description="Trials."), Typical(10, 200, 10)] = 100
    seed: Annotated[
        int, Field(ge=0, lt=2**31, description="Seed of first state, velocities and noise."), Typical(0, 20)
    ] = 0
    silenced: Silenced = ""

    def session(self) -> Session:
        """The rates on these velocities, which are stationary from the first step where they are random."""
        return _session(self)

    def sheet(self) -> tuple[int, ...]:
        return (self.units,)

    def displacement(self) -> Float[np.ndarray, "post pre"]:
        """Signed steps along the ring from the sender to the receiver, from -n/2 up to n/2."""
        place = np.arange(self.units)
        return (place[:, None] - place + self.units / 2) % self.units - self.units / 2

    def weights(self) -> Float[np.ndarray, "post pre"]:
        """W."""
        return self.cosine * np.cos(self.wave_number * np.abs(self.displacement())) + self.offset

    def derivative(self) -> Float[np.ndarray, "post pre"]:
        """G, an odd profile wider than the derivative proper."""
        away = self.displacement()
        return -self.cosine * self.wave_number * np.sin(self.wave_number * np.abs(away)) * away

    def derivatives(self) -> Mapping[str, Float[np.ndarray, "post pre"]]:
        return {"velocity": self.derivative()}

    def velocity_weights(self) -> Float[np.ndarray, "post pre"]:
        """V."""
        return self.velocity_gain * self.derivative()

    def velocities(self, rng: np.random.Generator) -> Float[np.ndarray, "trials steps"]:
        """Of all trials (rad/s)."""
        if self.velocity_profile == "constant":
            return np.full((self.trials, self.steps), self.constant_velocity)
        if self.velocity_profile == "given":
            return given_velocities(self.given_velocities, self.trials, self.steps)
        kicks = rng.standard_normal((self.trials, self.steps)) * self.velocity_kick
        kicks[:, 0] /= math.sqrt(1 - self.velocity_memory**2)
        return lfilter([1.0], [1.0, -self.velocity_memory], kicks, axis=1)

    def rates(
        self, velocity: Float[np.ndarray, "trials steps"], rng: np.random.Generator
    ) -> Float[np.ndarray, "trials steps units"]:
        """What the neurons do while the ring turns at these velocities (rad/s); all trials begin at the same place."""
        trials, steps = velocity.shape
        state = np.tile(rng.standard_normal(self.units) / math.sqrt(self.units), (trials, 1))
        both = np.concatenate([self.weights(), self.velocity_weights()]).T.copy()
        rates = np.empty((trials, steps, self.units), np.float32)
        at_rest, off = np.zeros(trials), silent(self.silenced, self.units)
        for step in range(-self.burn_in, steps):
            if step > 0:
                state[:, off] = 0
            state, now = self._moved(state, velocity[:, step] if step >= 0 else at_rest, both, rng)
            if step >= 0:
                rates[:, step] = now
            if step > 0:
                rates[:, step, off] = 0
        return rates

    def heading(self, velocity: Float[np.ndarray, "trials steps"]) -> Float[np.ndarray, "trials steps"]:
        """The true heading after each step, in 0 … 2 pi."""
        return (FIRST_HEADING + np.cumsum(velocity, axis=1) * self.sampling_ms / 1000) % (2 * math.pi)

    def _moved(
        self, state: np.ndarray, velocity: np.ndarray, both: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """State and rates after one step."""
        state = kicked(state, self.state_noise, rng)
        drive = state @ both
        rates = np.maximum(np.tanh(drive[:, : self.units] + velocity[:, None] * drive[:, self.units :]), 0)
        return leaked(state, rates, self.leak, self.normalise), rates


@functools.lru_cache(maxsize=4)
def _session(ring: RingAttractor) -> Session:
    velocity = ring.velocities(numpy_stream(ring.seed, "velocities"))
    rates = torch.from_numpy(ring.rates(velocity, numpy_stream(ring.seed, "ring")))
    seen = torch.from_numpy(velocity).float()
    heading = torch.from_numpy(np.rad2deg(ring.heading(velocity))).float().remainder(360)
    return Session(
        rates, seen[..., None], ring.sampling_ms, tuple(f"ring {i + 1}" for i in range(ring.units)), ("velocity",),
        behaviour={"heading": heading, "velocity": seen.rad2deg()},
        variables=(Variable("heading", "circular", "°", 360.0), Variable("velocity", "linear", "°/s")),
    )  # fmt: skip
