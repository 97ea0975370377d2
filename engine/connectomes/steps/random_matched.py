"""The random graph of the same size and density."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.connectomes.connectome import Connectome
from engine.connectomes.steps.selection import counted
from engine.connectomes.steps.shuffling import movable
from engine.connectomes.steps.step import Step


class RandomMatched(Step):
    """As many connections as before between units drawn by chance alone; units keep signs, areas and places.

    Strengths are those of the source in random order, or their mean. A connection has the sign of its new source, so
    the numbers of excitatory and inhibitory connections are those of chance, which is the difference to a shuffle.
    """

    kind: Literal["random_matched"] = "random_matched"
    title: ClassVar[str] = "Random, density kept"
    source: ClassVar[str] = "Erdős P, Rényi A (1959) Publ Math Debrecen 6:290: G(N, M), directed"
    strengths: Annotated[
        Literal["permuted", "mean"], Field(description="Strengths of the source in random order, or all their mean.")
    ] = "permuted"

    def change(self, connectome: Connectome, rng: np.random.Generator) -> Connectome:
        """M pairs drawn without replacement; self-connections and pairs never measured stay."""
        free = movable(connectome)
        old = connectome.weights[free & connectome.mask]
        drawn = rng.permutation(np.flatnonzero(free).astype(np.int32))[: len(old)]
        signs = connectome.signs[drawn % connectome.n]
        dealt = rng.permutation(old) if self.strengths == "permuted" else _mean(old)
        weights, mask = np.where(free, 0.0, connectome.weights), connectome.mask & ~free
        weights.ravel()[drawn] = np.where(signs != 0, np.abs(dealt) * signs, dealt)
        mask.ravel()[drawn] = True
        did = f"{counted(len(old), 'connection')} drawn by chance: number, strengths and self-connections are kept."
        told = did if self.strengths == "permuted" else did.replace("strengths", "mean strength")
        return connectome.but(told, weights=weights, mask=mask)


def _mean(old: np.ndarray) -> np.ndarray:
    """The mean strength, with the sign that each weight had."""
    return np.where(old < 0, -1.0, 1.0) * (np.abs(old).mean() if len(old) else 0.0)
