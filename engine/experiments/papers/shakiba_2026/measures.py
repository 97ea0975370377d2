"""What is read off every network: accuracy and costs apart, and the shape of its strongest weights."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import torch

from engine.analysis.length_correlation import length_correlation
from engine.analysis.strongest_graph import (
    assortativity,
    greedy_modularity,
    matched,
    own_share,
    published_null,
    small_world,
    strongest,
)
from engine.analysis.weight_entropy import weight_entropy
from engine.experiments.papers.paper import Outcome, Reading
from engine.experiments.papers.shakiba_2026.variants import EPOCH, Population
from engine.randomness import torch_stream
from engine.tasks.task import Trials
from engine.training.objectives.distance import Distance

EXACT = {"one_choice_inference": 8, "go_nogo": 2}  # kinds of trials that there are, without noise
VALIDATION = 2560
BLOWN_UP = 1e3  # nats of cross-entropy that no network has which still works

ACCURACY, CE = "validation accuracy", "validation cross-entropy (nats)"
Q, SIGMA, SIGMA_MATCHED = "modularity Q", "σ, published null", "σ, null of equal density"
H, ASSORTATIVITY, DIVERGED = "entropy of the weights (bits)", "assortativity", "diverged"
TRAINED, LOSS, ADDED = "training accuracy", "training loss with penalties", "penalties"
EMD_PART, OWN, LENGTH = "earth mover's part of the loss", "share of self-weights in the top 10 %", "r(|W|, distance)"
SECONDS = "seconds of training"


def measured(of: Outcome, population: Population, nulls: int = 1000) -> Iterator[Reading]:
    """All readings of all networks of a population; diverged ones have no number but that they diverged."""
    trials = validation(of)
    with torch.no_grad():
        outputs = of.network(trials.inputs).outputs
    accuracy = of.experiment.task.correct(outputs, trials).float().mean(1).tolist()
    loss = of.experiment.training.task_loss.of(outputs, trials).tolist()
    costs = {name: table[-EPOCH:].mean(0) for name, table in of.history.costs.items()}
    distance = Distance(coordinates="min_max").between(of.network.connectome)
    weights = of.network.lawful_weights()["W_rec"].double().numpy()
    yield Reading(SECONDS, float(of.history.seconds[-1]))
    for k, variant, seed in population:
        tell = partial(Reading, network=seed, variant=variant)
        lost = of.diverged[k] or not loss[k] < BLOWN_UP
        yield tell(DIVERGED, float(lost))
        yield tell("flagged by the engine", float(of.diverged[k]))
        if lost:
            continue
        yield tell(ACCURACY, accuracy[k])
        yield tell(CE, loss[k])
        yield tell(TRAINED, float(of.history.accuracy[-1, k]))
        yield tell(LOSS, float(costs["total"][k]))
        yield tell(ADDED, float(costs["total"][k] - costs["task"][k]))
        if np.isfinite(emd := costs.get("earth_mover", np.full(k + 1, np.nan))[k]):
            yield tell(EMD_PART, 0.1 * float(emd))
        for name, value in shape_of(weights[k], nulls).items():
            yield tell(name, value)
        yield tell(LENGTH, length_correlation(weights[k], distance))


def shape_of(weights: np.ndarray, nulls: int = 1000) -> dict[str, float]:
    """The published numbers of a recurrent matrix, and its share of self-weights."""
    graph = strongest(weights)
    return {
        H: weight_entropy(weights),
        Q: greedy_modularity(graph),
        SIGMA: small_world(graph, published_null(len(graph), nulls)),
        SIGMA_MATCHED: small_world(graph, matched(graph, min(nulls, 50))),
        ASSORTATIVITY: assortativity(graph),
        OWN: own_share(weights),
    }


def validation(of: Outcome) -> Trials:
    """Without noise of the inputs: every kind of trial once where there are few, or many drawn ones."""
    task, exact = of.experiment.task, EXACT.get(of.experiment.task.kind)
    quiet = task.with_value("noise", 0.0) if exact else task  # the noise of the dots belongs to the task
    return quiet.trials(exact or VALIDATION, of.experiment.dt_ms, torch_stream(of.experiment.seeds.trials, "papers"))
