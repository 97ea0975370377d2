"""Listed connections are put in."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from engine.component import Typical
from engine.connectomes.connectome import Connectome
from engine.connectomes.steps.filling import with_connections
from engine.connectomes.steps.pairs import (
    MOST_CONNECTIONS,
    PairNames,
    PostPlaces,
    PrePlaces,
    flat_pairs,
    require_pairs,
)
from engine.connectomes.steps.selection import counted
from engine.connectomes.steps.step import Step


class AddConnections(Step):
    """The listed connections exist with the given weights; one that existed takes the new weight.

    From a unit that has a sign, the magnitude of a weight counts and takes that sign, so that Dale's law holds.
    """

    kind: Literal["add_connections"] = "add_connections"
    title: ClassVar[str] = "Add connections"
    source: ClassVar[str] = "ours: an edit"
    names: PairNames = ()
    pre: PrePlaces = ()
    post: PostPlaces = ()
    weights: Annotated[
        tuple[Annotated[float, Typical(0.0, 2.0, 0.1)], ...],
        Field(min_length=1, max_length=MOST_CONNECTIONS, description="Weight of every connection, or one for all."),
    ] = (1.0,)

    @model_validator(mode="after")
    def _pairs_fit(self) -> "AddConnections":
        require_pairs(self.names, self.pre, self.post)
        if len(self.weights) not in (1, len(self.pre)):
            raise ValueError(f"The list has {len(self.pre)} connections but {len(self.weights)} weights.")
        if 0.0 in self.weights:
            raise ValueError("A weight of 0 is no connection; remove it instead.")
        return self

    def change(self, connectome: Connectome, rng: np.random.Generator) -> Connectome:
        """With the listed connections. Raises Invalid for a name that no unit has."""
        pairs = flat_pairs(connectome, self.names, self.pre, self.post)
        given, signs = np.broadcast_to(np.array(self.weights), pairs.shape), connectome.signs[pairs % connectome.n]
        weights, mask = connectome.weights.copy(), connectome.mask.copy()
        new = len(np.unique(pairs[~mask.ravel()[pairs]]))
        weights.ravel()[pairs] = np.where(signs != 0, np.abs(given) * signs, given)
        mask.ravel()[pairs] = True
        others = len(np.unique(pairs)) - new
        did = f"{counted(new, 'connection')} added" + (f", {others} given another weight." if others else ".")
        return with_connections(connectome, weights, mask).but(did)
