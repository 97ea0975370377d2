"""Other units inhibit, as many as before."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.component import Invalid
from engine.connectomes.connectome import Connectome
from engine.connectomes.steps.selection import codes
from engine.connectomes.steps.shuffling import parts
from engine.connectomes.steps.step import Step


class SignShuffle(Step):
    """Which units excite and which inhibit is drawn anew; strengths stay, and so do the numbers of E and I.

    A unit takes the cell type of the unit whose sign it takes. Units without a sign keep theirs.
    """

    kind: Literal["sign_shuffle"] = "sign_shuffle"
    title: ClassVar[str] = "Shuffle signs"
    source: ClassVar[str] = "ours: permutation of the labels of units"
    within_areas: Annotated[bool, Field(description="Each area keeps its own numbers of E and I.")] = True

    def change(self, connectome: Connectome, rng: np.random.Generator) -> Connectome:
        """Signs and types permuted among the units that have a sign. Raises Invalid if none has."""
        signed = np.flatnonzero(connectome.signs)
        if not len(signed):
            raise Invalid("No unit has a sign, so there is none to shuffle; give the units signs first.")
        area = codes(connectome.areas)[signed] if self.within_areas else np.zeros(len(signed), dtype=np.int64)
        taken = np.arange(connectome.n)
        for part in parts(area):
            taken[signed[part]] = signed[rng.permutation(part)]
        of = "every area" if self.within_areas else "the whole"
        did = f"Signs of units shuffled: connections, strengths and the numbers of E and I of {of} are kept."
        return with_signs(connectome, connectome.signs[taken], tuple(connectome.types[k] for k in taken)).but(did)


def with_signs(connectome: Connectome, signs: np.ndarray, types: tuple[str, ...]) -> Connectome:
    """Units with other signs and types; the weights of a unit that has a sign take it."""
    weights = np.where(signs[None, :] != 0, np.abs(connectome.weights) * signs[None, :], connectome.weights)
    letters = tuple({1: "E", -1: "I", 0: "free"}[int(sign)] for sign in signs)
    labels = {**connectome.labels, "sign": letters}
    return connectome.but(weights=weights, signs=signs.astype(np.int8), types=types, labels=labels)
