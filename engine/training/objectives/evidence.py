"""Evidence: what an objective may judge after one pass through a batch of trials."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from jaxtyping import Float, Int
from torch import Tensor

from engine.connectomes.connectome import Connectome
from engine.tasks.task import Trials


@dataclass(frozen=True, eq=False)
class Evidence:
    """One batch: the lawful weights, and what the networks did. States and rates are there if an objective needs them.

    `given` is what the objective at hand read off the connectome before training.
    """

    connectome: Connectome
    trials: Trials
    W_in: Float[Tensor, "networks units inputs"]
    W_rec: Float[Tensor, "networks units units"]
    W_out: Float[Tensor, "networks outputs units"]
    outputs: Float[Tensor, "networks trials steps outputs"] | None = None
    task_loss: Float[Tensor, " networks"] | None = None
    states: Float[Tensor, "networks trials steps units"] | None = None
    rates: Float[Tensor, "networks trials steps units"] | None = None
    given: Mapping[str, Tensor] = field(default_factory=dict)

    def of(self, rows: Int[Tensor, " some"]) -> "Evidence":
        """The same of some networks only."""
        per_network = ("W_in", "W_rec", "W_out", "outputs", "task_loss", "states", "rates")
        there = {name: value[rows] for name in per_network if (value := getattr(self, name)) is not None}
        return replace(self, **there)
