"""The random graph of the same size and density."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.connectomes.connectome import Connectome
from engine.connectomes.steps.selection import counted
from engine.connectomes.steps.shuffling import movable, put
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
        where = np.flatnonzero(free)
        old = connectome.weights[free & connectome.mask]
        drawn = where[rng.permutation(len(where))[: len(old)]]
        exists = np.zeros(free.size, bool)
        exists[drawn] = True
        signs = connectome.signs[drawn % connectome.n]
        dealt = rng.permutation(old) if self.strengths == "permuted" else _mean(old)
        weights = np.zeros(free.size)
        weights[drawn] = np.where(signs != 0, np.abs(dealt) * signs, dealt)
        did = f"{counted(len(old), 'connection')} drawn by chance: number, strengths and self-connections are kept."
        return connectome.but(
            did if self.strengths == "permuted" else did.replace("strengths", "mean strength"),
            weights=put(connectome.weights, free, weights.reshape(free.shape)[free]),
            mask=put(connectome.mask, free, exists.reshape(free.shape)[free]),
        )


def _mean(old: np.ndarray) -> np.ndarray:
    """The mean strength, with the sign that each weight had."""
    return np.where(old < 0, -1.0, 1.0) * (np.abs(old).mean() if len(old) else 0.0)
