"""Block levels: what groups of units send to each other, at every grain that the wiring names: populations to areas."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float
from torch import Tensor

from engine.analysis.connectivity import Blocks, blocks
from engine.connectomes.connectome import Connectome

LEVELS = ("population", "area_layer", "layer", "type", "area")


@dataclass(frozen=True, eq=False)
class Spread:
    """One number of every block over several networks: mean and standard deviation."""

    names: tuple[str, ...]
    mean: Float[np.ndarray, "post pre"]
    deviation: Float[np.ndarray, "post pre"]

    @property
    def variation(self) -> Float[np.ndarray, "post pre"]:
        """Standard deviation over |mean|; 0 where the mean is 0."""
        size = np.abs(self.mean)
        return np.divide(self.deviation, size, out=np.zeros_like(size), where=size > 0)

    def table(self) -> pd.DataFrame:
        """One row per pair of blocks."""
        post, pre = np.indices(self.mean.shape)
        named = np.array(self.names, dtype=object)
        numbers = {name: getattr(self, name).ravel() for name in ("mean", "deviation", "variation")}
        return pd.DataFrame({"post": named[post.ravel()], "pre": named[pre.ravel()], **numbers})


def groups_at(connectome: Connectome, level: str) -> tuple[str, ...] | None:
    """The group of every unit at a level; None where the wiring does not name it."""
    if level == "type":
        return connectome.types
    return connectome.labels.get(level, connectome.areas if level == "area" else None)


def block_levels(weights: Tensor, connectome: Connectome) -> dict[str, Blocks]:
    """The blocks of one network at every level of which the wiring names more than one group."""
    found = {level: groups_at(connectome, level) for level in LEVELS}
    return {level: blocks(weights, groups) for level, groups in found.items() if groups and len({*groups}) > 1}


def spread(found: Sequence[Blocks], measure: str = "mean_strength") -> Spread:
    """One number of all blocks over networks, whose blocks are the same."""
    values = np.stack([getattr(each, measure) for each in found])
    deviation = values.std(0, ddof=1) if len(values) > 1 else np.zeros(values.shape[1:])
    return Spread(found[0].names, values.mean(0), deviation)
