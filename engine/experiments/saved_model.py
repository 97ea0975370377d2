"""A saved model of nn4n becomes an experiment: its connectome and weights in the library, the rest as choices."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool
from safetensors.torch import save
from torch import Tensor

from engine.connectomes import MeasuredWiring
from engine.connectomes.connectome import Connectome
from engine.connectomes.frozen import frozen
from engine.connectomes.library import Library
from engine.connectomes.signs import EdgeMajority, UnsignedUnits
from engine.connectomes.steps.flip_signs import FlipSigns
from engine.constraints.mask_rules import rules_of
from engine.constraints.synapse_rule import SynapseRule
from engine.experiments.experiment import Experiment
from engine.experiments.whole_file import write_tensors
from engine.networks import FromRun
from engine.networks.nn4n import Nn4nModel, read_nn4n
from engine.tasks import TASKS
from engine.tasks.task import Task

FACTS = {"source": "a saved model of nn4n", "about": "Your own: the recurrent network of a saved model of nn4n."}
LONGEST_NAME = 100  # characters of the file's name that are kept
PARTS = (("input", "W_in"), ("readout", "W_out"))


class KeptModel(NamedTuple):
    """The id of the connectome in the library, the experiment that begins as the model, and what one should know."""

    id: str
    experiment: Experiment
    remarks: tuple[str, ...]


def keep_model(path: str | Path, store: Path | str | None = None) -> KeptModel:
    """The model is in the user's library, and its experiment builds the same network. Raises Invalid for other files.

    The task is one that has as many inputs and outputs as the model; where there is none, what does not fit is drawn
    anew. Another model with the same recurrent weights is another connectome.
    """
    path, library = Path(path), Library(store)
    model = read_nn4n(path)
    tensors = {name: tensor[None].float() for name, tensor in model.weights.items()}
    named = model.connectome.but(labels={"model": (_label(path, tensors),) * model.connectome.n})
    silent = named.mask & (named.weights == 0)
    graph, facts, _, steps = frozen(_with_types_before_flips(named), path.stem[:LONGEST_NAME], FACTS)
    said = (f"{int(silent.sum())} synapses of weight 0 exist by rules of its experiment.",) if silent.any() else ()
    id = library.add(graph, facts, (*model.remarks, *said), steps)
    write_tensors(library.weights(id), tensors, {"model": path.name[:LONGEST_NAME]})
    experiment, remarks = _experiment(model, id, silent)
    return KeptModel(id, experiment, (*model.remarks, *remarks))


def _label(path: Path, tensors: dict[str, Tensor]) -> str:
    return f"{path.name[:LONGEST_NAME]} {hashlib.sha256(save(tensors)).hexdigest()[:8]}"


def _experiment(model: Nn4nModel, id: str, silent: Bool[np.ndarray, "post pre"]) -> tuple[Experiment, tuple[str, ...]]:
    outputs, inputs = len(model.weights["W_out"]), model.weights["W_in"].shape[1]
    task, said = _task(inputs, outputs)
    fits = {"W_in": len(task.input_names) == inputs, "W_out": len(task.output_names) == outputs}
    rules = (
        *(rule for rule in model.constraints.rules if fits.get(rule.matrix, True)),
        *_existing(model.connectome, silent),
    )
    weights = FromRun(run=id, **{part: "keep" if fits[of] else "replace" for part, of in PARTS})
    experiment = Experiment(
        wiring=_wiring(model.connectome, id),
        constraints=model.constraints.with_value("rules", rules),
        weights=weights,
        dynamics=model.dynamics,
        task=task,
        dt_ms=model.dt_ms,
    )
    return experiment, said


def _wiring(connectome: Connectome, id: str) -> MeasuredWiring:
    """The connectome as it was; units without weights have no majority, so that the inhibitory ones are flipped."""
    signs = EdgeMajority() if connectome.signs.any() else UnsignedUnits()
    flips = (FlipSigns(units=flipped),) if (flipped := _flipped(connectome)) else ()
    return MeasuredWiring(connectome=id, transform="raw", density=None, self_connections=True, signs=signs, steps=flips)


def _flipped(connectome: Connectome) -> tuple[str, ...]:
    alone = (connectome.signs < 0) & ~connectome.weights.any(0)
    return tuple(connectome.names[k] for k in np.flatnonzero(alone))


def _with_types_before_flips(connectome: Connectome) -> Connectome:
    flipped = set(_flipped(connectome))
    pairs = zip(connectome.names, connectome.types, strict=True)
    return connectome.but(types=tuple("E" if name in flipped else type for name, type in pairs))


def _existing(connectome: Connectome, silent: Bool[np.ndarray, "post pre"]) -> tuple[SynapseRule, ...]:
    """That synapses of weight 0 exist: of all that do, or of these alone, whichever is shorter to say."""

    def rules(mask: Bool[np.ndarray, "post pre"]) -> Iterator[SynapseRule]:
        return rules_of("W_rec", mask, (connectome.names,) * 2, lambda there: {"exists": True} if there else None)

    told = [tuple(rules(mask)) for mask in (silent, connectome.mask)] if silent.any() else [()]
    return min(told, key=lambda each: sum(len(rule.pre) + len(rule.post) for rule in each))


def _task(inputs: int, outputs: int) -> tuple[Task, tuple[str, ...]]:
    """A task with so many channels, else the usual one; and why."""
    usual = Experiment().task
    tasks = [usual, *(kind() for kind in TASKS)]
    fitting = next((t for t in tasks if (len(t.input_names), len(t.output_names)) == (inputs, outputs)), None)
    if fitting is usual:
        return usual, ()
    if fitting is not None:
        said = f"The task is {fitting.title}, which has {inputs} inputs and {outputs} outputs as the model has"
        return fitting, (f"{said}; choose the one that it was made for.",)
    said = f"No task has {inputs} inputs and {outputs} outputs as the model has"
    return usual, (f"{said}: what does not fit {usual.title} is drawn anew (weights.input, weights.readout).",)
