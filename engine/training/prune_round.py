"""One round of pruning: which connections of every network are left."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Bool
from torch import Tensor

from engine.networks.network import Network
from engine.training.progress import Pruned
from engine.training.prune import Block, Prune
from engine.training.pruning import chances, kept, tree_overlap


def prune_round(
    network: Network,
    prune: Prune,
    turn: int,
    streams: Sequence[torch.Generator],
    concerned: Bool[Tensor, " networks"],
) -> tuple[Bool[Tensor, "networks post pre"], Pruned]:
    """What round `turn` (from 0) leaves of the connections that exist, and what is told of it; nothing is changed.

    Networks that it does not concern keep all of theirs.
    """
    weights = getattr(network, prune.matrix).detach().cpu()
    exists = network.laws[prune.matrix].exists.cpu().expand(weights.shape)
    blocks = prune.parts(network.connectome, tuple(weights.shape[1:]), "training.stages")
    scope = torch.from_numpy(prune.scope(network.connectome)).expand(weights.shape[1:])
    left, wanted, pairs = torch.ones_like(exists), torch.zeros(len(weights)), 0
    for block in blocks:
        at = np.ix_(block.post, block.pre)
        inside = scope[at]
        pairs += int(inside.sum())
        for k, rng in enumerate(streams):
            there = exists[k][at] & inside
            count = wanted_now(prune, block, turn, int(there.sum()), int(inside.sum()))
            wanted[k] += count
            stays = kept(chances(weights[k][at], there, count, prune.method), rng)
            left[k][at] = stays | ~inside
    left &= exists
    left[~concerned] = True
    touched = torch.zeros(scope.shape, dtype=torch.bool)
    for block in blocks:
        touched[np.ix_(block.post, block.pre)] = scope[np.ix_(block.post, block.pre)]
    realised = [float((left[k] & touched & (weights[k] != 0)).sum()) / max(1, pairs) for k in range(len(weights))]
    overlap = [tree_overlap(w, stays) for w, stays in zip(weights, left, strict=True)]
    requested = [float(count) / max(1, pairs) for count in wanted]
    numbers = {"requested": requested, "realised": realised, "tree_overlap": overlap}
    for told in numbers.values():
        told[:] = [number if here else math.nan for number, here in zip(told, concerned.tolist(), strict=True)]
    return left, Pruned(matrix=prune.matrix, method=prune.method, round=turn + 1, rounds=prune.rounds, **numbers)


def wanted_now(prune: Prune, block: Block, turn: int, there: int, pairs: int) -> float:
    """How many of the connections that are there a round leaves, so that the last one leaves the density."""
    rounds_left = prune.rounds - turn
    if not block.is_of_pairs:
        return there * block.density ** (1 / prune.rounds)
    final = min(block.density * pairs, there)
    return there * (final / there) ** (1 / rounds_left) if there else 0.0
