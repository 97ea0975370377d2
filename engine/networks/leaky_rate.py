"""The leaky rate unit of the continuous-time RNN."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from engine.component import Invalid, Typical
from engine.networks.dynamics import Dynamics


class LeakyRate(Dynamics):
    """Units that relax to their drive with a membrane time constant: tau dx/dt = -x + W_rec r + W_in u + b.

    Integrated by Euler steps, a = dt / tau, so that halving dt halves the error.
    """

    title: ClassVar[str] = "Leaky rate"

    kind: Annotated[Literal["leaky_rate"], Field(description="Leaky rate units (CTRNN)")] = "leaky_rate"
    tau_ms: Annotated[
        float, Field(gt=0, description="Time constant with which the state relaxes"), Typical(10, 200, 5)
    ] = 100.0

    def leak(self, dt_ms: float) -> float:
        """Raises Invalid if the time step is longer than the time constant."""
        if not 0 < dt_ms <= self.tau_ms:
            raise Invalid(
                f"A time step of {dt_ms:g} ms does not fit a time constant of {self.tau_ms:g} ms; "
                "choose a dt_ms above 0 and up to tau_ms.",
                "dt_ms",
            )
        return dt_ms / self.tau_ms
