"""A wiring is a rule or a file that yields a connectome."""

from abc import abstractmethod

import numpy as np

from engine.component import Component, Invalid
from engine.connectomes.connectome import Connectome

MOST_UNITS = 10_000  # a dense matrix of doubles of this size takes 800 MB


class Wiring(Component):
    """Base of the wiring family. Subclasses are final, one per file."""

    @abstractmethod
    def wire(self, rng: np.random.Generator) -> Connectome:
        """The connectome; the same state of `rng` gives the same one. Raises Invalid with the address."""


def require_units(n: int, address: str) -> None:
    """Raises Invalid if a dense matrix of `n` units is out of the question."""
    if n > MOST_UNITS:
        raise Invalid(
            f"{n} units are more than the {MOST_UNITS} that a dense connectome may have; ask for fewer.", address
        )
