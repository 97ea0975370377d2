"""Every connection the other way round."""

from typing import ClassVar, Literal

import numpy as np

from engine.component import Invalid
from engine.connectomes.connectome import Connectome
from engine.connectomes.steps.step import Step


class Reversed(Step):
    """Targets become sources: a control for direction. Needs units without signs, since those of targets would apply."""

    kind: Literal["reversed"] = "reversed"
    title: ClassVar[str] = "Reverse every connection"

    def change(self, connectome: Connectome, rng: np.random.Generator) -> Connectome:
        """Strengths are transposed; where units have signs, every connection takes the sign of its new source."""
        strengths = np.abs(connectome.weights.T)
        signs = connectome.signs[None, :]
        if (connectome.signs == 0).any() and (connectome.signs != 0).any() and (connectome.weights < 0).any():
            raise Invalid("Some units have signs and others none, so reversed connections would lack theirs.")
        weights = strengths * signs if (connectome.signs != 0).all() else connectome.weights.T.copy()
        return connectome.but(
            "Every connection reversed.",
            weights=weights,
            mask=connectome.mask.T.copy(),
            unknown=None if connectome.unknown is None else connectome.unknown.T.copy(),
        )
