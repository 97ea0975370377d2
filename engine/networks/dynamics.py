"""Dynamics: how the state of a unit moves in one time step, and how it becomes a rate."""

import math
from abc import abstractmethod
from typing import Annotated, ClassVar

from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.component import Component, Typical
from engine.networks.activations import RATES, Activation


class Dynamics(Component):
    """Base of the dynamics family. A step moves the state x by its leak a towards its drive; the rate is r = f(x).

        x_t = (1 - a) x_{t-1} + a (W_rec r_{t-1} + W_in u_t + b) + s xi_t,    r_t = f(x_t) + q eta_t

    with independent standard Gaussian xi and eta. The noise is stated so that it means the same at any time step.
    """

    source: ClassVar[str] = "Yang & Wang (2020) Neuron 107: 1048; noise as in an Ornstein-Uhlenbeck process"

    activation: Annotated[
        Activation, Field(description="Rate as a function of the state; retanh is tanh above 0 and 0 below")
    ] = "relu"
    state_noise: Annotated[
        float,
        Field(ge=0, description="Standard deviation of the state of an unconnected unit; off in evaluation"),
        Typical(0, 0.5, 0.01),
    ] = 0.0
    rate_noise: Annotated[
        float,
        Field(
            ge=0,
            description="Standard deviation of a state that hears one such rate with a weight of 1; off in evaluation",
        ),
        Typical(0, 0.5, 0.01),
    ] = 0.0

    @abstractmethod
    def leak(self, dt_ms: float) -> float:
        """The share a of the way to its drive that a state goes in one step, in (0, 1]; Invalid if there is none."""

    def step(self, state: Float[Tensor, "*any"], drive: Float[Tensor, "*any"], dt_ms: float) -> Float[Tensor, "*any"]:
        """The state one step later, without noise."""
        return state + self.leak(dt_ms) * (drive - state)

    def rates(self, state: Float[Tensor, "*any"]) -> Float[Tensor, "*any"]:
        """The rates of states, without noise."""
        return RATES[self.activation](state)

    def state_noise_per_step(self, dt_ms: float) -> float:
        """s = state_noise * sqrt(a (2 - a)), so that an unconnected unit has the standard deviation state_noise."""
        a = self.leak(dt_ms)
        return self.state_noise * math.sqrt(a * (2 - a))

    def rate_noise_per_step(self, dt_ms: float) -> float:
        """q = rate_noise * sqrt((2 - a) / a), which a weight of 1 and the leak turn into rate_noise in the state."""
        a = self.leak(dt_ms)
        return self.rate_noise * math.sqrt((2 - a) / a)
