"""The torus attractor whose wiring is known: a sheet of grid cells that a walk in an arena shifts."""

import functools
import math
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np
import torch
from jaxtyping import Complex, Float
from pydantic import Field
from scipy.fft import irfft2, rfft2

from engine.component import Typical
from engine.randomness import numpy_stream
from engine.recordings.arena import Walk, walk
from engine.recordings.attractor import BurnIn, Leak, Normalise, Sampling, Silenced, StateNoise, kicked, leaked, silent
from engine.recordings.session import Session
from engine.recordings.source import RecordingSource
from engine.variable import Variable


class TorusAttractor(RecordingSource):
    """A lattice of bumps on a torus of neurons that velocity in the plane pushes around, as in grid cells.

        r_t = f(W u_{t-1} + b + x_t X u_{t-1} + y_t Y u_{t-1}),   u_t = (1 - a) u_{t-1} + a r_t,   f(x) = [tanh x]+

    with W = A (exp(-g s D²) - exp(-s D²)) for the distance D on the torus and s = 3 / L² for a lattice of period L, and
    X and Y the gradient of W along the two axes, times a gain. The rates r are recorded, with the two velocities as
    inputs and place and heading as behaviour. An animal walks in a square arena, or the velocity is constant.
    """

    kind: Literal["torus_attractor"] = "torus_attractor"
    title: ClassVar[str] = "Torus attractor (simulated)"
    source: ClassVar[str] = (
        "Burak & Fiete (2009) PLoS Comput. Biol. 5: e1000291; constants of github.com/liuyuezhang/nsi"
    )

    side: Annotated[int, Field(ge=3, le=64, description="Neurons along each side."), Typical(8, 40, 1)] = 32
    height: Annotated[float, Field(gt=0, le=100, description="Height A of both Gaussians."), Typical(1, 10, 0.5)] = 5.0
    period: Annotated[
        float, Field(gt=0, le=1000, description="Period L of the lattice, in neurons."), Typical(5, 20, 1)
    ] = 13.0  # fmt: skip
    surround: Annotated[
        float, Field(gt=1, le=10, description="How much narrower the positive one is: g."), Typical(1.01, 1.5, 0.01)
    ] = 1.05  # fmt: skip
    velocity_gain: Annotated[
        float, Field(ge=-100, le=100, description="Gain of the gradient, per m/s."), Typical(0, 4, 0.1)
    ] = 1.0  # fmt: skip
    drive: Annotated[float, Field(ge=-10, le=10, description="Constant input b."), Typical(0.2, 2, 0.1)] = 1.0
    leak: Leak = 0.2
    normalise: Normalise = False
    state_noise: StateNoise = 0.0
    velocity_profile: Annotated[
        Literal["random", "constant"], Field(description="A walk in the arena, or a constant velocity.")
    ] = "random"
    constant_x: Annotated[float, Field(ge=-10, le=10, description="If constant: m/s along x."), Typical(-1, 1, 0.1)] = (
        0.3
    )
    constant_y: Annotated[float, Field(ge=-10, le=10, description="If constant: m/s along y."), Typical(-1, 1, 0.1)] = (
        0.0
    )
    arena: Annotated[float, Field(gt=0, le=100, description="Side of the arena, in m."), Typical(0.5, 4, 0.1)] = 2.2
    speed: Annotated[
        float, Field(ge=0, le=10, description="Scale of the Rayleigh distributed speeds, in m/s."), Typical(0, 1, 0.05)
    ] = 0.2  # fmt: skip
    turn: Annotated[float, Field(ge=0, le=100, description="Spread of turns, in rad/s."), Typical(0, 10, 0.5)] = 3.0
    wall: Annotated[
        float, Field(ge=0, le=10, description="Turns away from a wall so near, in m."), Typical(0, 0.2, 0.01)
    ] = 0.03
    sampling_ms: Sampling = 20.0
    burn_in: BurnIn = 500
    steps: Annotated[int, Field(ge=2, le=20_000, description="Steps of a trial."), Typical(50, 1000, 50)] = 200
    trials: Annotated[int, Field(ge=2, le=1000, description="Trials."), Typical(2, 100, 2)] = 20
    seed: Annotated[int, Field(ge=0, lt=2**31, description="Seed of first state, walk and noise."), Typical(0, 20)] = 0
    silenced: Silenced = ""

    def session(self) -> Session:
        """The rates on these velocities."""
        return _session(self)

    def sheet(self) -> tuple[int, ...]:
        return (self.side, self.side)

    def weights(self) -> Float[np.ndarray, "post pre"]:
        """W; unit side x + y lies at (x, y)."""
        return self._spread_out(self.kernels()[0])

    def derivatives(self) -> Mapping[str, Float[np.ndarray, "post pre"]]:
        _, x, y = self.kernels()
        return {"velocity x": self._spread_out(x), "velocity y": self._spread_out(y)}

    def kernels(self) -> Float[np.ndarray, "three side side"]:
        """W and its gradients by displacement from the sender to the receiver, from 0 on along both axes."""
        half = self.side / 2
        away = (np.arange(self.side) + half) % self.side - half
        square, slow = away[:, None] ** 2 + away**2, 3 / self.period**2
        fast = self.surround * slow
        narrow, wide = np.exp(-fast * square), np.exp(-slow * square)
        slope = -2 * self.height * (fast * narrow - slow * wide)
        return np.stack([self.height * (narrow - wide), slope * away[:, None], slope * away])

    def velocities(self) -> Walk:
        """What the animal does."""
        rng, dt_s = numpy_stream(self.seed, "velocities"), self.sampling_ms / 1000
        if self.velocity_profile == "random":
            return walk(self.trials, self.steps, dt_s, self.arena, self.speed, self.turn, self.wall, rng)
        velocity = np.tile([self.constant_x, self.constant_y], (self.trials, self.steps, 1))
        heading = np.full(velocity.shape[:2], math.atan2(self.constant_y, self.constant_x) % (2 * math.pi))
        return Walk(velocity, self.arena / 2 + np.cumsum(velocity, axis=1) * dt_s, heading)

    def rates(
        self, velocity: Float[np.ndarray, "trials steps 2"], rng: np.random.Generator
    ) -> Float[np.ndarray, "trials steps units"]:
        """What the neurons do at these velocities (m/s); all trials begin with the same state."""
        trials, steps, _ = velocity.shape
        off = silent(self.silenced, self.side**2)
        state = np.tile(rng.standard_normal(self.sheet()) / self.side, (trials, 1, 1))
        over = rfft2(self.kernels() * np.array([1, self.velocity_gain, self.velocity_gain])[:, None, None])
        rates = np.empty((trials, steps, self.side**2), np.float32)
        for step in range(-self.burn_in, steps):
            state = kicked(state, self.state_noise, rng)
            now = self._driven(state, velocity[:, step] if step >= 0 else np.zeros((trials, 2)), over)
            state = leaked(state, now, self.leak, self.normalise)
            if step >= 0:
                rates[:, step] = now.reshape(trials, -1)
                state.reshape(trials, -1)[:, off] = 0
            if step > 0:
                rates[:, step, off] = 0
        return rates

    def _driven(
        self, state: Float[np.ndarray, "trials side side"], velocity: Float[np.ndarray, "trials 2"],
        over: Complex[np.ndarray, "three side half"],
    ) -> Float[np.ndarray, "trials side side"]:  # fmt: skip
        """Rates in this state at these velocities."""
        at = np.einsum("tk,kab->tab", np.concatenate([np.ones((len(state), 1)), velocity], 1), over)
        return np.maximum(np.tanh(irfft2(rfft2(state) * at, s=state.shape[1:]) + self.drive), 0)

    def _spread_out(self, kernel: Float[np.ndarray, "side side"]) -> Float[np.ndarray, "post pre"]:
        x, y = np.unravel_index(np.arange(self.side**2), self.sheet())
        return kernel[(x[:, None] - x) % self.side, (y[:, None] - y) % self.side]


@functools.lru_cache(maxsize=2)
def _session(torus: TorusAttractor) -> Session:
    gone = torus.velocities()
    rates = torch.from_numpy(torus.rates(gone.velocity, numpy_stream(torus.seed, "torus")))
    names = tuple(f"cell {x + 1},{y + 1}" for x in range(torus.side) for y in range(torus.side))
    x, y = (torch.from_numpy(gone.place[..., k]).float() for k in range(2))
    heading = torch.from_numpy(np.rad2deg(gone.heading)).float().remainder(360)
    return Session(
        rates, torch.from_numpy(gone.velocity).float(), torus.sampling_ms, names, ("velocity x", "velocity y"),
        behaviour={"x": x, "y": y, "heading": heading},
        variables=(Variable("x", "linear", "m"), Variable("y", "linear", "m"),
                   Variable("heading", "circular", "°", 360.0)),
    )  # fmt: skip
