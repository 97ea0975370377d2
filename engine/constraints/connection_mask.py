"""The connection mask: synapses that the connectome lacks stay absent."""

from typing import Annotated, ClassVar

import torch
from pydantic import Field

from engine.connectomes.connectome import Connectome
from engine.constraints.constraint import Constraint
from engine.constraints.law import Bounds


class ConnectionMask(Constraint):
    """Recurrent weights are 0 wherever the connectome has no connection."""

    title: ClassVar[str] = "Connection mask"

    keep: Annotated[
        bool, Field(description="Only connections of the connectome exist; otherwise every pair may be connected")
    ] = True

    def bounds(self, connectome: Connectome) -> dict[str, Bounds]:
        """No bounds if the mask is not kept."""
        return {"W_rec": Bounds.on(torch.from_numpy(connectome.mask.copy()))} if self.keep else {}
