"""The connection mask: synapses that the connectome lacks stay absent."""

from typing import Annotated, ClassVar

from pydantic import Field

from engine.constraints.constraint import Constraint
from engine.constraints.terms import Bearer, Terms


class ConnectionMask(Constraint):
    """Recurrent weights are 0 wherever the connectome has no connection."""

    title: ClassVar[str] = "Connection mask"

    keep: Annotated[
        bool, Field(description="Only connections of the connectome exist; otherwise every pair may be connected")
    ] = True

    def amended(self, terms: Terms, matrix: str, bearer: Bearer, address: str) -> Terms:
        """Unchanged if the mask is not kept."""
        kept = self.keep and matrix == "W_rec"
        return terms.but(exists=terms.exists & bearer.connectome.mask) if kept else terms
