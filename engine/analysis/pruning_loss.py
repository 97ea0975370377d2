"""Pruning loss: what a network still does when connections are taken away, by method and density, drawn repeatedly."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from engine.networks.network import Network
from engine.randomness import torch_stream
from engine.tasks.task import Trials
from engine.training.objectives.task_loss import TaskLoss
from engine.training.prune import Method
from engine.training.pruning import chances, kept, tree_overlap


@dataclass(frozen=True, eq=False)
class PrunedLoss:
    """Held-out loss of every network after pruning to a density, mean over draws; and what was really left.

    `requested` and `density` are shares of the pairs of units, the second counting weights that are not 0;
    `tree_overlap` is the share of the maximum spanning tree that is left.
    """

    method: str
    requested: float
    loss: Float[Tensor, " networks"]
    density: Float[Tensor, " networks"]
    tree_overlap: Float[Tensor, " networks"]


@torch.no_grad()
def pruned_losses(
    network: Network,
    trials: Trials,
    task_loss: TaskLoss,
    method: Method,
    densities: tuple[float, ...],
    draws: int,
    seed: int = 0,
) -> list[PrunedLoss]:
    """The method at each density, without retraining; the weights of the network are afterwards as they were."""
    before = network.free_W_rec.detach().clone()
    weights, law = network.W_rec.detach().clone(), network.laws["W_rec"]
    exists = law.exists.expand(weights.shape)
    found = []
    for density in densities:
        told = []
        for draw in range(1 if method == "magnitude" else draws):
            left = _left(weights, exists, density, method, seed, draw)
            network.free_W_rec.copy_(law.free(weights * left))
            outputs = network(trials.inputs, initial_rates=trials.initial_rates).outputs
            overlap = [tree_overlap(w, stays) for w, stays in zip(weights, left, strict=True)]
            realised = (weights * left != 0).float().mean((1, 2))
            told.append((task_loss.of(outputs, trials), realised, torch.tensor(overlap)))
        found.append(PrunedLoss(method, density, *(torch.stack(each).mean(0) for each in zip(*told, strict=True))))
    network.free_W_rec.copy_(before)
    return found


def _left(
    weights: Float[Tensor, "networks post pre"],
    exists: Bool[Tensor, "networks post pre"],
    density: float,
    method: Method,
    seed: int,
    draw: int,
) -> Bool[Tensor, "networks post pre"]:
    """Which connections a draw leaves in each network: so many of all pairs of units, as far as there are as many."""
    found = []
    for k, (W, there) in enumerate(zip(weights, exists, strict=True)):
        wanted = min(density * W.numel(), float(there.sum()))
        found.append(kept(chances(W, there, wanted, method), torch_stream(seed, "prune", draw, k)))
    return torch.stack(found)
