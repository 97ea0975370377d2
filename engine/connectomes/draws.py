"""Drawn connections: who is connected by chance, and how strongly."""

from dataclasses import dataclass
from typing import Annotated, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float, Int
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
Exact = Annotated[
    bool,
    Field(description="The expected number of connections, rounded, instead of an independent draw for every pair."),
]
LeastInputs = Annotated[
    int,
    Field(ge=0, le=10_000, description="Every unit hears at least so many others, if so many may project to it."),
    Typical(0, 20, 1),
]


@runtime_checkable
class Drawing(Protocol):
    """How connections are drawn; the fields that generators with a density share."""

    weight_spread: float
    self_connections: bool
    exact: bool
    least_inputs: int


@dataclass(frozen=True, eq=False)
class Dice:
    """One throw for every pair: `chances` in [0, 1) decide who is connected, `strengths` are those of all that are.

    Since they are thrown before densities are looked at, a change of density or of signs changes few connections.
    """

    chances: Float[np.ndarray, "post pre"]
    strengths: Float[np.ndarray, "post pre"]


def thrown(n: int, spread: float, rng: np.random.Generator) -> Dice:
    """Dice for n units; strengths are lognormal with mean 1 and `spread` as deviation of the log.

    Source of the lognormal: Song S et al. (2005) PLoS Biol 3:e68.
    """
    chances = rng.random((n, n))
    if not spread:
        return Dice(chances, np.broadcast_to(1.0, (n, n)))  # takes no memory
    return Dice(chances, np.exp(spread * rng.standard_normal((n, n)) - spread**2 / 2))


def drawn(
    chance: Float[np.ndarray, "post pre"] | float,
    n: int,
    how: Drawing,
    rng: np.random.Generator,
    blocks: Int[np.ndarray, " units"] | None = None,
) -> Float[np.ndarray, "post pre"]:
    """Strengths of drawn connections, 0 where there is none; exact numbers are those of each pair of blocks."""
    dice = thrown(n, how.weight_spread, rng)
    return np.where(connected(dice.chances, possible(chance, n, how), how, blocks), dice.strengths, 0.0)


def possible(chance: Float[np.ndarray, "post pre"] | float, n: int, how: Drawing) -> Float[np.ndarray, "post pre"]:
    """The chance of every pair, 0 for self-connections unless they are asked for."""
    full = np.array(np.broadcast_to(np.asarray(chance, float), (n, n)))
    if not how.self_connections:
        np.fill_diagonal(full, 0.0)
    return full


def connected(
    dice: Float[np.ndarray, "post pre"],
    chance: Float[np.ndarray, "post pre"],
    how: Drawing,
    blocks: Int[np.ndarray, " units"] | None = None,
) -> Bool[np.ndarray, "post pre"]:
    """Who is connected: independently or in exact numbers, then as many more as every unit needs."""
    exists = chosen(dice, chance, how.exact, blocks)
    return with_least_inputs(exists, dice, chance, how.least_inputs)


def chosen(
    dice: Float[np.ndarray, "post pre"],
    chance: Float[np.ndarray, "post pre"],
    exact: bool,
    blocks: Int[np.ndarray, " units"] | None = None,
) -> Bool[np.ndarray, "post pre"]:
    """Who is connected: every pair by itself, or in every pair of blocks as many as expected."""
    return exactly(dice, chance, blocks) if exact else dice < chance


def exactly(
    dice: Float[np.ndarray, "post pre"],
    chance: Float[np.ndarray, "post pre"],
    blocks: Int[np.ndarray, " units"] | None = None,
) -> Bool[np.ndarray, "post pre"]:
    """In every pair of blocks as many connections as its chances add up to, rounded; likelier pairs come first.

    Source: Ohlsson E (1998) J Official Stat 14:149 (sequential Poisson sampling: the smallest dice / chance are taken).
    """
    if blocks is None:
        return _likeliest(dice, chance)
    members = [np.flatnonzero(blocks == b) for b in np.unique(blocks)]
    exists = np.zeros(dice.shape, bool)
    for post in members:
        for pre in members:
            at = np.ix_(post, pre)
            exists[at] = _likeliest(dice[at], chance[at])
    return exists


def _likeliest(
    dice: Float[np.ndarray, "post pre"], chance: Float[np.ndarray, "post pre"]
) -> Bool[np.ndarray, "post pre"]:
    count = int(chance.sum() + 0.5 + 1e-9)
    chosen = np.zeros(dice.size, bool)
    if count:
        chosen[np.argpartition(_ranks(dice, chance), count - 1, axis=None)[:count]] = True
    return chosen.reshape(dice.shape)


def _ranks(dice: Float[np.ndarray, "*pairs"], chance: Float[np.ndarray, "*pairs"]) -> Float[np.ndarray, "*pairs"]:
    """Pairs in the order in which they get connected as chances rise; certain ones first, impossible ones never."""
    ranks = np.full(dice.shape, np.inf)
    with np.errstate(over="ignore"):  # as good as impossible
        np.divide(dice, chance, out=ranks, where=chance > 0)
    ranks[chance >= 1] = -1.0
    return ranks


def with_least_inputs(
    exists: Bool[np.ndarray, "post pre"],
    dice: Float[np.ndarray, "post pre"],
    chance: Float[np.ndarray, "post pre"],
    least: int,
) -> Bool[np.ndarray, "post pre"]:
    """Units that hear fewer than `least` others hear the next likely ones too, as far as their chance is not 0."""
    others = exists.copy()
    np.fill_diagonal(others, False)
    missing = np.minimum(least, len(exists) - 1) - others.sum(1)
    full = exists.copy()
    for unit in np.flatnonzero(missing > 0):
        ranks = _ranks(dice[unit], chance[unit])
        ranks[exists[unit]] = ranks[unit] = np.inf
        nearest = np.argpartition(ranks, missing[unit] - 1)[: missing[unit]]
        full[unit, nearest[np.isfinite(ranks[nearest])]] = True
    return full


def with_self_connections(
    exists: Bool[np.ndarray, "post pre"], dice: Float[np.ndarray, "post pre"], wanted: bool
) -> Bool[np.ndarray, "post pre"]:
    """If they are asked for, a unit projects to itself as likely as to another one."""
    n = len(exists)
    if not wanted or n < 2:
        return exists
    density = (exists.sum() - np.trace(exists)) / (n * (n - 1))
    return exists | np.diag(np.diag(dice) < density)
