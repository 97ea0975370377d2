"""A recording: what the units of one network did on some trials."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from engine.tasks.task import Trials


@dataclass(frozen=True, eq=False)
class Recording:
    """States, rates and outputs of one network on some trials, with those trials. Dimensionless; time in `trials.epochs.dt_ms`."""

    trials: Trials
    states: Float[Tensor, "trials steps units"]
    rates: Float[Tensor, "trials steps units"]
    outputs: Float[Tensor, "trials steps outputs"]
