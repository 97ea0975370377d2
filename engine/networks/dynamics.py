"""Dynamics: how the state of a unit moves in one time step, and how it becomes a rate."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field
from torch import Tensor

from engine.component import Component, Typical
from engine.connectomes.connectome import Connectome
from engine.networks.activations import Activation
from engine.networks.rate_function import RateFunction
from engine.networks.time_constants import TimeConstants
from engine.networks.unit_group import UnitGroup

Bias = Literal["learned", "fixed", "off"]


class Dynamics(Component):
    """Base of the dynamics family. A step moves the state x by its leak a towards its drive; the rate is r = f(g x).

        x_t = (1 - a) x_{t-1} + a (W_rec r_{t-1} + W_in u_t + b) + s xi_t,    r_t = f(g x_t) + q eta_t

    with independent standard Gaussian xi and eta. Leak a, nonlinearity f and gain g may differ between groups of units.
    By default the noise is stated so that it means the same at any time step. An input that gates, u_c, adds
    u_ct V_c r_{t-1} to the drive.
    """

    source: ClassVar[str] = "Yang & Wang (2020) Neuron 107: 1048; noise as in an Ornstein-Uhlenbeck process"

    activation: Annotated[
        Activation, Field(description="Rate as a function of the state; retanh is tanh above 0 and 0 below")
    ] = "relu"
    gain: Annotated[
        float, Field(gt=0, description="Factor g on the state, r = f(g x)"), Typical(0.25, 4, log=True)
    ] = 1.0  # fmt: skip
    groups: Annotated[
        tuple[UnitGroup, ...],
        Field(description="Units with a time constant, nonlinearity or gain of their own; later ones override"),
    ] = ()
    state_noise: Annotated[
        float,
        Field(ge=0, description="Standard deviation σ of the state of an unconnected unit; off in evaluation"),
        Typical(0, 0.5, 0.01),
    ] = 0.0
    rate_noise: Annotated[
        float,
        Field(
            ge=0,
            description="Standard deviation σ of a state that hears one such rate at a weight of 1; off in evaluation",
        ),
        Typical(0, 0.5, 0.01),
    ] = 0.0
    noise_scaling: Annotated[
        Literal["exact", "alpha", "sqrt_2alpha", "none"],
        Field(
            description="Noise on state and rate per step, a = dt/τ: exact σ√(a(2-a)) and σ√((2-a)/a), so that σ means "
            "the same at any dt; alpha aσ and σ (nn4n); sqrt_2alpha σ√(2a) and σ (Song et al. 2016); none σ and σ"
        ),
    ] = "exact"
    rate_noise_reenters: Annotated[
        bool, Field(description="Rate noise reaches other units through the synapses; otherwise only the readout")
    ] = True
    initial_state: Annotated[
        Literal["zero", "learned", "carried"],
        Field(
            description="States before the first step: all 0, one trained start per network, or those in which the "
            "trial before ended; evaluation runs every trial twice for that"
        ),
    ] = "zero"
    gated_by: Annotated[
        tuple[str, ...],
        Field(
            max_length=100,
            description="Inputs, by name, that also multiply what units hear from each other; each has weights"
            " of its own for it, which start at 0. Needs Dale's law off; training takes about 7 times as long",
        ),
    ] = ()
    between_areas: Annotated[
        Literal["delayed", "same_step"],
        Field(
            description="An area hears those listed before it one step later, as it hears all others, or within the "
            "same step (stacked recurrent layers), which takes about 4 times as long per area to train"
        ),
    ] = "delayed"
    bias: Annotated[
        Bias, Field(description="Constant drive of every unit: trained, fixed as drawn, or none at all")
    ] = "learned"  # fmt: skip
    readout_bias: Annotated[
        Bias, Field(description="Constant part of every output: trained, fixed as drawn, or none at all")
    ] = "learned"
    readout_sees: Annotated[
        Literal["rates", "unrectified"],
        Field(
            description="Outputs are sums of rates, or of what rates were before those below 0 became 0 (relu: the "
            "state, retanh: its tanh), without rate noise; other units always hear rates"
        ),
    ] = "rates"
    readout_activation: Annotated[
        Literal["linear", "tanh"], Field(description="Outputs are these sums, or their tanh")
    ] = "linear"
    initial_bias: Annotated[
        Literal["zero", "uniform", "two_uniform", "normal"],
        Field(
            description="Biases before training: 0, even over ±1/√n, those of the units the sum of two such draws (as "
            "PyTorch's RNN has two biases), or Gaussian of variance 1/n, of n units"
        ),
    ] = "zero"

    @abstractmethod
    def time_constants(self, connectome: Connectome, dt_ms: float, networks: int = 1) -> TimeConstants:
        """Those of all units, and with them the leaks, in (0, 1]. Raises Invalid where a group or dt does not fit."""

    def rate_function(self, connectome: Connectome) -> RateFunction:
        """That of all units. Raises Invalid where a group does not fit."""
        return RateFunction(self.by_unit(connectome, "activation"), self.by_unit(connectome, "gain"))

    def by_unit(self, connectome: Connectome, field: str) -> list[Any]:
        """What every unit has in a field that groups may override."""
        values = np.full(connectome.n, getattr(self, field), dtype=object)
        for _, group, members in self.members(connectome):
            if getattr(group, field) is not None:
                values[members] = getattr(group, field)
        return values.tolist()

    def members(self, connectome: Connectome) -> Iterator[tuple[str, UnitGroup, np.ndarray]]:
        """Every group with its address and which units belong to it."""
        for i, group in enumerate(self.groups):
            address = f"dynamics.groups.{i}"
            yield address, group, group.members(connectome, address)

    @property
    def is_plain(self) -> bool:
        """Whether a step is as written above without gates, so that every kernel computes it."""
        return not self.gated_by and self.between_areas == "delayed"

    def state_noise_per_step(self, leak: float | Tensor) -> float | Tensor:
        """s; exact makes an unconnected unit have the standard deviation state_noise."""
        factors = {"exact": (leak * (2 - leak)) ** 0.5, "alpha": leak, "sqrt_2alpha": (2 * leak) ** 0.5, "none": 1.0}
        return self.state_noise * factors[self.noise_scaling]

    def rate_noise_per_step(self, leak: float | Tensor) -> float | Tensor:
        """q; exact is what a weight of 1 and the leak turn into rate_noise in the state."""
        return self.rate_noise * (((2 - leak) / leak) ** 0.5 if self.noise_scaling == "exact" else 1.0)
