"""A group of units that move in a way of their own."""

from typing import Annotated, ClassVar

import numpy as np
from jaxtyping import Bool
from pydantic import Field

from engine.component import Component, Invalid, Typical, near
from engine.connectomes.connectome import Connectome
from engine.networks.activations import Activation

KNOWN = ("area", "type", "unit")


class UnitGroup(Component):
    """The units of an area, of a cell type, of any other label, or one unit by its name; what is empty is as for the
    rest. Of several groups that hold a unit, the last one that says something about it counts.
    """

    title: ClassVar[str] = "Group of units"

    by: Annotated[
        str,
        Field(max_length=80, description="What names the group: area, type, unit, or a label such as hemisphere"),
    ] = "type"
    name: Annotated[str, Field(max_length=200, description="The area, cell type, unit or value of that label")] = "E"
    tau_ms: Annotated[
        float | None, Field(gt=0, description="Time constant of these units; empty is that of the rest"),
        Typical(10, 200, 5),
    ] = None  # fmt: skip
    activation: Annotated[
        Activation | None, Field(description="Rate as a function of the state; empty is that of the rest")
    ] = None
    gain: Annotated[
        float | None, Field(gt=0, description="Factor on the state, r = f(gain x); empty is that of the rest"),
        Typical(0.25, 4, log=True),
    ] = None  # fmt: skip

    def members(self, connectome: Connectome, address: str) -> Bool[np.ndarray, " units"]:
        """Which units belong to it. Raises Invalid, below `address`, if there is no such label or nobody bears it."""
        known = {"area": connectome.areas, "type": connectome.types, "unit": connectome.names, **connectome.labels}
        if self.by not in known:
            said = f"Units have no label '{self.by}'; they have {', '.join(known)}.{near(self.by, known)}"
            raise Invalid(said, f"{address}.by")
        names = np.array(known[self.by], dtype=object)
        if self.name not in names:
            there = tuple(dict.fromkeys(known[self.by]))
            listed = ", ".join(there[:8]) + (", …" if len(there) > 8 else "")
            said = f"No unit has the {self.by} '{self.name}'; there are {listed}.{near(self.name, there)}"
            raise Invalid(said, f"{address}.name")
        return (names == self.name).astype(bool)
