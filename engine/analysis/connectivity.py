"""Connectivity: how strongly, densely and with which sign groups of units connect, and in which order to show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from jaxtyping import Float, Int, Shaped
from torch import Tensor

from engine.component import Invalid
from engine.connectomes.connectome import Connectome
from engine.connectomes.sparse_wiring import SparseWiring

Grouping = Literal["area_and_type", "area", "type", "sign", "none"]


@dataclass(frozen=True, eq=False)
class Ordering:
    """An order of units: `units[k]` is shown at place k; block b spans places `borders[b]` to `borders[b + 1]`."""

    units: Int[np.ndarray, " units"]
    blocks: tuple[str, ...]
    borders: tuple[int, ...]

    def matrix(self, weights: Shaped[np.ndarray, "units units"]) -> Shaped[np.ndarray, "units units"]:
        """The matrix with rows and columns in this order."""
        return weights[np.ix_(self.units, self.units)]

    @property
    def block_by_unit(self) -> tuple[str, ...]:
        """The name of the block of every unit, units in their own order."""
        sizes = np.diff(self.borders)
        named = np.empty(len(self.units), dtype=object)
        named[self.units] = np.repeat(np.array(self.blocks, dtype=object), sizes)
        return tuple(named)

    def table(self) -> pd.DataFrame:
        """One row per place: the unit (counted from 0) shown there and its block."""
        blocks = np.repeat(np.array(self.blocks, dtype=object), np.diff(self.borders))
        return pd.DataFrame({"place": np.arange(len(self.units)), "unit": self.units, "block": blocks})


@dataclass(frozen=True, eq=False)
class Blocks:
    """What one block of units sends to another, `[post, pre]`. Weights are dimensionless; means run over all pairs.

    `total` and `total_strength` sum w and |w|. `density` is the share of the possible connections between different
    units whose weight is not 0. `excitatory_share` and `inhibitory_share` are the shares of positive and negative
    weights in the block's |w|. Where nothing can be divided (no pair, no weight) the number is 0.
    """

    names: tuple[str, ...]
    sizes: Int[np.ndarray, " blocks"]
    total: Float[np.ndarray, "blocks blocks"]
    total_strength: Float[np.ndarray, "blocks blocks"]
    mean: Float[np.ndarray, "blocks blocks"]
    mean_strength: Float[np.ndarray, "blocks blocks"]
    density: Float[np.ndarray, "blocks blocks"]
    excitatory_share: Float[np.ndarray, "blocks blocks"]
    inhibitory_share: Float[np.ndarray, "blocks blocks"]

    def table(self) -> pd.DataFrame:
        """One row per pair of blocks."""
        post, pre = np.indices(self.total.shape)
        measures = (
            "total", "total_strength", "mean", "mean_strength", "density", "excitatory_share", "inhibitory_share",
        )  # fmt: skip
        named = np.array(self.names, dtype=object)
        columns = {
            "post": named[post.ravel()], "pre": named[pre.ravel()],
            "post_units": self.sizes[post.ravel()], "pre_units": self.sizes[pre.ravel()],
        }  # fmt: skip
        return pd.DataFrame({**columns, **{name: getattr(self, name).ravel() for name in measures}})


@dataclass(frozen=True, eq=False)
class Connectivity:
    """A weight matrix `[post, pre]` in the order in which it is shown, with its blocks. Dimensionless.

    `weights` and `names` are ordered; `shows` says which matrix it is: after or before training, or the difference.
    """

    weights: Float[np.ndarray, "units units"]
    names: tuple[str, ...]
    ordering: Ordering
    blocks: Blocks
    shows: str
    remarks: tuple[str, ...] = ()

    def table(self) -> pd.DataFrame:
        """The matrix itself: one row per postsynaptic unit, one column per presynaptic unit."""
        return pd.DataFrame(self.weights, index=pd.Index(self.names, name="post"), columns=list(self.names))


@dataclass(frozen=True, eq=False)
class Change:
    """What training did to a weight matrix: after minus before.

    `relative` is |after - before| / |before| in the Frobenius norm and `correlation` that of the weights over all
    pairs; both are None where they are not defined (nothing there before, no spread).
    """

    difference: Float[np.ndarray, "post pre"]
    relative: float | None
    correlation: float | None

    def table(self) -> pd.DataFrame:
        """One row per connection that changed; units are counted from 0, weights are dimensionless."""
        post, pre = np.nonzero(self.difference)
        return pd.DataFrame({"post": post, "pre": pre, "difference": self.difference[post, pre]})


def array(weights: Tensor) -> Float[np.ndarray, "post pre"]:
    """The weights as a double-precision array. Raises Invalid where one is not a finite number."""
    found = weights.detach().cpu().double().numpy()
    if not np.isfinite(found).all():
        post, pre = np.argwhere(~np.isfinite(found))[0]
        raise Invalid(f"The weight from unit {pre} to unit {post} is not a finite number: the training diverged.")
    return found


def group_of_units(connectome: Connectome | SparseWiring, by: Grouping = "area_and_type") -> tuple[str, ...]:
    """The name of every unit's group; an attribute that all units share is left out of the name."""
    areas, types = connectome.areas, connectome.types
    if by == "area_and_type":
        both = len(set(areas)) > 1 and len(set(types)) > 1
        several = types if len(set(types)) > 1 else areas
        return tuple(f"{area} · {kind}" for area, kind in zip(areas, types, strict=True)) if both else several
    if by == "sign":
        return tuple({1: "E", -1: "I", 0: "free"}[int(sign)] for sign in connectome.signs)
    return {"area": areas, "type": types, "none": ("all units",) * connectome.n}[by]


def order_by_area_and_type(connectome: Connectome | SparseWiring, by: Grouping = "area_and_type") -> Ordering:
    """Units sorted by area (in order of appearance), then by cell type (E before I), otherwise in their own order."""
    groups = group_of_units(connectome, by)
    area = {name: k for k, name in enumerate(connectome.area_names)}
    kind = {name: k for k, name in enumerate(sorted(dict.fromkeys(connectome.types), key=_excitatory_first))}
    ranks = [(area[a], kind[t]) for a, t in zip(connectome.areas, connectome.types, strict=True)]
    ranked = sorted(range(connectome.n), key=lambda unit: (ranks[unit], unit))
    names = sorted(dict.fromkeys(groups[u] for u in ranked), key=_excitatory_first) if by in ("type", "sign") else None
    return order_by(np.arange(connectome.n), groups, names or tuple(dict.fromkeys(groups[u] for u in ranked)))


def order_by(
    values: Shaped[np.ndarray, " units"], groups: Sequence[str] | None = None, blocks: Sequence[str] | None = None
) -> Ordering:
    """Units sorted by a value, e.g. their preferred stimulus, within each group if groups are given.

    Groups come in the order of `blocks` (default: of appearance). Units whose value is NaN come last in their group.
    """
    groups = tuple(groups) if groups is not None else ("all units",) * len(values)
    blocks = tuple(blocks) if blocks is not None else tuple(dict.fromkeys(groups))
    rank = {name: k for k, name in enumerate(blocks)}
    block_ranks = np.array([rank[g] for g in groups])
    units = np.lexsort((values, block_ranks))  # stable, and NaN sorts last
    borders = np.searchsorted(block_ranks[units], np.arange(len(blocks) + 1))
    return Ordering(units, blocks, tuple(borders.tolist()))


def blocks(weights: Tensor, groups: Sequence[str], names: Sequence[str] | None = None) -> Blocks:
    """Sums, means, density and the E and I shares of every block of groups. Groups in the order of `names`."""
    found, names = array(weights), tuple(names) if names is not None else tuple(dict.fromkeys(groups))
    member = np.array([[group == name for group in groups] for name in names], dtype=float)
    sizes = member.sum(1).astype(int)
    between = ~np.eye(len(found), dtype=bool)
    pairs = np.outer(sizes, sizes)

    def summed(matrix: np.ndarray) -> np.ndarray:
        return member @ matrix @ member.T

    strength = summed(np.abs(found))
    return Blocks(
        names=names,
        sizes=sizes,
        total=summed(found),
        total_strength=strength,
        mean=_divided(summed(found), pairs),
        mean_strength=_divided(strength, pairs),
        density=_divided(summed((found != 0) & between), pairs - np.diag(sizes)),
        excitatory_share=_divided(summed(found.clip(min=0)), strength),
        inhibitory_share=_divided(summed((-found).clip(min=0)), strength),
    )


def change(before: Tensor, after: Tensor) -> Change:
    """How far training moved the weights. Raises Invalid if the matrices differ in shape."""
    if before.shape != after.shape:
        shapes = f"{tuple(before.shape)} before and {tuple(after.shape)} after"
        raise Invalid(f"The weights are {shapes}: they belong to two networks and have no difference.")
    first, last = array(before), array(after)
    size = float(np.linalg.norm(first))
    spread = first.std() * last.std()
    correlation = float(((first - first.mean()) * (last - last.mean())).mean() / spread) if spread > 0 else None
    return Change(last - first, float(np.linalg.norm(last - first)) / size if size > 0 else None, correlation)


def connectivity(weights: Tensor, connectome: Connectome, ordering: Ordering, shows: str = "after") -> Connectivity:
    """The matrix as it is shown in an order, with the numbers of its blocks."""
    found = blocks(weights, ordering.block_by_unit, ordering.blocks)
    names = tuple(connectome.names[unit] for unit in ordering.units)
    return Connectivity(ordering.matrix(array(weights)), names, ordering, found, shows, connectome.remarks)


def _divided(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    return np.divide(top, bottom, out=np.zeros(top.shape), where=bottom > 0)


def _excitatory_first(name: str) -> int:
    return {"E": 0, "I": 1}.get(name, 2)
