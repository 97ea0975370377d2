"""A1: signs kept by several methods in networks that are otherwise alike, on flip-flop, waves and digits."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch

from engine.constraints.ledger import audit
from engine.experiments.experiment import Experiment
from engine.experiments.papers.balwani_2025.pruning import pruned
from engine.experiments.papers.paper import Outcome, Part, Reading, Scale

METHODS = {  # Dale's law from the start on, and while it learns
    "conventional": ("projection", "off"),
    "magnitude": ("magnitude", "as_set"),
    "Dale's": ("projection", "as_set"),
    "rectifier as published": ("faulty_rectifier_as_published", "as_set"),
}
STATES = {
    "rectified state": {"activation": "retanh", "readout_sees": "unrectified"},
    "signed state": {"activation": "tanh", "readout_sees": "rates"},
}
VARIANTS = (*((method, "rectified state") for method in METHODS), ("conventional", "signed state"),
            ("rectifier as published", "signed state"), ("Dale's", "signed state"))  # fmt: skip
FLIP_FLOP = {"kind": "flip_flop", "bits": 1, "set_first": False, "pulse_rate_hz": 2.5647, "pulse_ms": 20, "run_ms": 980,
             "hold_ms": 0, "noise": 0, "score_pulses": True}  # fmt: skip
SEEDS, CHEAP_SEEDS = 3, 5  # networks of the flip-flop, as in section 8, and of waves and digits, which cost less
TWO_BIASES = {"matrix": "bias", "plasticity": 2}  # bi and bh of section 1.1 move alike, so that their sum moves twice
EDGES = np.linspace(-1, 1, 201)  # of the histograms that are compared


def name_of(method: str, state: str) -> str:
    """As it is called in tables: the method, with the state where that is not the common one."""
    return method if state == "rectified state" else f"{method}, {state}"


def counted(scale: Scale, usual: int) -> Scale:
    """The same with its number of networks, which is the usual one where none was asked for."""
    return replace(scale, seeds=scale.seeds or usual)


def network(units: int, method: str, state: str, scale: Scale) -> dict[str, Any]:
    """Sections 1.1 and 1.2 of the document: tanh units without leak, every pair connected, signed even start."""
    first = scale.first_seed
    return {
        "wiring": {"kind": "random", "units": units, "density": 1.0, "self_connections": True},
        "constraints": {"dales_law": {"method": METHODS[method][0]}, "rules": [TWO_BIASES]},
        "weights": {"kind": "bounded", "spectral_radius": None, "balance": "none", "ends": "even"},
        "dynamics": {"kind": "elman", "initial_bias": "two_uniform", **STATES[state]},
        "seeds": {"wiring": first, "weights": first, "trials": first, "networks": scale.seeds},
    }


def training(
    steps: int, batch: int, trials: int, evaluate_every: int, test: int, method: str, scale: Scale
) -> dict[str, Any]:
    """Section 1.5: Adam at 1e-3 over a fixed set of sequences, one of its own for each network; no clipping."""
    stage = {"kind": "gradient", "name": "train", "steps": steps, "dales_law": METHODS[method][1],
             "optimiser": {"kind": "adam", "learning_rate": 1e-3}}  # fmt: skip
    own = [{"networks": [k + 1], "trial_seed": scale.first_seed + k} for k in range(scale.seeds or 1)]
    return {"stages": [stage], "batch": batch, "clip_norm": None, "trials": {"kind": "fixed", "trials": trials},
            "evaluate_every": evaluate_every, "evaluation_trials": test, "device": "cpu",
            "differences": own[1:]}  # fmt: skip


def flip_flop(method: str, state: str, scale: Scale, steps: int | None = None) -> Experiment:
    """Section 1.5 in full (128 units, 6000 sequences, 100 epochs of 30 updates), section 8 A1 otherwise."""
    units, sizes = (128, (3000, 200, 6000, 300, 1000)) if scale.full else (64, (2000, 100, 2000, 400, 500))
    scale = counted(scale, SEEDS)
    base = network(units, method, state, scale)
    base["dynamics"] |= {"readout_activation": "tanh"}
    return Experiment.read(
        base | {"task": FLIP_FLOP, "training": training(steps or sizes[0], *sizes[1:], method, scale), "dt_ms": 20}
    )


def waves(method: str, scale: Scale, steps: int | None = None) -> Experiment:
    """One step ahead: excitatory units say one wave, inhibitory ones the other; all hear both, as was executed."""
    units, dt_ms, sizes = (128, 4, (250, 100, 1000, 10, 1000)) if scale.full else (64, 20, (300, 50, 500, 60, 200))
    scale = counted(scale, CHEAP_SEEDS)
    base = network(units, method, "rectified state", scale)
    silent = {"matrix": "W_out", "exists": False}
    base["constraints"]["rules"] += [silent | {"pre": f"sign:{sign}", "post": f"output:{channel}"}
                                    for sign, channel in (("I", 0), ("E", 1))]  # fmt: skip
    task = {"kind": "wave_prediction", "version": "as_executed", "ahead_ms": dt_ms, "wave_seed": scale.first_seed}
    return Experiment.read(
        base | {"task": task, "training": training(steps or sizes[0], *sizes[1:], method, scale), "dt_ms": dt_ms}
    )


def digits(method: str, scale: Scale, steps: int | None = None) -> Experiment:
    """Row by row, read at the last row: scikit-learn's digits, since MNIST does not ship with us."""
    units, sizes = (128, (15000, 200, 6000, 300, 1000)) if scale.full else (64, (800, 72, 1440, 80, 360))
    scale = counted(scale, CHEAP_SEEDS)
    task = {"kind": "image_rows", "row_ms": 20, "response_ms": 0}
    return Experiment.read(
        network(units, method, "rectified state", scale)
        | {"task": task, "training": training(steps or sizes[0], *sizes[1:], method, scale), "dt_ms": 20}
    )


def parts(scale: Scale) -> tuple[Part, ...]:
    """Flip-flop by every method, in two states; waves and digits by every method; Dale's networks are then pruned."""
    few, more = (counted(scale, count).seeds or 1 for count in (SEEDS, CHEAP_SEEDS))
    found = [
        _part(
            "flip_flop",
            f"Flip-flop, {name_of(method, state)}.",
            15 * few,
            flip_flop(method, state, scale),
            name_of(method, state),
            scale,
        )
        for method, state in VARIANTS
    ]
    for task, recipe, seconds in (("waves", waves, 3 * more), ("digits", digits, 2 * more)):
        found += [
            _part(task, f"{task.capitalize()}, {method}.", seconds, recipe(method, scale), method, scale)
            for method in METHODS
        ]
    return tuple(found)


def _part(task: str, about: str, seconds: float, experiment: Experiment, variant: str, scale: Scale) -> Part:
    name = f"{task}_{variant.lower()}".replace("'", "").replace(",", "").replace(" ", "_")
    return Part(name, about, seconds, partial(learned, task=task, scale=scale), experiment, variant)


def learned(of: Outcome, task: str, scale: Scale) -> Iterator[Reading]:
    """Error and accuracy on the way, what the books say at the end, and in Dale's networks what pruning costs."""
    first, history = scale.first_seed, of.history
    for k in range(history.loss.shape[1]):
        for step, loss, accuracy in zip(
            history.evaluated, history.evaluation_loss[:, k], history.accuracy[:, k], strict=True
        ):
            yield Reading(f"{task}: test loss", float(loss), first + k, at=float(step))
            yield Reading(f"{task}: accuracy", float(accuracy), first + k, at=float(step))
        yield Reading(f"{task}: final test loss", float(history.evaluation_loss[-1, k]), first + k)
        yield Reading(f"{task}: final accuracy", float(history.accuracy[-1, k]), first + k)
        yield Reading(f"{task}: most violations at any step", float(history.violations[:, k].max()), first + k)
    yield from books(of, task, first)
    if of.experiment.constraints.dales_law.method == "projection" and _keeps_signs(of) and _is_rectified(of):
        yield from pruned(of, task, scale)


def books(of: Outcome, task: str, first: int) -> Iterator[Reading]:
    """Weights of the wrong sign, exact zeros, the share of inhibition, and the histogram of all weights."""
    signs = torch.from_numpy(of.network.connectome.signs)
    weights = of.network.lawful_weights()["W_rec"]
    for k, (ledger, W) in enumerate(zip(audit(of.network, spectrum=False), weights, strict=True)):
        yield Reading(f"{task}: weights of the wrong sign", float((W * signs < 0).sum()), first + k)
        yield Reading(f"{task}: exact zeros (share)", ledger.zero_share, first + k)
        strength = float(W.abs().sum())
        inhibitory = float(W[:, signs < 0].clamp(max=0).abs().sum()) / strength
        yield Reading(f"{task}: inhibitory share of |W|", inhibitory, first + k)
        counts, _ = np.histogram(W.numpy().clip(-1, 1), EDGES)
        for edge, count in zip(EDGES, counts, strict=False):
            if count:
                yield Reading(f"{task}: weights in the bin", float(count), first + k, at=round(float(edge), 4))


def _keeps_signs(of: Outcome) -> bool:
    return all(getattr(stage, "dales_law", "as_set") == "as_set" for stage in of.experiment.training.stages)


def _is_rectified(of: Outcome) -> bool:
    return of.experiment.dynamics.activation == "retanh"
