"""Agreement: how alike the weights are that fits from different seeds found, which needs no truth."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from engine.analysis.recovery import agreement, entrywise


@dataclass(frozen=True, eq=False)
class Agreement:
    """Entrywise correlation of the observed units' weights between every two networks, and by chance.

    `by_chance` are those of as many relabelled second networks, which keep the weights but not whose they are. Seeds
    may agree on a wiring that is wrong: agreement is necessary, not sufficient.
    """

    pairs: Int[np.ndarray, "pairs 2"]
    found: Float[np.ndarray, " pairs"]
    by_chance: Float[np.ndarray, " pairs"]
    remarks: tuple[str, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row per pair of networks."""
        return pd.DataFrame({
            "network": self.pairs[:, 0] + 1, "other_network": self.pairs[:, 1] + 1,
            "entrywise_correlation": self.found, "by_chance": self.by_chance,
        })  # fmt: skip


def seeds_agree(weights: Float[np.ndarray, "networks post pre"], rng: np.random.Generator) -> Agreement:
    """Of every two networks."""
    pairs = np.stack(np.triu_indices(len(weights), 1), 1)
    orders = [rng.permutation(weights.shape[1]) for _ in pairs]
    chance = [entrywise(weights[i], weights[j][np.ix_(o, o)]) for (i, j), o in zip(pairs, orders, strict=True)]
    return Agreement(pairs, agreement(weights), np.array(chance))
