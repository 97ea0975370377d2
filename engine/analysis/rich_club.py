"""Rich club: whether units of many connections are connected with each other, beyond what their degrees explain."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int

SWAPS = 10  # tries per connection, which forget the partners
TRIED = 0.8  # share of the tries of a round; below 1, since swaps that always came together would reach less
MEASURES = ("units", "coefficient", "normalised", "p", "weighted", "weighted_normalised", "weighted_p")
RICH = 0.1  # share of the units that count as rich where one number is told


@dataclass(frozen=True, eq=False)
class RichClub:
    """For every degree k, of the units with more than k connections: how many they are, which share of their pairs is
    connected, and how strong these connections are beside as many of the strongest of all; both also divided by the
    means of random graphs in which every unit keeps its degree and every connection its weight. `p` is the share of
    the random graphs that are at least as rich. nan where too few units are left, or no random graph has any."""

    degree: Int[np.ndarray, " degrees"]
    units: Int[np.ndarray, " degrees"]
    coefficient: Float[np.ndarray, " degrees"]
    normalised: Float[np.ndarray, " degrees"]
    p: Float[np.ndarray, " degrees"]
    weighted: Float[np.ndarray, " degrees"]
    weighted_normalised: Float[np.ndarray, " degrees"]
    weighted_p: Float[np.ndarray, " degrees"]
    nulls: int

    def table(self) -> pd.DataFrame:
        """One row per degree and measure; where there is no number, it is left out."""
        wide = pd.DataFrame({"degree_above": self.degree, **{name: getattr(self, name) for name in MEASURES}})
        return wide.melt(["degree_above", "units"], var_name="measure").dropna()

    @property
    def top(self) -> dict[str, float]:
        """The coefficients at the highest degree that at least a tenth of all units exceed."""
        many = np.flatnonzero(self.units >= max(2, RICH * self.units[0])) if len(self.units) else ()
        return {name: float(getattr(self, name)[many[-1]]) if len(many) else float("nan") for name in MEASURES[1:]}


@dataclass(frozen=True)
class RichClubs:
    """The rich clubs of one network, `after` training and `before` it."""

    moments: Mapping[str, RichClub]

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a reader should know: where there is no club to speak of."""
        empty = [moment for moment, club in self.moments.items() if not len(club.degree)]
        return tuple(f"The graph {moment} training has no two connected units." for moment in empty)

    def table(self) -> pd.DataFrame:
        """One row per moment and degree."""
        each = [club.table().assign(moment=moment) for moment, club in self.moments.items()]
        whole = pd.concat(each, ignore_index=True)
        return whole[["moment", *(name for name in whole if name != "moment")]]


def rich_club(
    graph: Bool[np.ndarray, "post pre"], weights: Float[np.ndarray, "post pre"], nulls: int = 50, seed: int = 0
) -> RichClub:
    """The rich-club coefficients of a graph and of the |weights| of its connections; self-connections do not count.

    Where direction counts, the degree is inputs and outputs together; else a connection has the larger of its two
    weights. source: Colizza et al. (2006) Nat. Phys. 2: 110; weighted: Opsahl et al. (2008) Phys. Rev. Lett. 101:
    168702; null: Maslov & Sneppen (2002) Science 296: 910, each connection keeping its weight.
    """
    directed = bool((graph != graph.T).any())
    size = np.abs(weights) if directed else np.maximum(np.abs(weights), np.abs(weights.T))
    one, other = np.nonzero(graph & (~np.eye(len(graph), dtype=bool) if directed else ~np.tri(len(graph), dtype=bool)))
    strength = size[one, other]
    degree = np.bincount(one, minlength=len(graph)) + np.bincount(other, minlength=len(graph))
    pairs = 1 if directed else 2
    k = np.arange(int(degree.max(initial=0)))
    units = len(graph) - np.searchsorted(np.sort(degree), k, "right")
    k, units = k[units > 1], units[units > 1]
    mine = _coefficients(one, other, strength, degree, k, units, pairs)
    rng = np.random.default_rng(seed)
    drawn = np.array([
        _coefficients(*_swapped(one, other, len(graph), directed, rng), strength, degree, k, units, pairs)
        for _ in range(nulls)
    ]).reshape(nulls, 2, len(k))  # fmt: skip
    with np.errstate(invalid="ignore", divide="ignore"):
        normalised = np.where(drawn.mean(0) > 0, mine / drawn.mean(0), np.nan)
    p = np.where(np.isfinite(normalised), (1 + (drawn >= mine - 1e-12).sum(0)) / (1 + nulls), np.nan)
    return RichClub(k, units, mine[0], normalised[0], p[0], mine[1], normalised[1], p[1], nulls)


def _coefficients(
    one: Int[np.ndarray, " edges"],
    other: Int[np.ndarray, " edges"],
    strength: Float[np.ndarray, " edges"],
    degree: Int[np.ndarray, " units"],
    k: Int[np.ndarray, " degrees"],
    units: Int[np.ndarray, " degrees"],
    pairs: int,
) -> Float[np.ndarray, "2 degrees"]:
    """Binary and weighted, above every k."""
    least = np.minimum(degree[one], degree[other])
    order = np.argsort(least, kind="stable")
    many = len(order) - np.searchsorted(least[order], k, "right")
    among = np.r_[0.0, strength[order][::-1].cumsum()][many]
    strongest = np.r_[0.0, np.sort(strength)[::-1].cumsum()][many]
    weighted = np.divide(among, strongest, out=np.full(len(k), np.nan), where=strongest > 0)
    return np.stack([pairs * many / (units * (units - 1.0)), weighted])


def _swapped(
    one: Int[np.ndarray, " edges"], other: Int[np.ndarray, " edges"], n: int, directed: bool, rng: np.random.Generator
) -> tuple[Int[np.ndarray, " edges"], Int[np.ndarray, " edges"]]:
    """The connections with other partners and all degrees as they are: pairs a-b, c-d become a-d, c-b where neither
    exists yet. A round tries random pairs of all connections at once; of tries for one new place the first counts."""
    one, other = one.copy(), other.copy()
    there, claim = np.zeros(n * n, dtype=bool), np.empty(n * n, dtype=np.int64)
    there[_places(one, other, n, directed)] = True
    for _ in range(SWAPS if len(one) > 1 else 0):
        first, second = np.split(rng.permutation(len(one))[: len(one) // 2 * 2], 2)
        if not directed:
            turned = second[rng.random(len(second)) < 0.5]
            one[turned], other[turned] = other[turned], one[turned]
        new = np.stack([_places(one[a], other[b], n, directed) for a, b in ((first, second), (second, first))])
        good = (one[first] != other[second]) & (one[second] != other[first]) & ~there[new].any(0)
        good &= rng.random(len(first)) < TRIED
        first, second, new = first[good], second[good], new[:, good]
        number = np.arange(new.size).reshape(new.shape)
        claim[new.ravel()[::-1]] = number.ravel()[::-1]  # of those who want a place, the first is written last
        alone = (claim[new] == number).all(0)
        first, second, new = first[alone], second[alone], new[:, alone]
        old = np.r_[first, second]
        there[_places(one[old], other[old], n, directed)] = False
        there[new] = True
        other[first], other[second] = other[second], other[first]
    return one, other


def _places(one: np.ndarray, other: np.ndarray, n: int, directed: bool) -> Int[np.ndarray, " edges"]:
    """A number for every pair of units; the same for both directions where there is none."""
    return one * n + other if directed else np.minimum(one, other) * n + np.maximum(one, other)
