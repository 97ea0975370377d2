"""Listed connections are taken out."""

from typing import ClassVar, Literal

import numpy as np
from pydantic import model_validator

from engine.connectomes.connectome import Connectome
from engine.connectomes.steps.filling import with_connections
from engine.connectomes.steps.pairs import PairNames, PostPlaces, PrePlaces, flat_pairs, require_pairs
from engine.connectomes.steps.selection import counted
from engine.connectomes.steps.step import Step


class RemoveConnections(Step):
    """The listed connections no longer exist; those that did not exist are passed over and counted."""

    kind: Literal["remove_connections"] = "remove_connections"
    title: ClassVar[str] = "Remove connections"
    source: ClassVar[str] = "ours: an edit"
    names: PairNames = ()
    pre: PrePlaces = ()
    post: PostPlaces = ()

    @model_validator(mode="after")
    def _pairs_fit(self) -> "RemoveConnections":
        require_pairs(self.names, self.pre, self.post)
        return self

    def change(self, connectome: Connectome, rng: np.random.Generator) -> Connectome:
        """Without the listed connections. Raises Invalid for a name that no unit has."""
        pairs = np.unique(flat_pairs(connectome, self.names, self.pre, self.post))
        weights, mask = connectome.weights.copy(), connectome.mask.copy()
        there = int(mask.ravel()[pairs].sum())
        weights.ravel()[pairs], mask.ravel()[pairs] = 0.0, False
        absent = f"; {len(pairs) - there} of the list did not exist" if there < len(pairs) else ""
        return with_connections(connectome, weights, mask).but(f"{counted(there, 'connection')} removed{absent}.")
