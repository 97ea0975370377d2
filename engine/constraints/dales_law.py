"""Dale's law: a neuron excites or inhibits all its targets alike."""

from typing import Annotated, ClassVar, Literal

import numpy as np
import torch
from pydantic import Field

from engine.component import Invalid
from engine.connectomes.connectome import Connectome
from engine.constraints.constraint import Constraint
from engine.constraints.law import Bounds


class DalesLaw(Constraint):
    """All outgoing recurrent weights of a unit carry that unit's sign; input and readout weights are free.

    Projection is Dale's backprop: the optimiser moves the weights, then those of the wrong sign are set to 0 and may
    grow again. Magnitude makes the weights from free parameters whose sign does not matter (Song et al. rectify; we
    offer the absolute value too, whose gradient does not vanish below 0).
    """

    title: ClassVar[str] = "Dale's law"
    source: ClassVar[str] = (
        "Projection: Dale's backprop, projected optimisation on sign-constrained weights; "
        "magnitude: Song, Yang & Wang (2016) PLoS Comput. Biol. 12: e1004792"
    )

    method: Annotated[
        Literal["projection", "magnitude", "off"],
        Field(
            description="How signs are kept: by projection after each step, by a function of fixed sign, or not at all"
        ),
    ] = "projection"
    magnitude: Annotated[
        Literal["abs", "relu", "softplus"],
        Field(
            description="The function that makes a strength from a free parameter; used by the method 'magnitude' only"
        ),
    ] = "abs"

    def bounds(self, connectome: Connectome) -> dict[str, Bounds]:
        """Raises Invalid if a unit has no sign."""
        if self.method == "off":
            return {}
        free = np.flatnonzero(connectome.signs == 0)
        if free.size:
            raise Invalid(
                f"Dale's law needs a sign for every unit, but {free.size} of {connectome.n} have none (first: "
                f"{connectome.names[free[0]]}); give signs in the wiring or switch Dale's law off.",
                "constraints.dales_law.method",
            )
        excites = torch.from_numpy(connectome.signs > 0)[None, :]
        reach = torch.full(excites.shape, torch.inf)
        return {"W_rec": Bounds(torch.where(excites, 0.0, -reach), torch.where(excites, reach, 0.0))}
