"""Which units the input reaches, and which units are read out."""

from typing import Annotated, ClassVar, Literal

import numpy as np
import torch
from pydantic import Field

from engine.component import Invalid, near
from engine.connectomes.connectome import Connectome
from engine.constraints.constraint import Constraint
from engine.constraints.law import Bounds


class Projections(Constraint):
    """Input reaches the units of some areas only, and only the units of some areas are read out."""

    title: ClassVar[str] = "Input and readout"

    input_areas: Annotated[
        tuple[str, ...], Field(description="Areas whose units receive the input; empty means all areas")
    ] = ()
    readout_areas: Annotated[
        tuple[str, ...], Field(description="Areas whose units are read out; empty means all areas")
    ] = ()
    readout_from: Annotated[
        Literal["all", "excitatory"],
        Field(
            description="Read out all units of these areas, or the excitatory ones only, as long-range projections are"
        ),
    ] = "all"

    def bounds(self, connectome: Connectome) -> dict[str, Bounds]:
        """Raises Invalid for an unknown area and where no unit receives input or is read out."""
        receives = _inside(connectome, self.input_areas, "input_areas")
        is_read = _inside(connectome, self.readout_areas, "readout_areas")
        if self.readout_from == "excitatory":
            is_read = is_read & (connectome.signs > 0)
        if not is_read.any():
            raise Invalid(
                "No unit is read out: these areas have no excitatory units; read out all units, or other areas.",
                "constraints.projections.readout_from",
            )
        return {
            "W_in": Bounds.on(torch.from_numpy(receives)[:, None]),
            "W_out": Bounds.on(torch.from_numpy(is_read)[None, :]),
        }


def _inside(connectome: Connectome, areas: tuple[str, ...], field: str) -> np.ndarray:
    known = connectome.area_names
    for area in areas:
        if area not in known:
            listed = ", ".join(known[:8])
            said = f"There is no area '{area}' in this connectome; its areas are {listed}.{near(area, known)}"
            raise Invalid(said, f"constraints.projections.{field}")
    return np.array([not areas or area in areas for area in connectome.areas])
