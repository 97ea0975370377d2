"""Fields that many tasks share: how long something lasts, how noisy the inputs are."""

from typing import Annotated

from pydantic import Field
from pydantic.fields import FieldInfo

from engine.component import Typical

Noise = Annotated[
    float,
    Field(ge=0, le=100, description="Noise of every input during the whole trial: spectral density in s^1/2."),
    Typical(0, 0.5, 0.01),
]
Tolerance = Annotated[
    float,
    Field(gt=0, lt=180, description="An answer this close to the right direction counts as right."),
    Typical(5, 45, 1),
]
RingUnits = Annotated[
    int, Field(ge=8, le=256, description="Inputs of a ring, each tuned to a direction."), Typical(8, 64)
]


def lasting(description: str, low_ms: float, high_ms: float) -> tuple[FieldInfo, Typical]:
    """What belongs to the field of a duration in ms; it may be 0 if the typical range begins there."""
    limit = {"ge": 0} if low_ms == 0 else {"gt": 0}
    return Field(**limit, le=60_000, description=description), Typical(low_ms, high_ms, 10)  # type: ignore[arg-type]
