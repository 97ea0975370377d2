"""A step changes a connectome after it was wired: a null model, an edit, an assignment."""

from abc import abstractmethod

import numpy as np

from engine.component import Component
from engine.connectomes.connectome import Connectome


class Step(Component):
    """Base of the family of steps. Subclasses are final; the list `wiring.steps` applies them in order."""

    @abstractmethod
    def change(self, connectome: Connectome, rng: np.random.Generator) -> Connectome:
        """The changed connectome, with what was done added to its provenance. Raises Invalid if it cannot be done."""
