"""What is trained: the variants on three tasks, as published and corrected, the controls, and networks that explode."""

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch

from engine.experiments.papers.paper import Part, Reading, Scale
from engine.experiments.papers.shakiba_2026.measures import measured
from engine.experiments.papers.shakiba_2026.variants import (
    BIO,
    CORRECTED,
    DIAGONAL,
    EPOCH,
    FIELD,
    L1,
    LAMBDA,
    LARGE_FIELD,
    ORTHOGONAL,
    PUBLISHED,
    TASKS,
    WD,
    WDC,
    WDC_GRID,
    Kind,
    Population,
    own_field,
    seed_chunks,
)
from engine.randomness import numpy_stream, torch_stream
from engine.training.objectives.communicability import AS_PUBLISHED, weighted_communicability
from engine.training.objectives.distance import Distance

SECONDS_OF_A_NETWORK = 3.0  # of one core, with 70 units

FIELD_OF_OWN = "field"
CLIPPED = "WDC, clipped"
CONTROLS = {
    "diagonal only": Kind(DIAGONAL, {WD: LAMBDA}),
    "W*D*C* without EMD": Kind(BIO, {WD: LAMBDA}),
}  # fmt: skip
NON_NEGATIVE = {
    "W*D*C, not negative": Kind(BIO, {WDC: LAMBDA}),
    CLIPPED: Kind(ORTHOGONAL, {WDC_GRID: LAMBDA}, clipped=True),
    "L1, clipped": Kind(ORTHOGONAL, {L1: LAMBDA}, clipped=True),
    "WDC, rescaled": Kind(ORTHOGONAL, {WDC_GRID: LAMBDA}, 0.95, clipped=True),
    "L1, rescaled": Kind(ORTHOGONAL, {L1: LAMBDA}, 0.95, clipped=True),
}
LARGE = {name: NON_NEGATIVE[name] for name in ("W*D*C, not negative", CLIPPED)}


def plan(scale: Scale) -> tuple[Part, ...]:
    """The levels that need no training, eleven variants on each task, the corrected twins, and the controls."""
    first, *others = TASKS
    seeds = scale.seeds or (20 if scale.full else 6)
    fewer = scale.seeds or (20 if scale.full else 3)
    mine = scale.mine(FIELD_OF_OWN)
    wiring = own_field(mine) if mine else LARGE_FIELD if scale.full else FIELD
    fields = (wiring,) if mine else (FIELD, LARGE_FIELD)
    small, large = (wiring, ()) if mine else (FIELD, (LARGE_FIELD,))
    return (
        Part("levels", "What can be reached without memory, without training, and what the start is.", 30,
             compute=partial(levels, fields, Scale(first_seed=scale.first_seed))),
        *trained("published", "Eleven variants as published", PUBLISHED, first, seeds, scale, wiring),
        *trained("corrected", "The corrected twins", CORRECTED, first, seeds, scale, wiring, corrected=True),
        *trained("controls", "Diagonal alone, and no earth mover's term", CONTROLS, first, seeds, scale, wiring),
        *(part for task in others
          for part in trained(_name(task), "Eleven variants as published", PUBLISHED, task, fewer, scale, wiring)),
        *trained("non_negative", "No weight below 0", NON_NEGATIVE, first, scale.seeds or 5, scale, small,
                 non_negative=True),
        *(part for field in large
          for part in trained("non_negative_312", "No weight below 0, 312 units, one epoch", LARGE, first, 1, scale,
                              field, non_negative=True, steps=EPOCH)),
    )  # fmt: skip


def trained(
    name: str, about: str, kinds: dict[str, Kind], task: str, seeds: int, scale: Scale, wiring: dict, **changes: object
) -> Iterator[Part]:
    """One part for as many seeds as fit into a population, on any field that the wiring gives."""
    chunks = seed_chunks(seeds, len(kinds))
    for chunk in chunks:
        population = Population(kinds, chunk, wiring=wiring, **changes)  # type: ignore[arg-type]
        size = len(kinds) * len(chunk) * (population.units / 70) ** 2 * population.steps / 400
        yield Part(
            name if len(chunks) == 1 else f"{name}_seeds_{chunk[0]}_to_{chunk[-1]}",
            f"{about}, {task}.",
            SECONDS_OF_A_NETWORK * size,
            partial(measured, population=population),
            population.experiment(task, scale),
        )


def _name(task: str) -> str:
    return task.replace(" ", "_").replace("/", "_").replace("-", "_")


def levels(fields: Sequence[Mapping[str, Any]], scale: Scale) -> Iterator[Reading]:
    """Reference levels of the tasks; the fields, their distances and starts."""
    for name, (dt_ms, _) in TASKS.items():
        task = Population({"W": PUBLISHED["W"]}, range(1)).experiment(name, scale).task
        tell = partial(Reading, variant=name)
        yield tell("chance", task.chance)
        yield tell("memoryless accuracy", task.memoryless or task.chance)
        trials = task.trials(20_000, dt_ms, torch_stream(scale.first_seed, "levels"))
        right = task.correct(task.ideal(trials), trials)
        yield tell("ideal observer", float(right.mean()))
        if "coherence" in trials.conditions:
            strength = trials.conditions["coherence"].abs()
            for coherence in strength.unique().tolist():
                yield Reading("ideal observer at a coherence (%)", float(right[strength == coherence].mean()),
                              variant=name, at=coherence)  # fmt: skip
    yield Reading("cross-entropy without memory (nats)", 0.75 * math.log(2))
    for wiring in fields:
        yield from _of_field(wiring, scale)


def _of_field(wiring: Mapping[str, Any], scale: Scale) -> Iterator[Reading]:
    population = Population({"W*D*C": PUBLISHED["W*D*C"]}, range(3), wiring=wiring)
    experiment = population.experiment(next(iter(TASKS)), scale)
    connectome = experiment.wiring.wire(numpy_stream(experiment.seeds.wiring, "wiring"))
    units = connectome.n
    scrambled, right = (Distance(coordinates=c).between(connectome) for c in ("scrambled", "min_max"))
    different = ~np.eye(units, dtype=bool)
    same = np.equal.outer(np.arange(units) % 3, np.arange(units) % 3)
    tell = partial(Reading, at=units)
    yield tell("distance within units of one remainder", float(scrambled[same & different].mean()))
    yield tell("distance between units of other remainders", float(scrambled[~same].mean()))
    yield tell("correlation of scrambled and right distances",
               float(np.corrcoef(scrambled[different], right[different])[0, 1]))  # fmt: skip
    counts = torch.from_numpy(np.abs(connectome.weights))[None]
    wanted = weighted_communicability(counts, AS_PUBLISHED)
    yield tell("earth mover's constant, 0.1 x mean communicability", 0.1 * float(wanted.mean()))
    for which in (population, Population({CLIPPED: NON_NEGATIVE[CLIPPED]}, range(3), wiring=wiring, non_negative=True)):
        starts = which.experiment(next(iter(TASKS)), scale).network().lawful_weights()["W_rec"].double()
        for k, variant, seed in which:
            radius = float(torch.linalg.eigvals(starts[k]).abs().max())
            yield Reading("spectral radius of the start", radius, seed, variant, units)
            yield Reading("least weight of the start", float(starts[k].min()), seed, variant, units)
            if variant != CLIPPED:
                own, other = starts[k].diagonal().mean(), starts[k][torch.from_numpy(different)].mean()
                yield Reading("mean self-weight over mean of the others", float(own / other), seed, variant, units)
