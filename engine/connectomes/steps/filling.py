"""Connections are added or removed by chance; added ones are as strong as those that are there."""

import numpy as np
from jaxtyping import Bool, Float, Int, Integer

from engine.connectomes.connectome import Connectome


def with_counts(
    connectome: Connectome,
    pairs: Int[np.ndarray, " pairs"],
    block: Int[np.ndarray, " pairs"],
    wanted: Int[np.ndarray, " blocks"],
    rng: np.random.Generator,
) -> tuple[Connectome, int, int]:
    """Every block of pairs with exactly the wanted number of connections, and how many were added and removed.

    Pairs are places in the flat matrix, `block` the number of the block of each. What is removed or added is drawn by
    chance; all else stays as it is.
    """
    exists = connectome.mask.ravel()[pairs]
    order = rng.permutation(len(pairs))
    group = _small(2 * block + ~exists, 2 * len(wanted))
    order = order[np.argsort(group[order], kind="stable")]  # in each block those there first
    sizes = np.bincount(block, minlength=len(wanted))
    kept = np.zeros(len(pairs), bool)
    for first, count in zip(np.cumsum(sizes) - sizes, np.minimum(wanted, sizes), strict=True):
        kept[order[first : first + count]] = True
    weights, mask = connectome.weights.copy(), connectome.mask.copy()
    mask.ravel()[pairs], weights.ravel()[pairs[exists & ~kept]] = kept, 0.0
    weights.ravel()[pairs[kept & ~exists]] = _drawn(connectome, pairs, block, exists, kept & ~exists, rng)
    changed = with_connections(connectome, weights, mask)
    return changed, int((kept & ~exists).sum()), int((exists & ~kept).sum())


def _small(group: Int[np.ndarray, " items"], groups: int) -> Integer[np.ndarray, " items"]:
    """Numbers of groups in two bytes where they fit: these are sorted by their digits, which is fast."""
    return group.astype(np.uint16) if groups <= 1 << 16 else group


def exact_counts(
    density: float, sizes: Int[np.ndarray, " blocks"], rng: np.random.Generator
) -> Int[np.ndarray, " blocks"]:
    """The number of connections of every block: the density times its pairs, to below one, and exact in the sum.

    What rounding down leaves over goes to the largest remainders, ties by lot, so that small blocks do not fade.
    """
    ideal = density * sizes
    counts = np.floor(ideal + 1e-9).astype(np.int64)
    rest = round(float(ideal.sum())) - int(counts.sum())
    counts[np.lexsort((rng.random(len(sizes)), -(ideal - counts).round(9)))[: max(0, rest)]] += 1
    return counts


def with_added(connectome: Connectome, new: Int[np.ndarray, " new"], rng: np.random.Generator) -> Connectome:
    """The connectome with connections at further pairs of the flat matrix, as strong as any of their sign."""
    weights, mask = connectome.weights.copy(), connectome.mask.copy()
    mask.ravel()[new] = True
    weights.ravel()[new] = _from_anywhere(connectome, connectome.signs[new % connectome.n], rng)
    return with_connections(connectome, weights, mask)


def with_connections(connectome: Connectome, weights: np.ndarray, mask: np.ndarray) -> Connectome:
    """Other weights and connections; a pair that now is connected is no longer unknown."""
    unknown = connectome.unknown
    return connectome.but(weights=weights, mask=mask, unknown=None if unknown is None else unknown & ~mask)


def _drawn(
    connectome: Connectome,
    pairs: Int[np.ndarray, " pairs"],
    block: Int[np.ndarray, " pairs"],
    exists: Bool[np.ndarray, " pairs"],
    new: Bool[np.ndarray, " pairs"],
    rng: np.random.Generator,
) -> Float[np.ndarray, " new"]:
    """Weights for new pairs, drawn from those of the same block and sign of source, else of the sign anywhere."""

    def pooled(these: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        signs = connectome.signs[pairs[these] % connectome.n]
        return signs, block[these] * 3 + signs + 1

    there, (signs, wanted) = np.flatnonzero(exists), pooled(np.flatnonzero(new))
    pool, most = pooled(there)[1], 3 * (int(block.max(initial=0)) + 1)
    there = there[np.argsort(_small(pool, most), kind="stable")]
    counts = np.bincount(pool, minlength=most)
    count, start = counts[wanted], (np.cumsum(counts) - counts)[wanted]
    found = _from_anywhere(connectome, signs, rng)
    place = (start + rng.random(len(found)) * count).astype(np.int64)[count > 0]
    found[count > 0] = connectome.weights.ravel()[pairs[there[place]]]
    return found


def _from_anywhere(
    connectome: Connectome, signs: Int[np.ndarray, " new"], rng: np.random.Generator
) -> Float[np.ndarray, " new"]:
    """Weights drawn from all those of sources of the same sign, else from all strengths, else 1."""
    between, found = connectome.mask & ~np.eye(connectome.n, dtype=bool), np.empty(len(signs))
    for sign in np.unique(signs):
        like = connectome.weights[between & (connectome.signs == sign)[None, :]]
        every = np.abs(connectome.weights[between]) if not len(like) else like
        pool = like if len(like) else (every if len(every) else np.ones(1)) * (int(sign) or 1)
        found[signs == sign] = rng.choice(pool, int((signs == sign).sum()))
    return found
