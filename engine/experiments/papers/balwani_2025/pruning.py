"""A2: Dale's networks lose connections, at random, the weakest, or top-prob; and learn again what they lost."""

import copy
from collections.abc import Iterator
from functools import partial

import numpy as np
import torch

from engine.analysis.pruning_loss import pruned_losses
from engine.experiments.papers.paper import Outcome, Part, Reading, Scale
from engine.randomness import torch_stream
from engine.training import train
from engine.training.prune import Method, Prune
from engine.training.pruning import chances, kept, tree_overlap
from engine.training.stage import Stage

PRUNERS: dict[str, Method] = {
    "random": "random",
    "top-prob as published": "top_prob_task_notebooks",
    "top-prob": "top_prob",
    "magnitude": "magnitude",
}
DENSITIES = (0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 1.0)  # section 8, A2
PUBLISHED = (0.0, *(float(p) for p in np.linspace(0.01, 1, 14).round(3)))  # section 2.2
RETRAINED = 0.086  # the one density at which the publication retrains
DRAWS = 5
TREE = (0.25, 0.5, 0.75, 0.9)  # sparsities of section 2.4


def pruned(of: Outcome, task: str, scale: Scale) -> Iterator[Reading]:
    """Loss without retraining at every density, and with it at one of them, on trials that were not trained on."""
    trials = of.experiment.task.held_out(
        of.experiment.training.evaluation_trials, of.experiment.dt_ms, torch_stream(scale.first_seed, "pruning")
    )
    task_loss, densities = of.experiment.training.task_loss, PUBLISHED if scale.full else DENSITIES
    for variant, method in PRUNERS.items():
        for found in pruned_losses(of.network, trials, task_loss, method, densities, DRAWS, scale.first_seed):
            for k in range(of.network.networks):
                told = {"loss after pruning": found.loss, "density after pruning": found.density,
                        "spanning tree that is left": found.tree_overlap}  # fmt: skip
                for what, values in told.items():
                    yield Reading(f"{task}: {what}", float(values[k]), scale.first_seed + k, variant, found.requested)
        yield from retrained(of, task, method, variant, scale)


def retrained(of: Outcome, task: str, method: Method, variant: str, scale: Scale) -> Iterator[Reading]:
    """Loss just after pruning to 8.6 % and after learning again for a fifth of the steps, under signs and mask."""
    asked = of.experiment.training
    stage = asked.stages[0]
    again = Stage(name="retrain", steps=max(1, stage.steps // 5), optimiser=stage.optimiser,
                  prune=(Prune(method=method, density=RETRAINED, share_of="pairs"),))  # fmt: skip
    training = asked.with_values({"stages": (again,), "evaluate_every": again.steps})
    network = copy.deepcopy(of.network)
    reports = list(train(network, of.experiment.task, training, of.experiment.seeds.trials))
    (told,) = next(p.pruned for p in reports if p.pruned)
    for k in range(network.networks):
        numbers = {"loss before retraining": told.loss_after[k],
                   "loss after retraining": float(reports[-1].evaluation.loss[k]),
                   "violations while retraining": float(max(int(p.violations[k]) for p in reports))}  # fmt: skip
        for what, value in numbers.items():
            yield Reading(f"{task}: {what}", value, scale.first_seed + k, variant, RETRAINED)


def tree(scale: Scale) -> Iterator[Reading]:
    """Section 2.4: how much of the maximum spanning tree of an even random matrix survives."""
    every = torch.ones(100, 100, dtype=torch.bool)
    for draw in range(scale.first_seed, scale.first_seed + 8):
        rng = torch_stream(draw, "overlap")
        weights = torch.rand(100, 100, generator=rng, dtype=torch.float64)
        for sparsity in TREE:
            for variant in ("random", "top-prob", "magnitude"):
                left = kept(chances(weights, every, (1 - sparsity) * 1e4, PRUNERS[variant]), rng)
                yield Reading("overlap with the spanning tree", tree_overlap(weights, left), draw, variant, sparsity)


def parts(scale: Scale) -> tuple[Part, ...]:
    """What needs no training; Dale's networks are pruned where they were trained."""
    about = "What pruning leaves of the spanning tree of random weights."
    return (Part("spanning_tree", about, 3, compute=partial(tree, scale)),)
