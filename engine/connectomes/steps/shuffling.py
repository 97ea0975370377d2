"""What null models share: which pairs may change, and how entries trade places within groups of pairs."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Float, Int

from engine.connectomes.connectome import Connectome
from engine.connectomes.steps.selection import codes


def movable(connectome: Connectome) -> Bool[np.ndarray, "post pre"]:
    """The pairs that a null model may change: of different units, and measured.

    Self-connections stay as they are, and a pair that was never measured stays unknown.
    """
    different = ~np.eye(connectome.n, dtype=bool)
    return different if connectome.unknown is None else different & ~connectome.unknown


def sign_of_source(connectome: Connectome) -> Int[np.ndarray, "post pre"]:
    """0, 1 or 2 for the pairs whose source inhibits, has no sign or excites: entries that trade places within one of
    these groups keep Dale's law."""
    return np.broadcast_to(connectome.signs[None, :] + np.int8(1), (connectome.n, connectome.n))


def block_of_pair(groups: tuple[str, ...]) -> Int[np.ndarray, "post pre"]:
    """A number for every pair of groups."""
    code = codes(groups).astype(np.int32)  # holds three times the square of the most units
    return code[:, None] * (code.max() + 1) + code[None, :]


def parts(groups: Int[np.ndarray, " entries"]) -> Iterator[Int[np.ndarray, "_"]]:
    """The indices of the entries of each group."""
    order = np.argsort(groups, kind="stable").astype(np.int32)  # half as large; there are fewer pairs than it counts
    yield from np.split(order, np.flatnonzero(np.diff(groups[order])) + 1)


def permuted(
    values: Float[np.ndarray, " entries"], groups: Int[np.ndarray, " entries"], rng: np.random.Generator
) -> Float[np.ndarray, " entries"]:
    """The values in random order within each group."""
    result = values.copy()
    for part in parts(groups):
        result[part] = values[rng.permutation(part)]
    return result


def scattered(connectome: Connectome, groups: Int[np.ndarray, "post pre"], rng: np.random.Generator) -> Connectome:
    """Every connection with its weight at a random pair of its own group of pairs."""
    free = movable(connectome)
    mask, weights = connectome.mask[free], connectome.weights[free & connectome.mask]
    existing = np.flatnonzero(mask)
    target = np.empty_like(existing)
    for part in parts(groups[free]):
        there = part[mask[part]]
        target[np.searchsorted(existing, there)] = rng.permutation(part)[: len(there)]
    mask = np.zeros_like(mask)
    mask[target] = True
    moved = put(connectome.mask, free, mask)
    result = np.where(free, 0.0, connectome.weights)
    result[moved & free] = weights[np.argsort(target)]
    return connectome.but(weights=result, mask=moved)


def put(whole: np.ndarray, where: Bool[np.ndarray, "post pre"], values: np.ndarray) -> np.ndarray:
    """A copy of a matrix with other values at some pairs."""
    result = whole.copy()
    result[where] = values
    return result
