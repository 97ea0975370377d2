"""Groups of a sweep: points whose networks fit into one population are trained together, on the same trials."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.component import Invalid
from engine.connectomes.connectome import Connectome
from engine.experiments.check import check as check_whole
from engine.experiments.experiment import Experiment
from engine.experiments.forecast import forecast
from engine.experiments.sweep import Point, Sweep, named
from engine.networks import FromRun
from engine.training.difference import Difference, ObjectiveWeight
from engine.training.objectives.aim import names
from engine.training.stage import AnyStage

MOST_TOGETHER = 64  # networks: more share nothing more, and a stop would lose more
BYTES_TOGETHER = 2e9  # of a population, so that what fits alone also fits together
RATE = "training.optimiser.learning_rate"
MOST_RATE = 1e6  # of a shared step: others scale it down, and one that overflows leaves them nothing to scale
METHOD, KEEP = "constraints.dales_law.method", "constraints.connection_mask.keep"
METHODS = ("projection", "magnitude", "off")


@dataclass(frozen=True)
class Group:
    """Points that are trained as one population: network k of the i-th point is its network i * seeds + k."""

    name: str
    points: tuple[Point, ...]
    experiment: Experiment


def groups(sweep: Sweep) -> tuple[Group, ...]:
    """All points, in order, in as few populations as their shapes allow.

    Each network learns as it would in a run of its point alone. Points that differ otherwise than `differences` of a
    population can say, or whose networks would wait for each other (stop rules, curricula), are runs of their own.
    """
    points = sweep.points()
    together = [_may_vary(sweep, k) for k in range(len(sweep.axes))]
    shared: dict[str, list[Point]] = {}
    for point in points:
        apart = [repr(value) for value, joins in zip(point.values, together, strict=True) if not joins]
        apart.append(repr(max(_rate(point.experiment), MOST_RATE)))
        shared.setdefault(repr(apart), []).append(point)
    parts = [part for found in shared.values() for part in _portions(sweep, found)]
    return tuple(
        Group(f"group_{number + 1:03d}", tuple(part), population(sweep, part)) for number, part in enumerate(parts)
    )


def check(sweep: Sweep, found: tuple[Group, ...], store: Path | str | None = None) -> tuple[str, ...]:
    """Every point can be trained; what is worth knowing. Raises Invalid with one sentence that names the point."""
    wired: dict[str, Connectome] = {}
    remarks: list[str] = []
    for group in found:
        experiment = group.experiment
        key = f"{experiment.wiring!r} {experiment.seeds.wiring}"
        try:
            if key not in wired:
                wired = {key: experiment.connectome()}  # groups that share a wiring follow each other
            remarks += check_whole(experiment, wired[key], store).remarks
        except Invalid as fault:
            raise Invalid(f"At {_culprit(sweep, group, store)}: {fault}", fault.address) from None
    return tuple(dict.fromkeys(remarks))


def population(sweep: Sweep, points: list[Point]) -> Experiment:
    """The experiment that trains these points together; of one point its own."""
    if len(points) == 1:
        return _without_idle(points[0].experiment)
    seeds, common = sweep.seeds, points[0].experiment
    rates = [_rate(point.experiment) for point in points]
    if RATE in sweep.addresses:  # the others take shorter steps, so that no rounding is stretched
        common = common.with_value(RATE, max(rates))
    said = [*_differences(sweep, points, common), *_draws(seeds, len(points))]
    return common.with_values({"seeds.networks": seeds * len(points), "training.differences": tuple(said)})


def _may_vary(sweep: Sweep, axis: int) -> bool:
    """Whether `differences` can say what differs between points along this axis."""
    address = sweep.axes[axis].address
    if address == METHOD:
        return set(sweep.axes[axis].values(sweep.experiment)) <= set(METHODS)
    return address in (RATE, KEEP) or _is_weight(address) or address.split(".")[0] == "weights"


def _can_share(sweep: Sweep, points: list[Point]) -> bool:
    """Whether a network of a population of these points never depends on its number or on the others."""
    experiment = points[0].experiment
    training, dynamics = experiment.training, experiment.dynamics
    waits = training.wall_time_s is not None or training.curriculum or training.differences
    waits = waits or any(getattr(s, "target_accuracy", None) or getattr(s, "patience", None) for s in training.course)
    drawn = dynamics.state_noise or dynamics.rate_noise or dynamics.initial_bias != "zero"
    drawn = drawn or any(stage.prune for stage in training.course)
    given = any(isinstance(point.experiment.weights, FromRun) for point in points)
    given = given or experiment.constraints.dales_law.method not in METHODS
    silent = not all(training.objectives[_index(a)].active for a in sweep.addresses if _is_weight(a))
    said = any(_says_itself(stage, address) for stage in training.course for address in sweep.addresses)
    return not (waits or drawn or given or silent or said or (RATE in sweep.addresses and training.stages))


def _says_itself(stage: AnyStage, address: str) -> bool:
    """Whether a stage has its own word on what is swept, which a difference between networks would overrule."""
    if _is_weight(address):
        return getattr(stage, "lowers", "as_set") == "own"
    return {METHOD: stage.dales_law, KEEP: stage.connection_mask}.get(address, "as_set") != "as_set"


def _is_weight(address: str) -> bool:
    return address.startswith("training.objectives.") and address.endswith(".weight")


def _index(address: str) -> int:
    return int(address.split(".")[2])


def _portions(sweep: Sweep, points: list[Point]) -> Iterator[list[Point]]:
    """The points in portions that are small enough for one population each."""
    size = max(1, MOST_TOGETHER // sweep.seeds) if _can_share(sweep, points) else 1
    if size > 1 and len(points) > 1:
        experiment = points[0].experiment
        connectome = experiment.connectome()

        def bytes_of(points: int) -> float:
            return forecast(experiment.with_value("seeds.networks", points * sweep.seeds), connectome).memory_bytes

        more = bytes_of(2) - bytes_of(1)
        size = max(1, min(size, 1 + math.floor(max(0.0, BYTES_TOGETHER - bytes_of(1)) / max(more, 1.0))))
    for start in range(0, len(points), size):
        yield points[start : start + size]


def _differences(sweep: Sweep, points: list[Point], common: Experiment) -> Iterator[Difference]:
    """What sets the networks of every point apart from what all have."""
    known = names(common.training.objectives)
    for place, point in enumerate(points):
        values: dict[str, Any] = {}
        if RATE in sweep.addresses:
            values["learning_rate"] = _rate(point.experiment) / _rate(common)
        weighed = [_index(a) for a in sweep.addresses if _is_weight(a)]
        values["objectives"] = tuple(
            ObjectiveWeight(objective=known[i], weight=point.experiment.training.objectives[i].weight) for i in weighed
        )
        if point.experiment.weights != common.weights:
            values["weights"] = point.experiment.weights
        if METHOD in sweep.addresses:
            values["dales_law"] = point.experiment.constraints.dales_law.method
        if KEEP in sweep.addresses:
            values["connection_mask"] = "on" if point.experiment.constraints.connection_mask.keep else "off"
        yield Difference(networks=_networks(sweep.seeds, place), **values)


def _without_idle(experiment: Experiment) -> Experiment:
    """A point at which all objectives weigh 0 is one without them; a run of its own would be refused."""
    listed = experiment.training.objectives
    if not listed or any(o.active and o.weight for o in listed):
        return experiment
    return experiment.with_values({f"training.objectives.{k}.active": False for k in range(len(listed))})


def _draws(seeds: int, points: int) -> Iterator[Difference]:
    """Network k of every point begins with the draws of network k."""
    for k in range(1, seeds + 1):
        yield Difference(networks=tuple(k + seeds * place for place in range(points)), draw=k)


def _networks(seeds: int, place: int) -> tuple[int, ...]:
    return tuple(range(1 + seeds * place, 1 + seeds * (place + 1)))


def _rate(experiment: Experiment) -> float:
    return experiment.training.optimiser.learning_rate


def _culprit(sweep: Sweep, group: Group, store: Path | str | None) -> str:
    """The first point of the group that cannot be trained alone; all of them if each could."""
    for point in group.points[: len(group.points) if len(group.points) > 1 else 0]:
        try:
            check_whole(point.experiment, store=store)
        except Invalid:
            return named(sweep.addresses, point.values)
    first, last = (named(sweep.addresses, p.values) for p in (group.points[0], group.points[-1]))
    return first if first == last else f"{first} to {last}"
