"""What is trained: a grid of penalties as one population, seRNN against L1, and what is read off every network."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch.nn.functional import one_hot

from engine.analysis.homophily import homophily
from engine.analysis.length_correlation import length_correlation
from engine.analysis.modularity import modularity
from engine.analysis.selectivity import mixed_selectivity, selectivity, spatial_rank
from engine.analysis.strongest_graph import (
    directed,
    greedy_modularity,
    matched,
    own_share,
    published_null,
    small_world,
    strongest,
)
from engine.experiments.experiment import Experiment
from engine.experiments.papers.achterberg_2023.rules import energies
from engine.experiments.papers.paper import Outcome, Part, Reading, Scale, trial_seed
from engine.randomness import torch_stream
from engine.recording import Recording, record
from engine.training.objectives.distance import Distance

UNITS, GRID, EPOCH, STEPS = 100, (5, 5, 4), 40, 400
SERNN, L1, NONE = "seRNN", "L1", "no penalty"
LENGTHS, JOINED = "lengths only", "communicability only"
PAYS = {SERNN: "spatially_embedded", L1: "weight_norm", LENGTHS: "wiring_cost", JOINED: "communicability_cost"}
CONTROLS = {LENGTHS: (0.001, 0.002, 0.004), JOINED: (0.15, 0.3, 0.6)}  # at the start about what seRNN pay
FEW = (0.05, 0.12)  # penalties of the networks that learn other trials
SOLVED = 0.9
MAP = tuple(np.geomspace(0.005, 1.5, 12).round(5).tolist())
EPOCHS_KEPT = (0, 34, 89, 144, 233, 400)  # steps of the weights that a run keeps
TRIALS = 320
WINDOWS = {"early": slice(14, 20), "middle": slice(29, 35), "late": slice(45, 50)}


@dataclass(frozen=True)
class Net:
    """One network: its group, its penalty, and its number in the group, which is the draw that it begins with."""

    group: str
    strength: float
    number: int


def population(nets: Sequence[Net], scale: Scale) -> Experiment:
    """100 units on a grid of 5 x 5 x 4 learn the maze, all in one population, each with its own penalty.

    Networks of one number in different groups are a pair: they begin alike and learn from the same trials, in one
    order; every number has its own.
    """
    strengths = {name: _strengths(nets, group) for group, name in PAYS.items()}
    distance = {"coordinates": "grid", "grid": GRID}
    places = {"spatially_embedded": {"distance": distance}, "wiring_cost": {"distance": distance}}
    objectives = [{"kind": kind, "weight": 0.0} | places.get(kind, {}) for kind in PAYS.values() if strengths[kind]]
    differences = [
        {"networks": rows, "objectives": [{"objective": name, "weight": strength}]}
        for name, found in strengths.items() for strength, rows in found.items()
    ]  # fmt: skip
    differences += [
        {"networks": [k + 1], "draw": net.number + 1, "trial_seed": trial_seed(scale, net.number)}
        for k, net in enumerate(nets)
    ]
    ends = [math.sqrt(6 * UNITS / (UNITS + channels)) for channels in (8, 4)]
    return Experiment.read({
        "wiring": {"kind": "random", "units": UNITS, "density": 1.0, "self_connections": True,
                   "signs": {"kind": "unsigned"}},
        "constraints": {"dales_law": {"method": "off"}},
        "weights": {"kind": "orthogonal", "spectral_radius": None, "balance": "none", "ends": "even",
                    "input_scale": ends[0], "readout_scale": ends[1]},
        "dynamics": {"kind": "elman", "activation": "relu"},
        "task": {"kind": "one_choice_inference", "read_ms": 20, "noise": 0.05 * 0.02**0.5},
        "training": {
            "optimiser": {"kind": "adam", "learning_rate": 1e-3}, "clip_norm": None, "batch": 128, "steps": STEPS,
            "evaluate_every": EPOCH, "evaluation_trials": 320,
            "trials": {"kind": "fixed", "trials": 5120, "order": "fixed"},
            "objectives": objectives, "differences": differences,
        },
        "dt_ms": 20,
        "seeds": {"weights": scale.first_seed, "trials": scale.first_seed, "networks": len(nets)},
    })  # fmt: skip


def _strengths(nets: Sequence[Net], group: str) -> dict[float, list[int]]:
    found: dict[float, list[int]] = {}
    for k, net in enumerate(nets):
        if net.group == group:
            found.setdefault(net.strength, []).append(k + 1)
    return found


def grid(group: str, strengths: Sequence[float], seeds: int) -> tuple[Net, ...]:
    """Every strength with so many seeds, all drawn anew."""
    return tuple(Net(group, strength, k) for k, strength in enumerate(s for s in strengths for _ in range(seeds)))


def plan(scale: Scale) -> tuple[Part, ...]:
    """The anchors of the demo, both groups, a map over penalties and epochs; at published size a thousand of each."""
    two, three, more = (scale.seeds or count for count in (2, 3, 2 if scale.full else 4))
    fine = 10 if scale.full else 1
    groups = {
        "anchors": grid(SERNN, (0.3, 0.5), three),
        "groups": grid(SERNN, (0.02, 0.05, 0.08, 0.12, 0.2), more * fine)
        + grid(L1, (0.002, 0.005, 0.01, 0.02, 0.04), more * fine),
        "map": grid(SERNN, MAP, two * fine) + grid(NONE, (0.0,), two),
        "controls": tuple(net for group, found in CONTROLS.items() for net in grid(group, found, three * fine)),
        SHUFFLED: grid(SERNN, FEW, two * fine),
        HARD: grid(SERNN, FEW, three * fine),
    }
    if scale.full:
        groups |= _thousands()
    return tuple(
        Part(name, ABOUT.get(name, "Penalties on an even grid."), 4.5 * len(nets) + 150 * (name == "groups"),
             partial(measured, nets=nets, functional=name == "groups", over_time=name == "map"),
             population(nets, scale).with_values(TASK_OF.get(name, {})))
        for name, nets in groups.items()
    )  # fmt: skip


SHUFFLED, HARD = "shuffled_labels", "all_trials"
TASK_OF = {SHUFFLED: {"task.shuffled": True}, HARD: {"task.trial_set": "all"}}
ABOUT = {
    "anchors": "The published demos, penalty 0.3 and 0.5.",
    "groups": "seRNN against L1 over five penalties each.",
    "map": "Twelve penalties over three decades, and none, over epochs.",
    "controls": "Networks that pay for lengths alone, or for communicability alone.",
    SHUFFLED: "seRNN that learn from shuffled labels, where there is nothing to learn.",
    HARD: "seRNN on all sixteen trials, of which the choices alone give none away.",
}


def _thousands() -> dict[str, tuple[Net, ...]]:
    """1,000 networks of each group; the ends of the published grids are not known, so half of ours solve the task."""
    ends = {SERNN: 0.5, L1: 0.02}
    every = {group: np.linspace(end / 1000, end, 1000).round(6).tolist() for group, end in ends.items()}
    return {
        f"thousand_{group.lower()}_{at // 50 + 1}": tuple(
            Net(group, strength, k) for k, strength in enumerate(found[at : at + 50])
        )
        for group, found in every.items() for at in range(0, 1000, 50)
    }  # fmt: skip


def measured(of: Outcome, nets: Sequence[Net], functional: bool = False, over_time: bool = False) -> Iterator[Reading]:
    """Accuracy on every kind of trial without noise, losses, structure; function in networks that solve the task."""
    experiment, history = of.experiment, of.history
    kinds = 16 if experiment.task.trial_set == "all" else 8
    quiet = experiment.task.with_value("noise", 0.0).trials(kinds, experiment.dt_ms, torch_stream(0, "papers"))
    with torch.no_grad():
        outputs = of.network(quiet.inputs).outputs
    accuracy = experiment.task.correct(outputs, quiet).mean(1).tolist()
    loss = experiment.training.task_loss.of(outputs, quiet).tolist()
    distance = Distance(coordinates="grid", grid=GRID).between(of.network.connectome)
    before, after = (n.lawful_weights()["W_rec"].double().numpy() for n in (of.first, of.network))
    total = history.costs["total"]
    yield Reading("seconds of training", float(history.seconds[-1]))
    for k, net in enumerate(nets):
        tell = partial(_reading, net)
        yield tell("accuracy", accuracy[k])
        yield tell("cross-entropy (nats)", loss[k])
        yield tell("loss in epoch 1", float(total[1 : EPOCH + 1, k].mean()))
        yield tell("loss in the last epoch", float(total[-EPOCH:, k].mean()))
        if net.group == SERNN:
            yield tell("penalty of the start", float(history.costs["spatially_embedded"][1, k]))
        for measure, value in structure(after[k], distance).items():
            yield tell(measure, value)
        yield tell("r(|W|, distance) of the start", length_correlation(before[k], distance))
        if functional and accuracy[k] >= SOLVED:
            found = function(of, k, distance) | energies(strongest(after[k]), distance)
            yield from (tell(measure, value) for measure, value in found.items())
    if over_time:
        yield from _over_time(of, nets, distance)


def _reading(net: Net, measure: str, value: float) -> Reading:
    return Reading(measure, value, net.number, net.group, net.strength)


def structure(weights: np.ndarray, distance: np.ndarray) -> dict[str, float]:
    """Sum, lengths, self-weights, modularity by three definitions, small-worldness by two nulls, and homophily."""
    graph, either = strongest(weights, symmetric=False), strongest(weights)
    return {
        "Σ|W|": float(np.abs(weights).sum()),
        "r(|W|, distance)": length_correlation(weights, distance),
        "share of self-weights in the top 10 %": own_share(weights),
        "Q, directed, with self-weights": modularity(directed(weights, loops=True), runs=3).q or 0.0,
        "Q, directed, without self-weights": modularity(directed(weights, loops=False), runs=3).q or 0.0,
        "Q, greedy, binary": greedy_modularity(either),
        "σ, published null": small_world(graph, published_null(len(graph))),
        "σ, null of equal density": small_world(graph, matched(graph)),
        "homophily": homophily(either),
    }


def function(of: Outcome, k: int, distance: np.ndarray) -> dict[str, float]:
    """Selectivity for goal and choices in three windows, where such units lie, and activity after choice onset."""
    task, dt_ms = of.experiment.task, of.experiment.dt_ms
    seen = record(of.network, task.trials(TRIALS, dt_ms, torch_stream(0, "selectivity")), k)
    rng = np.random.default_rng(0)
    found = {"mean rate after choice onset": float(seen.rates[:, 30:].mean())}
    for window, steps in WINDOWS.items():
        lost = selectivity(seen.rates[:, steps].mean(1).double().numpy(), _predictors(seen)).lost
        goal, choices = lost["goal"], lost["choices"]
        if window == "late":
            found["mixed selectivity at decision"] = mixed_selectivity(goal, choices)
        prefers = np.nan_to_num(goal) > np.nan_to_num(choices)
        for code, strength, chosen in (("goal", goal, prefers), ("choice", choices, ~prefers & np.isfinite(choices))):
            positive = np.nan_to_num(strength).clip(0)
            rank = spatial_rank(positive, chosen.astype(float), distance, rng)
            found[f"spatial rank of the {code} code, {window}"] = rank
    return found


def _predictors(seen: Recording) -> dict[str, np.ndarray]:
    told, inputs = seen.trials.conditions, seen.trials.inputs
    ways = (inputs[:, 30:, 4:].mean(1) > 0.5).double()
    return {"goal": one_hot(told["goal"], 4).double().numpy(), "choices": ways.numpy(),
            "answer": one_hot(told["answer"], 4).double().numpy()}  # fmt: skip


def _over_time(of: Outcome, nets: Sequence[Net], distance: np.ndarray) -> Iterator[Reading]:
    """Accuracy, sum, lengths, self-weights and modularity at some of the weights that the run kept."""
    for step in (s for s in of.run.snapshots() if s in EPOCHS_KEPT):
        weights = of.run.weights(step)["W_rec"].double().numpy()
        at = int(np.abs(of.history.evaluated - step).argmin())
        for k, net in enumerate(nets):
            tell = partial(_reading, net)
            yield tell(f"accuracy at step {step}", float(of.history.accuracy[at, k]))
            yield tell(f"Σ|W| at step {step}", float(np.abs(weights[k]).sum()))
            yield tell(f"r(|W|, distance) at step {step}", length_correlation(weights[k], distance))
            yield tell(f"share of self-weights at step {step}", own_share(weights[k]))
            q = modularity(directed(weights[k], loops=True), runs=2).q or 0.0
            yield tell(f"Q, directed, with self-weights at step {step}", q)
