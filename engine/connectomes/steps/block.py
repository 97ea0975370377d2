"""A block: the connections from some areas and types to some areas and types."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from engine.connectomes.connectome import Connectome
from engine.connectomes.steps.selection import Names, chosen, named


@dataclass(frozen=True)
class Block:
    """All pairs from units of the areas and types `pre` to those of `post`; empty means all."""

    post_areas: Names
    post_types: Names
    pre_areas: Names
    pre_types: Names

    def pairs(self, connectome: Connectome) -> Bool[np.ndarray, "post pre"]:
        """Which pairs belong to it, self-connections included. Raises Invalid for an unknown area or type."""
        post, pre = self.ends(connectome)
        return post[:, None] & pre[None, :]

    def ends(self, connectome: Connectome) -> tuple[Bool[np.ndarray, " units"], Bool[np.ndarray, " units"]]:
        """The units that receive and those that send."""
        post = chosen(connectome, self.post_areas, self.post_types)
        return post, chosen(connectome, self.pre_areas, self.pre_types)

    def __str__(self) -> str:
        sent, received = _said(self.pre_areas, self.pre_types), _said(self.post_areas, self.post_types)
        return f"from {sent} to {received}"


def _said(areas: Names, types: Names) -> str:
    return " of ".join(part for part in (named(types, ""), named(areas, "")) if part) or "all units"
