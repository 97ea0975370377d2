"""A constraint is a rule for what the weights of a network may be."""

from abc import abstractmethod

from engine.component import Component
from engine.constraints.terms import Bearer, Terms


class Constraint(Component):
    """Base of the constraint family: a frozen choice that lays down terms for single weights."""

    @abstractmethod
    def amended(self, terms: Terms, matrix: str, bearer: Bearer, address: str) -> Terms:
        """The terms of "W_in", "W_rec", "W_out", "bias" or "bias_out" once this constraint has been added to them.

        `address` is that of the constraint itself, for what is raised.
        """
