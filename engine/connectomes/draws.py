"""Drawn connections: who is connected by chance, and how strongly."""

from typing import Annotated

import numpy as np
from jaxtyping import Float
from pydantic import Field

from engine.component import Typical

Density = Annotated[
    float,
    Field(ge=0, le=1, description="Chance that one unit projects to another."),
    Typical(0.05, 1.0, 0.01),
]
WeightSpread = Annotated[
    float,
    Field(ge=0, le=3, description="Spread of the log of the weights; 0 makes all weights 1, cortex has about 1."),
    Typical(0.0, 1.5, 0.05),
]
SelfConnections = Annotated[bool, Field(description="Units may project to themselves.")]


def drawn(
    chance: Float[np.ndarray, "post pre"] | float,
    n: int,
    spread: float,
    self_connections: bool,
    rng: np.random.Generator,
) -> Float[np.ndarray, "post pre"]:
    """Strengths of independently drawn connections: 0, or lognormal with mean 1 and `spread` as deviation of the log.

    Source of the lognormal: Song S et al. (2005) PLoS Biol 3:e68.
    """
    exists = rng.random((n, n)) < chance
    if not self_connections:
        np.fill_diagonal(exists, False)
    if spread == 0:
        return exists.astype(float)
    return np.where(exists, np.exp(spread * rng.standard_normal((n, n)) - spread**2 / 2), 0.0)
