"""A gate: inputs that multiply what units hear from each other, as a velocity does in a ring attractor."""

from collections.abc import Sequence
from typing import NamedTuple

from jaxtyping import Float, Int
from torch import Tensor

from engine.component import Invalid, near
from engine.constraints.law import Law

ALL = "all"


class Gate(NamedTuple):
    """The drive V_c r times input c, summed over the gating inputs. source: Zhang (1996) J. Neurosci. 16: 2112."""

    channels: Int[Tensor, " gates"]
    weights: Float[Tensor, "networks gates post pre"]

    def drive(
        self, rates: Float[Tensor, "networks trials pre"], inputs: Float[Tensor, "*networks trials inputs"]
    ) -> Float[Tensor, "networks trials post"]:
        """What it adds to the drive of units that hear these rates."""
        heard = (rates @ self.weights.flatten(1, 2).mT).unflatten(-1, self.weights.shape[1:3])
        return (heard * inputs[..., self.channels, None]).sum(-2)


def gating_channels(named: Sequence[str], inputs: Sequence[str]) -> tuple[int, ...]:
    """Which inputs gate: those of these names, or every one for "all". Raises Invalid for a name that no input has."""
    if tuple(named) == (ALL,):
        return tuple(range(len(inputs)))
    unknown = next((name for name in named if name not in inputs), None)
    if unknown is not None:
        said = f"The task has no input '{unknown}'; it has {', '.join(inputs)}.{near(unknown, inputs)}"
        raise Invalid(said, "dynamics.gated_by")
    return tuple(sorted({inputs.index(name) for name in named}))


def require_gateable(law: Law) -> None:
    """Raises Invalid unless recurrent weights may have any value where they exist: what inputs gate takes any sign."""
    limits = (law.low.isinf() & law.high.isinf()) | ~law.exists
    if law.plasticity is None and bool(limits.all()):
        return
    said = "Inputs that gate recurrent connections give them any sign and strength, but laws limit those of W_rec"
    raise Invalid(f"{said}; switch Dale's law off and remove such rules, or let no input gate.", "dynamics.gated_by")


def lawful_gate(
    free: Float[Tensor, "networks gates units units"], law: Law
) -> Float[Tensor, "networks gates units units"]:
    """Gates of the connections that exist under the law of W_rec as it is now; 0 for all others."""
    return free if law.is_free else free * law.exists[..., None, :, :]


def gates_outside(gates: Float[Tensor, "networks gates units units"], law: Law) -> Int[Tensor, " networks"]:
    """How many gates of each network are of connections that do not exist under the law of W_rec; NaN is none."""
    return ((gates.abs() > 0) & ~law.exists[..., None, :, :]).flatten(1).sum(1)
