"""Edits made by hand become steps: what was painted, boxed or chosen in a matrix, in as few steps as will do."""

from collections.abc import Iterable, Sequence
from itertools import groupby

import numpy as np
from jaxtyping import Bool, Int

from engine.component import Invalid
from engine.connectomes.connectome import Connectome
from engine.connectomes.steps import (
    AddConnections,
    AssignAreas,
    FlipSigns,
    RemoveConnections,
    RemoveUnits,
    ScaleBlock,
    SetBlockWeights,
    SetDensity,
    Step,
    UnitsOfArea,
)
from engine.connectomes.steps.pairs import MOST_CONNECTIONS, compact

BLOCK_STEPS = (SetDensity, ScaleBlock, SetBlockWeights)
AreaAndType = tuple[str, str]  # a type of "" means all types of the area


def on_blocks(step: Step, post: Iterable[AreaAndType], pre: Iterable[AreaAndType]) -> tuple[Step, ...]:
    """The block step for all pairs of the given areas, or of types in areas: one step if they form one block."""
    return tuple(
        step.with_values({"post_areas": pa, "post_types": pt, "pre_areas": qa, "pre_types": qt})
        for pa, pt in _rectangles(post)
        for qa, qt in _rectangles(pre)
    )


def added(
    connectome: Connectome,
    pairs: Bool[np.ndarray, "post pre"],
    weight: float,
    probability: float,
    rng: np.random.Generator,
) -> tuple[Step, ...]:
    """Connections at these pairs, each with this probability, where there is none between different units yet."""
    free = pairs & ~connectome.mask & ~np.eye(connectome.n, dtype=bool)
    post, pre = _drawn(free, probability, rng)
    return (AddConnections(**compact(connectome, pre, post), weights=(weight,)),) if len(pre) else ()


def removed(
    connectome: Connectome, pairs: Bool[np.ndarray, "post pre"], probability: float, rng: np.random.Generator
) -> tuple[Step, ...]:
    """The connections at these pairs are gone, each with this probability."""
    post, pre = _drawn(pairs & connectome.mask, probability, rng)
    return (RemoveConnections(**compact(connectome, pre, post)),) if len(pre) else ()


def flipped(connectome: Connectome, units: Sequence[int]) -> Step:
    """These units have the other sign."""
    return FlipSigns(units=_names(connectome, units))


def assigned(connectome: Connectome, units: Sequence[int], area: str) -> Step:
    """These units belong to the area, which may be a new one."""
    return AssignAreas(areas=(UnitsOfArea(area=area, units=_names(connectome, units)),))


def without(connectome: Connectome, units: Sequence[int]) -> Step:
    """These units are gone."""
    return RemoveUnits(units=_names(connectome, units))


def appended(steps: tuple[Step, ...], new: Iterable[Step]) -> tuple[Step, ...]:
    """The steps with new ones at the end; one that goes on with what the last did becomes one with it."""
    for step in new:
        merged = _merged(steps[-1], step) if steps and type(steps[-1]) is type(step) else None
        steps = (*steps, step) if merged is None else (*steps[:-1], *merged)
    return steps


def _merged(last: Step, step: Step) -> tuple[Step, ...] | None:
    """Both in one, nothing if they undo each other, or None if it takes two."""
    if isinstance(step, BLOCK_STEPS):
        return _one_block(last, step)
    if isinstance(step, RemoveConnections | AddConnections):
        return _one_list(last, step)
    if isinstance(step, FlipSigns):
        return _flipped_once(last, step)
    if isinstance(step, AssignAreas):
        return _assigned_last(last, step)
    return None


def _one_block(last: Step, step: Step) -> tuple[Step, ...] | None:
    """The same block again: the later value holds, factors multiply. Blocks beside each other of one value join."""
    if _block(last) == _block(step):
        if isinstance(step, ScaleBlock):
            same = last.of == step.of
            return (step.with_value("factor", last.factor * step.factor),) if same else None
        return (step,)
    if isinstance(step, SetDensity) and last.density == step.density:
        apart = [side for side in ("post_areas", "pre_areas") if getattr(last, side) != getattr(step, side)]
        types_alike = (last.post_types, last.pre_types) == (step.post_types, step.pre_types)
        if len(apart) == 1 and types_alike and getattr(last, apart[0]) and getattr(step, apart[0]):
            joined = tuple(dict.fromkeys((*getattr(last, apart[0]), *getattr(step, apart[0]))))
            return (step.with_value(apart[0], joined),)
    return None


def _one_list(last: Step, step: Step) -> tuple[Step, ...] | None:
    """One list of connections; of one that is in both the later weight holds."""
    told = {pair: weight for one in (last, step) for pair, weight in zip(_pairs(one), _weights(one), strict=True)}
    if len(told) > MOST_CONNECTIONS:
        return None
    names = tuple(dict.fromkeys(name for pair in told for name in pair))
    place = {name: k for k, name in enumerate(names)}
    ends = {"names": names, "pre": tuple(place[a] for a, _ in told), "post": tuple(place[b] for _, b in told)}
    if isinstance(step, RemoveConnections):
        return (RemoveConnections(**ends),)
    weights = tuple(told.values())
    return (AddConnections(**ends, weights=weights[:1] if len(set(weights)) == 1 else weights),)


def _flipped_once(last: FlipSigns, step: FlipSigns) -> tuple[Step, ...] | None:
    """Units that are flipped twice are as they were."""
    if last.areas or last.types or step.areas or step.types:
        return None
    units = tuple(name for name in (*last.units, *step.units) if (name in last.units) != (name in step.units))
    return (FlipSigns(units=units),) if units else ()


def _assigned_last(last: AssignAreas, step: AssignAreas) -> tuple[Step, ...]:
    """The later area of a unit holds."""
    of = {unit: entry.area for one in (last, step) for entry in one.areas for unit in entry.units}
    areas = dict.fromkeys(of.values())
    return (AssignAreas(areas=tuple(UnitsOfArea(area=a, units=tuple(u for u in of if of[u] == a)) for a in areas)),)


def _block(step: Step) -> tuple[tuple[str, ...], ...]:
    return tuple(getattr(step, side) for side in ("post_areas", "post_types", "pre_areas", "pre_types"))


def _pairs(step: AddConnections | RemoveConnections) -> list[tuple[str, str]]:
    return [(step.names[a], step.names[b]) for a, b in zip(step.pre, step.post, strict=True)]


def _weights(step: AddConnections | RemoveConnections) -> Sequence[float]:
    weights = getattr(step, "weights", (0.0,))
    return weights if len(weights) == len(step.pre) else weights[:1] * len(step.pre)


def _drawn(
    pairs: Bool[np.ndarray, "post pre"], probability: float, rng: np.random.Generator
) -> tuple[Int[np.ndarray, " drawn"], Int[np.ndarray, " drawn"]]:
    post, pre = np.nonzero(pairs)
    hit = rng.random(len(post)) < probability if probability < 1 else np.ones(len(post), bool)
    if hit.sum() > MOST_CONNECTIONS:
        raise Invalid(f"{hit.sum():,} connections are too many for one list; paint the density of a block instead.")
    return post[hit], pre[hit]


def _names(connectome: Connectome, units: Sequence[int]) -> tuple[str, ...]:
    return tuple(connectome.names[unit] for unit in units)


def _rectangles(groups: Iterable[AreaAndType]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The groups as few products of areas and types: areas with the same types go together."""
    types: dict[str, tuple[str, ...]] = {}
    for area, type_ in groups:
        types[area] = (*types.get(area, ()), *((type_,) if type_ else ()))
    found = sorted(types, key=lambda area: types[area])
    return [(tuple(areas), wanted) for wanted, areas in groupby(found, key=lambda area: types[area])]
