"""Every connection the other way round."""

from typing import ClassVar, Literal

import numpy as np

from engine.component import Invalid
from engine.connectomes.connectome import Connectome
from engine.connectomes.steps.step import Step


class Reversed(Step):
    """Targets become sources: a control for direction. In- and out-degrees change places.

    Strengths are transposed; where units have signs, a connection takes the sign of its new source, else it keeps its
    own. Reversing twice gives the source back.
    """

    kind: Literal["reversed"] = "reversed"
    title: ClassVar[str] = "Reverse every connection"
    source: ClassVar[str] = "ours: the transpose, with signs by source"

    def change(self, connectome: Connectome, rng: np.random.Generator) -> Connectome:
        """The transpose. Raises Invalid if only some units have signs and a weight would lose the one it had."""
        signs, weights = connectome.signs, connectome.weights.T
        if (signs == 0).any() and (signs != 0).any() and (connectome.weights[:, signs == 0] < 0).any():
            raise Invalid("Some units have signs and others only signed connections: give all units signs, or none.")
        return connectome.but(
            "Every connection reversed: strengths are kept, in- and out-degrees have changed places.",
            weights=np.where(signs[None, :] != 0, np.abs(weights) * signs[None, :], _unsigned(weights, signs)),
            mask=connectome.mask.T.copy(),
            unknown=None if connectome.unknown is None else connectome.unknown.T.copy(),
        )


def _unsigned(weights: np.ndarray, signs: np.ndarray) -> np.ndarray:
    """What an unsigned source sends: a weight's own sign where no unit has one, else the strength."""
    return weights if (signs == 0).all() else np.abs(weights)
