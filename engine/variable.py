"""A variable of a task or of behaviour: what units may be tuned to."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Variable:
    """A task variable that activity may be tuned to. `period` is the period of a circular variable, in `unit`."""

    name: str
    kind: Literal["circular", "linear", "categorical"]
    unit: str = ""
    period: float | None = None
    labels: tuple[str, ...] = ()
