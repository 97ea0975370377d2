"""An objective is a cost that training lowers beside the task's own loss."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Bool, Float
from pydantic import Field
from torch import Tensor

from engine.component import Component, Invalid, Typical, near
from engine.connectomes.connectome import Connectome
from engine.connectomes.selectors import units
from engine.tasks.task import Epochs
from engine.training.objectives.evidence import Evidence

Given = Mapping[str, Callable[[], Tensor]]  # what stands fast is checked at once, and computed when called


class Objective(Component):
    """Base of the family of objectives: one cost per network, which never depends on its neighbours."""

    needs_rates: ClassVar[bool] = False

    active: Annotated[bool, Field(description="Off it is left out, as if it were not listed")] = True
    weight: Annotated[
        float, Field(description="Factor of this cost; below 0 the network seeks what it else avoids"),
        Typical(1e-4, 1, log=True),
    ] = 0.01  # fmt: skip
    scaling: Annotated[
        Literal["fixed", "relative"],
        Field(description="fixed: weight x cost; relative: the cost is rescaled at every step to the task's loss, so "
              "that a weight of 0.1 always is a tenth of it"),
    ] = "fixed"  # fmt: skip

    @abstractmethod
    def given(self, connectome: Connectome, epochs: Epochs, address: str) -> Given:
        """What it reads off the wiring, once. Raises Invalid, below `address`, if wiring or task lack it."""

    def remarks(self, connectome: Connectome) -> tuple[str, ...]:
        """What a user should know of it on this wiring, none of which forbids it."""
        return ()

    @abstractmethod
    def cost(self, evidence: Evidence) -> Float[Tensor, " networks"]:
        """The cost of every network, before weight and scaling."""

    def share(
        self,
        cost: Float[Tensor, " networks"],
        task_loss: Float[Tensor, " networks"],
        weight: Float[Tensor, " networks"] | None = None,
    ) -> Float[Tensor, " networks"]:
        """What it adds to the loss, by its own weight or by one per network.

        Relative is weight x L x cost / cost with both L, the task's loss, and the divisor held constant: the value is
        weight x L, the gradient that of the cost at this size. A cost of 0 adds nothing.
        """
        weight = self.weight if weight is None else weight
        if self.scaling == "fixed":
            return weight * cost
        size = cost.detach()
        there = size != 0
        return torch.where(there, weight * task_loss.detach() * cost / torch.where(there, size, 1), 0)


class RateObjective(Objective):
    """Base of the objectives that judge the rates of some units during some epochs."""

    needs_rates: ClassVar[bool] = True

    units: Annotated[
        str, Field(max_length=2000, description="Whose rates: all, or e.g. area:V1, type:PV, sign:E, joined by |")
    ] = "all"  # fmt: skip
    epochs: Annotated[
        tuple[str, ...], Field(max_length=20, description="During which epochs of a trial; empty is all of it")
    ] = ()  # fmt: skip

    def given(self, connectome: Connectome, epochs: Epochs, address: str) -> Given:
        """Which units, and at which steps."""
        chosen = torch.from_numpy(units(connectome, self.units, f"{address}.units")).nonzero().flatten()
        steps = steps_of(epochs, self.epochs, f"{address}.epochs").nonzero().flatten()
        return {"units": lambda: chosen, "steps": lambda: steps}

    def cost(self, evidence: Evidence) -> Float[Tensor, " networks"]:
        """The cost of the rates of these units at these steps."""
        rates = evidence.rates
        if self.epochs:
            rates = rates[:, :, evidence.given["steps"]]
        return self.of(rates if self.units == "all" else rates[..., evidence.given["units"]], evidence)

    @abstractmethod
    def of(
        self, rates: Float[Tensor, "networks trials chosen_steps chosen"], evidence: Evidence
    ) -> Float[Tensor, " networks"]:
        """The cost of these rates."""


def steps_of(epochs: Epochs, names: tuple[str, ...], address: str) -> Bool[Tensor, " steps"]:
    """The steps of the named epochs; of all if none is named. Raises Invalid for one that the task has not."""
    chosen = torch.full((epochs.steps,), not names)
    for name in names:
        if name not in epochs.slices:
            known = ", ".join(epochs)
            raise Invalid(f"The task has no epoch '{name}'; it has {known}.{near(name, epochs)}", address)
        if epochs[name].start == epochs[name].stop:
            raise Invalid(f"The epoch '{name}' lasts no time step; lengthen it or name another one.", address)
        chosen[epochs[name]] = True
    return chosen
