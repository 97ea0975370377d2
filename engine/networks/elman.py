"""The Elman unit: no memory of its own."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from engine.networks.dynamics import Dynamics


class Elman(Dynamics):
    """Units whose state is their drive: a leaky rate unit whose time constant is the time step, a = 1."""

    title: ClassVar[str] = "Elman"
    source: ClassVar[str] = "Elman (1990) Cognitive Science 14: 179"

    kind: Annotated[
        Literal["elman"], Field(description="Units without memory of their own (simple recurrent network)")
    ] = "elman"

    def leak(self, dt_ms: float) -> float:
        """The whole way, at any time step."""
        return 1.0
