"""Swaps of targets between pairs of connections, which leave the degrees of all units exactly as they are."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Int

from engine.connectomes.connectome import Connectome

TRIED = 0.8  # share of the tries of a round; below 1, since swaps that always came together would reach less
Grouping = Callable[[Int[np.ndarray, " edges"], Int[np.ndarray, " edges"]], Int[np.ndarray, " edges"]]


def rewired(
    connectome: Connectome,
    free: Bool[np.ndarray, "post pre"],
    groups: Grouping,
    lengths: Int[np.ndarray, "post pre"] | None,
    rounds: int,
    rng: np.random.Generator,
) -> tuple[Connectome, int]:
    """The connectome after `rounds` tries per connection to swap targets, and how many swaps were carried out.

    a→b and c→d become a→d and c→b, each source keeping its weights, where neither exists yet and both pairs are free.
    Partners are of the same group, which `groups(post, pre)` tells for every connection and which no swap within a
    group may change; with `lengths`, the two new connections are as long as the two old ones.

    A round pairs all connections at random and tries all pairs at once. Of tries that touch a common pair of units
    only the first counts, existing or not, and some are passed over by chance; thus a round is as likely as its
    reverse, and the chain is uniform over what swaps can reach (which leaves out reversing a lone directed triangle).
    """
    post, pre = np.nonzero(connectome.mask & free)
    weights, mask = connectome.weights.copy(), connectome.mask.copy()
    strengths, done = weights[post, pre].copy(), 0
    weights[post, pre] = 0.0
    claims, n = np.empty(connectome.n**2, np.int32), connectome.n
    for _ in range(rounds if len(post) > 1 else 0):
        a, c = _partners(groups(post, pre), rng)
        old = post[a] * n + pre[a], post[c] * n + pre[c]
        new = post[c] * n + pre[a], post[a] * n + pre[c]
        good = _alone((*old, *new), claims) & (rng.random(len(a)) < TRIED)
        good &= ~(mask.ravel()[new[0]] | mask.ravel()[new[1]]) & free.ravel()[new[0]] & free.ravel()[new[1]]
        if lengths is not None:
            good &= _as_long(lengths.ravel(), old, new)
        a, c = a[good], c[good]
        mask[post[a], pre[a]] = mask[post[c], pre[c]] = False
        post[a], post[c] = post[c], post[a]
        mask[post[a], pre[a]] = mask[post[c], pre[c]] = True
        done += len(a)
    weights[post, pre] = strengths
    return connectome.but(weights=weights, mask=mask), done


def _partners(
    groups: Int[np.ndarray, " edges"], rng: np.random.Generator
) -> tuple[Int[np.ndarray, " tries"], Int[np.ndarray, " tries"]]:
    """Random pairs of connections of the same group, each connection in one pair at most."""
    order = rng.permutation(len(groups))
    order = order[np.argsort(groups[order], kind="stable")]
    first, second = order[: len(order) - 1 : 2], order[1::2]
    same = groups[first] == groups[second]
    return first[same], second[same]


def _alone(
    touched: tuple[Int[np.ndarray, " tries"], ...], claims: Int[np.ndarray, " pairs"]
) -> Bool[np.ndarray, " tries"]:
    """Tries that are the first to touch each of their pairs of units."""
    index = np.arange(len(touched[0]), dtype=np.int32)
    for keys in touched:
        claims[keys] = len(index)
    for keys in touched:
        np.minimum.at(claims, keys, index)
    return np.logical_and.reduce([claims[keys] == index for keys in touched])


def _as_long(
    lengths: Int[np.ndarray, " pairs"], old: tuple[np.ndarray, ...], new: tuple[np.ndarray, ...]
) -> Bool[np.ndarray, " tries"]:
    """Whether the lengths of the two new connections are those of the two old ones, in either order."""
    was, then = np.sort(lengths[np.stack(old)], axis=0), np.sort(lengths[np.stack(new)], axis=0)
    return (was == then).all(0)
