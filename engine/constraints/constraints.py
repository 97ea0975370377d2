"""All constraints of a network, bound to a connectome as one law per weight matrix."""

from collections.abc import Iterator
from functools import reduce
from typing import Annotated

from pydantic import Field

from engine.component import Component
from engine.connectomes.connectome import Connectome
from engine.constraints.connection_mask import ConnectionMask
from engine.constraints.constraint import Constraint
from engine.constraints.dales_law import DalesLaw
from engine.constraints.law import Bounds, Law, Magnitude, Projection
from engine.constraints.projections import Projections

MATRICES = ("W_in", "W_rec", "W_out")


class Constraints(Component):
    """What the weights of a network may be."""

    dales_law: Annotated[DalesLaw, Field(description="Every unit excites or inhibits all its targets alike")] = (
        DalesLaw()
    )
    connection_mask: Annotated[ConnectionMask, Field(description="Synapses that the connectome lacks stay absent")] = (
        ConnectionMask()
    )
    projections: Annotated[Projections, Field(description="Which units receive input and which are read out")] = (
        Projections()
    )

    def bind(self, connectome: Connectome) -> dict[str, Law]:
        """One law for "W_in", "W_rec" and "W_out" each; raises Invalid where the connectome lacks what a law needs."""
        bounds = [constraint.bounds(connectome) for constraint in self._constraints()]
        together = {
            matrix: reduce(Bounds.__and__, (b[matrix] for b in bounds if matrix in b), Bounds.everything())
            for matrix in MATRICES
        }
        return {matrix: self._law(matrix, limits) for matrix, limits in together.items()}

    def _constraints(self) -> Iterator[Constraint]:
        for name in type(self).model_fields:
            yield getattr(self, name)

    def _law(self, matrix: str, bounds: Bounds) -> Law:
        if matrix == "W_rec" and self.dales_law.method == "magnitude":
            return Magnitude(bounds, self.dales_law.magnitude)
        return Projection(bounds)
