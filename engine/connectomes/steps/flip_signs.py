"""Units change from excitatory to inhibitory and back."""

from typing import ClassVar, Literal

import numpy as np

from engine.connectomes.connectome import Connectome
from engine.connectomes.steps.selection import AreaNames, TypeNames, UnitNames, counted, listed
from engine.connectomes.steps.sign_shuffle import with_signs
from engine.connectomes.steps.step import Step

OTHER = {"E": "I", "I": "E"}


class FlipSigns(Step):
    """Units that are named, or in one of the areas, or of one of the types, have the other sign; strengths stay.

    Types E and I follow; other cell types keep their name. A unit without a sign turns the signs of its weights.
    """

    kind: Literal["flip_signs"] = "flip_signs"
    title: ClassVar[str] = "Flip signs"
    source: ClassVar[str] = "ours: an edit"
    units: UnitNames = ()
    areas: AreaNames = ()
    types: TypeNames = ()

    def change(self, connectome: Connectome, rng: np.random.Generator) -> Connectome:
        """All outputs of the units with the other sign. Raises Invalid for an unknown name."""
        hit = listed(connectome, self.units, self.areas, self.types)
        turned = connectome.but(
            weights=connectome.weights * np.where(hit, -1.0, 1.0)[None, :], signs=connectome.signs * 0
        )
        types = tuple(OTHER.get(t, t) if h else t for t, h in zip(connectome.types, hit, strict=True))
        signs = np.where(hit, -connectome.signs, connectome.signs)
        return with_signs(turned, signs, types).but(f"The signs of {counted(int(hit.sum()), 'unit')} flipped.")
