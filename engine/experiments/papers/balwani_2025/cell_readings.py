"""What is measured in the cell-type network: errors beside baselines, laws, blocks, routes and currents."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from engine.analysis.block_levels import block_levels
from engine.analysis.connectivity import Blocks
from engine.analysis.population_currents import population_currents
from engine.analysis.prediction import prediction
from engine.analysis.routes import PREDICTIVE_CODING
from engine.connectomes.connectome import Connectome
from engine.connectomes.visual_cortex import ROUTES
from engine.experiments.experiment import Experiment
from engine.experiments.papers.paper import Outcome, Reading
from engine.randomness import torch_stream
from engine.recording import record
from engine.tasks.task import Trials


def measured(of: Outcome, first: int, with_currents: bool) -> Iterator[Reading]:
    """Errors before, between and after, beside those of persistence; laws, densities, blocks, routes, currents."""
    yield from _errors(of, first)
    yield from _predicted(of, first)
    yield from _structure(of, first)
    if with_currents:
        yield from _currents(of, first)


def _errors(of: Outcome, first: int) -> Iterator[Reading]:
    history, (within, between) = of.history, of.history.pruned
    dense_steps = of.experiment.training.stages[0].steps
    for k in range(history.loss.shape[1]):
        dense, tuned = within["loss_before"][k], float(history.evaluation_loss[-1, k])
        told = {
            "test MSE, initial": float(history.evaluation_loss[0, k]), "test MSE, dense": dense,
            "test MSE, pruned": between["loss_after"][k], "test MSE, fine-tuned": tuned,
            "pruned / dense": between["loss_after"][k] / dense, "fine-tuned / dense": tuned / dense,
            "most violations at any step": float(history.violations[:, k].max()),
            "density within areas": within["realised"][k], "density wanted within areas": within["requested"][k],
        }  # fmt: skip
        for what, value in told.items():
            yield Reading(what, value, first + k)
        for step, loss in zip(history.evaluated, history.evaluation_loss[:, k], strict=True):
            yield Reading("test MSE", float(loss), first + k, at=float(step - dense_steps))


def _predicted(of: Outcome, first: int) -> Iterator[Reading]:
    """Beside the model's error those of who says the mean, or the frame before; variance explained by population."""
    trials = _held_out(of.experiment)
    with torch.no_grad():
        outputs = of.network(trials.inputs).outputs.numpy()
    owed, seen, mean = trials.targets.numpy(), trials.inputs.numpy(), _fitted_mean(of.experiment)
    for k, said in enumerate(outputs):
        found = prediction(said, owed, seen[:, 0], mean, of.experiment.task.output_names)
        told = {"persistence MSE": found.persistence, "mean MSE": found.mean, "target variance": found.variance,
                "fine-tuned / target variance": found.model / found.variance,
                "fine-tuned / persistence": found.model / found.persistence}  # fmt: skip
        for what, value in told.items():
            yield Reading(what, value, first + k)
        for name, explained, r in zip(found.names, found.explained, found.correlation, strict=True):
            yield Reading(f"R2 of {name}", float(explained), first + k)
            yield Reading(f"correlation of {name}", float(r), first + k)


def _structure(of: Outcome, first: int) -> Iterator[Reading]:
    """Mean |w|, mean w and density of the blocks of layers and areas, and what the table does not allow."""
    connectome = of.network.connectome
    exists = of.network.laws["W_rec"].exists
    for k, weights in enumerate(of.network.lawful_weights()["W_rec"]):
        levels = block_levels(weights, connectome)
        for level in ("area_layer", "area", "population"):
            yield from _blocks(levels[level], first + k)
        total = float(weights.abs().mean())
        yield Reading("mean |w|", total, first + k)
        there = exists[k] if exists.dim() == 3 else exists
        yield Reading("revived weights", float(((weights != 0) & ~there).sum()), first + k)
        yield Reading("weights between areas off the three routes", _strays(weights, connectome), first + k)
        for route in PREDICTIVE_CODING:
            dense = _density(weights, connectome, route.pre, route.post)
            yield Reading(f"density of the Pyr columns, {route}", dense, first + k)


def _blocks(found: Blocks, network: int) -> Iterator[Reading]:
    measures = {"mean |w|": found.mean_strength, "mean w": found.mean, "density": found.density}
    for what, values in measures.items():
        for post, pre in np.ndindex(values.shape):
            if what == "mean |w|" or len(found.names) < 18:
                yield Reading(f"{what}, {found.names[pre]} to {found.names[post]}", float(values[post, pre]), network)


def _strays(weights: Float[Tensor, "post pre"], connectome: Connectome) -> float:
    areas, layers = np.array(connectome.labels["area"]), np.array(connectome.labels["layer"])
    found = [
        (layers[pre], areas[pre], areas[post], layers[post], connectome.types[pre])
        for post, pre in np.argwhere((weights.numpy() != 0) & (areas[:, None] != areas[None, :]))
    ]
    allowed = {(layer, area, to, into, "Pyr") for area, layer, to, into in ROUTES}
    return float(sum(each not in allowed for each in found))


def _density(weights: Float[Tensor, "post pre"], connectome: Connectome, pre: str, post: str) -> float:
    there, types = np.array(connectome.labels["area_layer"]), np.array(connectome.types)
    block = weights.numpy()[np.ix_(there == post, (there == pre) & (types == "Pyr"))]
    return float((block != 0).mean())


def _currents(of: Outcome, first: int) -> Iterator[Reading]:
    """Over a trial: what every layer receives from every other one, and excitation and inhibition in sum."""
    trials, connectome = _held_out(of.experiment), of.network.connectome
    weights = of.network.lawful_weights()
    groups = connectome.labels["area_layer"]
    for k in range(of.network.networks):
        rates = record(of.network, trials, k).rates
        own = (weights[name][k] for name in ("W_rec", "W_in", "bias"))
        found = population_currents(*own, rates, trials.inputs, groups, of.experiment.dt_ms)
        for post, name in enumerate(found.names):
            for t, time in enumerate(found.time_ms):
                yield Reading(f"excitation of {name}", float(found.excitation[post, t]), first + k, at=float(time))
                yield Reading(f"inhibition of {name}", float(found.inhibition[post, t]), first + k, at=float(time))
                yield Reading(f"rate of {name}", float(found.rates[post, t]), first + k, at=float(time))
        for route in PREDICTIVE_CODING:
            along = found.of[found.names.index(route.post), found.names.index(route.pre)]
            for time, value in zip(found.time_ms, along, strict=True):
                yield Reading(f"current, {route}", float(value), first + k, at=float(time))


def _held_out(experiment: Experiment) -> Trials:
    task, n = experiment.task, experiment.training.evaluation_trials
    return task.held_out(n, experiment.dt_ms, torch_stream(experiment.seeds.trials, "papers"))


@lru_cache(maxsize=16)
def _fitted_mean(experiment: Experiment) -> Float[np.ndarray, " signals"]:
    n = experiment.training.trials.trials
    trials = experiment.task.trials(n, experiment.dt_ms, torch_stream(experiment.seeds.trials, "papers"))
    return trials.targets.mean((0, 1)).numpy()
