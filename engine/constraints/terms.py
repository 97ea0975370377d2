"""Terms: what is laid down for every weight of a matrix, before it becomes a law."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Bool, Float32, Int8

from engine.connectomes.connectome import Connectome

WEIGHTS = ("W_in", "W_rec", "W_out")
BIASES = ("bias", "bias_out")
MATRICES = (*WEIGHTS, *BIASES)


@dataclass(frozen=True, eq=False)
class Bearer:
    """Whose weights they are: the units, the names of the inputs and outputs of the task, and the seed of the wiring.

    A side of a matrix whose names are not known yet has length 1, and stands for any number of channels.
    """

    connectome: Connectome
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    seed: int = 0

    def names(self, matrix: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The names along the post and the pre side of a matrix; a bias has no pre side."""
        units = self.connectome.names
        return {
            "W_in": (units, self.inputs),
            "W_rec": (units, units),
            "W_out": (self.outputs, units),
            "bias": (units, ()),
            "bias_out": (self.outputs, ()),
        }[matrix]


@dataclass(frozen=True, eq=False)
class Terms:
    """For every weight `[post, pre]` or bias `[post]`: whether it exists, its sign (0 = free), its limits, and its
    plasticity, the factor of its updates. A side of length 1 stands for all entries on it."""

    exists: Bool[np.ndarray, "*#weights"]
    sign: Int8[np.ndarray, "*#weights"]
    low: Float32[np.ndarray, "*#weights"]
    high: Float32[np.ndarray, "*#weights"]
    plasticity: Float32[np.ndarray, "*#weights"]

    @classmethod
    def free(cls, matrix: str) -> "Terms":
        """Nothing is laid down."""
        one = (1,) if matrix in BIASES else (1, 1)
        reach = np.full(one, np.inf, np.float32)
        return cls(np.ones(one, bool), np.zeros(one, np.int8), -reach, reach, np.ones(one, np.float32))

    def but(self, **changes: Any) -> "Terms":
        """These terms with some of them changed."""
        return replace(self, **changes)

    def where(self, chosen: Bool[np.ndarray, "*#weights"], **values: Any) -> "Terms":
        """These terms with other values for the chosen weights; a value of None changes nothing."""
        changes = {
            name: np.where(chosen, np.asarray(value, getattr(self, name).dtype), getattr(self, name))
            for name, value in values.items()
            if value is not None
        }
        return replace(self, **changes)

    def limits(self) -> tuple[Float32[np.ndarray, "*#weights"], Float32[np.ndarray, "*#weights"]]:
        """The lowest and the highest lawful value; the lowest exceeds the highest where no value is lawful."""
        zero, reach = np.float32(0), np.float32(np.inf)
        low = np.maximum(self.low, np.where(self.sign > 0, zero, -reach))
        high = np.minimum(self.high, np.where(self.sign < 0, zero, reach))
        return np.where(self.exists, low, zero), np.where(self.exists, high, zero)
