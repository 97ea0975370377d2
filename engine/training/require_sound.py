"""Whether a training can be done at all with this network and task; faults are told before anything runs."""

import numpy as np
from jaxtyping import Bool, Float

from engine.component import Invalid
from engine.constraints.low_rank import LowRank
from engine.networks.network import Network
from engine.randomness import torch_stream
from engine.tasks.task import Epochs, Task
from engine.training.apart import AS_SET, changed
from engine.training.course import fixed
from engine.training.difference import Difference
from engine.training.moments import require_moments
from engine.training.objectives.aim import givens
from engine.training.prune import Prune
from engine.training.require_differences import require_differences
from engine.training.reservoir import require_linear, require_solvable
from engine.training.stage import FROZEN, AnyStage, ReadoutStage, Stage
from engine.training.training import Training
from engine.training.window import Teacher, part, window_steps

Chances = Float[np.ndarray, "#post #pre"]


def require_sound(training: Training, network: Network, task: Task, networks: int) -> None:
    """For a population of such networks. Raises Invalid with the address that is to blame."""
    require_differences(training, network, networks, "training.differences")
    _require_names(training)
    for index, lesson in enumerate(training.curriculum):
        lesson.tasks(task, f"training.curriculum.{index}")
    if training.window_ms is not None:
        _require_window(training, network, task)
    if network.dynamics.initial_state == "carried":
        _require_carried(training, network.dt_ms, task)
    if training.stages:
        _require_stages(training, network, task)
    else:
        _require_learning(training.freeze, network, "training.freeze")


def _require_names(training: Training) -> None:
    names = [stage.name for stage in training.stages if stage.name]
    for index, stage in enumerate(training.stages):
        if names.count(stage.name) > 1:
            raise Invalid(f"Two stages are called '{stage.name}'; rename one.", f"training.stages.{index}.name")
    lists = [(training.freeze, "training.freeze")]
    lists += [(getattr(s, "freeze", ()), f"training.stages.{i}.freeze") for i, s in enumerate(training.stages)]
    lists += [(d.freeze, f"training.differences.{i}.freeze") for i, d in enumerate(training.differences)]
    for freeze, address in lists:
        unknown = next((name for name in freeze if name not in FROZEN), None)
        if unknown is not None:
            raise Invalid(f"There is no '{unknown}' to freeze; known are {', '.join(FROZEN)}.", address)


def _require_stages(training: Training, network: Network, task: Task) -> None:
    kept: dict[str, np.ndarray] = {}
    if any(getattr(stage, "lowers", "as_set") == "as_set" for stage in training.stages):
        epochs = _epochs(task, network)
        givens(training.objectives, network.connectome, epochs, "training.objectives", training.differences)
    for index, stage in enumerate(training.stages):
        address = f"training.stages.{index}"
        if isinstance(stage, Stage):
            _require_objectives(stage, network, task, f"{address}.objectives", training.differences)
            _require_learning(stage.freeze, network, f"{address}.freeze")
            _require_warm(stage, f"{address}.schedule.warm_up")
            require_moments(training.stages, index)
        terms = stage.dales_law, stage.connection_mask
        laws = network.laws if terms == AS_SET else network.laws_of(changed(network.constraints, terms))
        if isinstance(stage, ReadoutStage):
            require_linear(network.dynamics)
            for matrix in ("W_out", "bias_out") if network.dynamics.readout_bias == "learned" else ("W_out",):
                require_solvable(laws[matrix], matrix, f"{address}.kind")
        for number, prune in enumerate(stage.prune):
            where = f"{address}.prune.{number}"
            _require_rounds(prune, stage, where)
            if prune.matrix == "W_rec" and isinstance(laws["W_rec"], LowRank):
                said = "Recurrent weights of a low rank have no connections to prune"
                raise Invalid(f"{said}; leave constraints.rank empty, or prune nothing.", where)
            exists = _fewest(laws[prune.matrix].exists.cpu().numpy())
            kept[prune.matrix] = _kept(prune, exists * kept.get(prune.matrix, 1.0), network, where)


def _require_warm(stage: Stage, address: str) -> None:
    if stage.schedule.warm_up >= stage.steps:
        said = f"The learning rate rises for {stage.schedule.warm_up} steps, but the stage has {stage.steps}"
        raise Invalid(f"{said}; shorten the warm-up or lengthen the stage.", address)


def _require_objectives(
    stage: Stage, network: Network, task: Task, address: str, differences: tuple[Difference, ...]
) -> None:
    if stage.lowers == "own":
        givens(stage.objectives, network.connectome, _epochs(task, network), address, differences)
    elif stage.objectives:
        said = "The stage has objectives of its own, but lowers those of the training"
        raise Invalid(f"{said}; let it lower its own, or remove them.", address)


def _epochs(task: Task, network: Network) -> Epochs:
    return task.trials(1, network.dt_ms, torch_stream(0, "forecast")).epochs


def _require_learning(freeze: tuple[str, ...], network: Network, address: str) -> None:
    held = {FROZEN[name] for name in freeze}
    if not {name for name, _ in network.named_parameters()} - held - fixed(network):
        raise Invalid("Everything is frozen, so that nothing could be learned; let something learn.", address)


def _require_window(training: Training, network: Network, task: Task) -> None:
    dt_ms = network.dt_ms
    trial = task.trials(1, dt_ms, torch_stream(0, "forecast"))
    if window_steps(training.window_ms, dt_ms) > trial.steps:
        said = f"The window of {training.window_ms:g} ms is longer than a trial ({trial.steps * dt_ms:g} ms)"
        raise Invalid(f"{said}; shorten it, or leave it empty.", "training.window_ms")
    if training.window_start == "teacher":
        if not isinstance(task, Teacher):
            said = "This task knows no states from which a window could start"
            raise Invalid(f"{said}; choose run_up or zero.", "training.window_start")
        task.rates_before(trial, 0)
    listed = [("training", training), *((f"training.stages.{k}", stage) for k, stage in enumerate(training.stages))]
    objectives = [
        (f"{address}.objectives.{i}", objective)
        for address, bearer in listed
        for i, objective in enumerate(getattr(bearer, "objectives", ()))
        if objective.active
    ]
    if training.task_loss.over == "epochs" or any(getattr(o, "epochs", ()) for _, o in objectives):
        said = "Loss or an objective counts some epochs only, of which a window may hold nothing"
        raise Invalid(f"{said}; count all of the trial, or leave the window empty.", "training.window_ms")
    seen = part(trial, 0, window_steps(training.window_ms, dt_ms)).epochs
    for address, objective in objectives:
        objective.given(network.connectome, seen, address)


def _require_carried(training: Training, dt_ms: float, task: Task) -> None:
    is_known = task.trials(1, dt_ms, torch_stream(0, "forecast")).initial_rates is not None
    if training.window_ms is None and not is_known:
        return
    said = "The task says where its trials begin" if is_known else "A window begins within a trial"
    raise Invalid(f"{said}, so that no state can be carried over; choose zero.", "dynamics.initial_state")


def _require_rounds(prune: Prune, stage: AnyStage, address: str) -> None:
    needed = (prune.rounds - 1) * prune.every + 1
    if needed > stage.steps:
        said = f"{prune.rounds} rounds of pruning, {prune.every} steps apart, need {needed} steps"
        raise Invalid(f"{said}, but the stage has {stage.steps}; lengthen it.", f"{address}.rounds")


def _fewest(exists: Bool[np.ndarray, "..."]) -> Bool[np.ndarray, "#post #pre"]:
    """The connections of the network that has the fewest, where networks differ."""
    return exists if exists.ndim == 2 else exists[exists.sum((1, 2)).argmin()]


def _kept(prune: Prune, there: Chances, network: Network, address: str) -> Chances:
    """The chance of every connection to be there after the pruning. Raises Invalid where fewer are than are wanted."""
    shape = tuple(getattr(network, prune.matrix).shape[1:])
    blocks = prune.parts(network.connectome, shape, address)
    scope = np.broadcast_to(prune.scope(network.connectome), shape)
    there = np.broadcast_to(there, shape).astype(float)
    for block in blocks:
        at = np.ix_(block.post, block.pre)
        inside = scope[at]
        found, pairs = float(there[at][inside].sum()), int(inside.sum())
        wanted = block.density * (pairs if block.is_of_pairs else found)
        if wanted > found + 0.5 and wanted > found * (1 + 1e-6):
            said = f"Pruning cannot leave {100 * block.density:g} % of the pairs from {block.called}"
            raise Invalid(f"{said}: about {100 * found / pairs:.3g} % are connected then.", f"{address}.density")
        there[at] *= np.where(inside, wanted / found if found else 1.0, 1.0)
    return there
