"""The Elman unit: no memory of its own."""

from typing import Annotated, ClassVar, Literal

import torch
from pydantic import Field

from engine.component import Invalid
from engine.connectomes.connectome import Connectome
from engine.networks.dynamics import Dynamics
from engine.networks.time_constants import TimeConstants


class Elman(Dynamics):
    """Units whose state is their drive: a leaky rate unit whose time constant is the time step, a = 1."""

    title: ClassVar[str] = "Elman"
    source: ClassVar[str] = "Elman (1990) Cognitive Science 14: 179"

    kind: Annotated[
        Literal["elman"], Field(description="Units without memory of their own (simple recurrent network)")
    ] = "elman"

    def time_constants(self, connectome: Connectome, dt_ms: float, networks: int = 1) -> TimeConstants:
        """The time step. Raises Invalid if a group has another one."""
        for address, group, _ in self.members(connectome):
            if group.tau_ms is not None:
                raise Invalid(
                    f"Elman units have no time constant, but the group '{group.name}' has one; leave it empty, or "
                    "choose leaky rate units.",
                    f"{address}.tau_ms",
                )
        return TimeConstants(torch.full((connectome.n,), dt_ms, dtype=torch.float64), dt_ms)
