"""Units no longer project to themselves."""

from typing import ClassVar, Literal

import numpy as np

from engine.connectomes.connectome import Connectome
from engine.connectomes.steps.filling import with_connections
from engine.connectomes.steps.selection import counted
from engine.connectomes.steps.step import Step


class RemoveSelfConnections(Step):
    """No unit projects to itself."""

    kind: Literal["remove_self_connections"] = "remove_self_connections"
    title: ClassVar[str] = "Remove self-connections"
    source: ClassVar[str] = "ours: an edit"

    def change(self, connectome: Connectome, rng: np.random.Generator) -> Connectome:
        """The diagonal is empty."""
        own = np.eye(connectome.n, dtype=bool)
        did = f"{counted(int((connectome.mask & own).sum()), 'self-connection')} removed."
        return with_connections(connectome, np.where(own, 0.0, connectome.weights), connectome.mask & ~own).but(did)
