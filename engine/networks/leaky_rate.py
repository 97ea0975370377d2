"""The leaky rate unit of the continuous-time RNN."""

from typing import Annotated, ClassVar, Literal

import torch
from pydantic import Field

from engine.component import Component, Invalid, Typical
from engine.connectomes.connectome import Connectome
from engine.networks.dynamics import Dynamics
from engine.networks.time_constants import Learned, TimeConstants


class Membrane(Component):
    """The time constant of units, given or learned. A second base of its dynamics, so that forms begin with it."""

    tau_ms: Annotated[
        float, Field(gt=0, description="Time constant with which the state relaxes"), Typical(10, 200, 5)
    ] = 100.0
    learn_tau: Annotated[
        Literal["off", "per_unit", "per_group"],
        Field(description="Train time constants, from the given ones: one per unit, or one that each group shares"),
    ] = "off"
    shortest_tau_ms: Annotated[
        float, Field(gt=0, description="No learned time constant is shorter; at least the time step"), Typical(5, 50, 5)
    ] = 20.0
    longest_tau_ms: Annotated[
        float, Field(gt=0, description="No learned time constant is longer"), Typical(200, 5000, log=True)
    ] = 1000.0


class LeakyRate(Dynamics, Membrane):
    """Units that relax to their drive with a membrane time constant: tau dx/dt = -x + W_rec r + W_in u + b.

    Integrated by Euler steps, a = dt / tau, so that halving dt halves the error.
    """

    title: ClassVar[str] = "Leaky rate"

    kind: Annotated[Literal["leaky_rate"], Field(description="Leaky rate units (CTRNN)")] = "leaky_rate"

    def time_constants(self, connectome: Connectome, dt_ms: float, networks: int = 1) -> TimeConstants:
        """Raises Invalid where a group does not exist, the time step is too long or a start is out of bounds."""
        tau_ms = torch.tensor(self.by_unit(connectome, "tau_ms"), dtype=torch.float64)
        _require_fit(dt_ms, float(tau_ms.min()))
        if self.learn_tau == "off":
            return TimeConstants(tau_ms, dt_ms)
        self._require_inside(tau_ms)
        _require_fit(dt_ms, self.shortest_tau_ms)
        shared = torch.arange(connectome.n) if self.learn_tau == "per_unit" else self._shared(connectome, tau_ms)
        return TimeConstants(tau_ms, dt_ms, networks, Learned(self.shortest_tau_ms, self.longest_tau_ms, shared))

    def _shared(self, connectome: Connectome, tau_ms: torch.Tensor) -> torch.Tensor:
        """Units share a time constant whose last group is the same and that start alike."""
        last = torch.full((connectome.n,), -1.0, dtype=torch.float64)
        for i, (_, _, members) in enumerate(self.members(connectome)):
            last[torch.from_numpy(members)] = i
        return torch.unique(torch.stack([last, tau_ms]), dim=1, return_inverse=True)[1]

    def _require_inside(self, tau_ms: torch.Tensor) -> None:
        outside = tau_ms[(tau_ms <= self.shortest_tau_ms) | (tau_ms >= self.longest_tau_ms)]
        if len(outside):
            raise Invalid(
                f"A time constant of {float(outside[0]):g} ms cannot be learned between {self.shortest_tau_ms:g} and "
                f"{self.longest_tau_ms:g} ms; choose bounds below and above every time constant.",
                "dynamics.shortest_tau_ms" if outside[0] <= self.shortest_tau_ms else "dynamics.longest_tau_ms",
            )


def _require_fit(dt_ms: float, tau_ms: float) -> None:
    if not 0 < dt_ms <= tau_ms:
        raise Invalid(
            f"A time step of {dt_ms:g} ms does not fit a time constant of {tau_ms:g} ms; "
            "choose a dt_ms above 0 and up to tau_ms.",
            "dt_ms",
        )
