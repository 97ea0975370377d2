"""A constraint is a rule for what the weights of a network may be."""

from abc import abstractmethod

from engine.component import Component
from engine.connectomes.connectome import Connectome
from engine.constraints.law import Bounds


class Constraint(Component):
    """Base of the constraint family: a frozen choice that a connectome turns into bounds of single weights."""

    @abstractmethod
    def bounds(self, connectome: Connectome) -> dict[str, Bounds]:
        """The bounds it sets to the weights "W_in", "W_rec" and "W_out"; matrices that it leaves free are missing."""
