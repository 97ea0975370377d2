"""What needs no training: from regions to units, counted and added up; and the detector that is blind to order."""

from collections.abc import Iterator, Mapping

import numpy as np
from jaxtyping import Float, Int

from engine.analysis.order_blind import order_blind
from engine.connectomes.catalogue import measurement
from engine.connectomes.measured import MeasuredWiring
from engine.connectomes.sharing import Dirichlet, Equal, StickBreaking
from engine.connectomes.synapses import IntrinsicWithin, Synapses
from engine.experiments.papers.goulas_2021.networks import (
    MACAQUE_AREAS,
    MACAQUE_AT_HAND,
    SYNAPSES,
    Species,
    Wired,
    published,
)
from engine.experiments.papers.paper import Reading
from engine.randomness import numpy_stream, torch_stream
from engine.tasks.n_back import NBack

COUNTED = {  # synapses of 28 areas of 10 units and one of 40
    6_770: Synapses(density_between=0.1),
    54_160: Synapses(density_between=0.8),
    58_560: Synapses(density_between=0.8, within=IntrinsicWithin()),
    56_360: Synapses(density_between=0.8, density_within=0.5, within=IntrinsicWithin()),
}
SHARINGS = {"homogeneous": Equal(), "heterogeneous": Dirichlet(), "heterogeneous as published": StickBreaking()}
LARGE_AREA, MACAQUE_EDGES, ITS_INPUTS, ITS_OUTPUTS = 4, 536, 23, 24
COUNT, SUMS, INTRINSIC, SINGLE = (
    "synapses", "largest error of a block sum", "weight within over weight received", "density in single precision",
)  # fmt: skip
FIRST_TO_SECOND = "weight of the strongest connection, from its source to its target"
MISCOUNTED = "synapses more than forecast"


def regions() -> Float[np.ndarray, "post pre"]:
    """The macaque if it is at hand, else a stand-in of as many areas and connections, which fixes all counts."""
    macaque = published("Macaca", MACAQUE_AREAS)
    return measurement(macaque).strengths.astype(float) if macaque else stand_in()


def stand_in() -> Float[np.ndarray, "post pre"]:
    """29 areas, 536 connections of lognormal weights, of which the fifth area has as many as in the macaque."""
    rng, n, own = numpy_stream(0, "stand-in"), MACAQUE_AREAS, LARGE_AREA
    connected, others = np.zeros((n, n), bool), np.delete(np.arange(n), own)
    connected[own, rng.choice(others, ITS_INPUTS, replace=False)] = True
    connected[rng.choice(others, ITS_OUTPUTS, replace=False), own] = True
    free = ~np.eye(n, dtype=bool)
    free[own], free[:, own] = False, False
    rest = MACAQUE_EDGES - ITS_INPUTS - ITS_OUTPUTS
    connected.flat[rng.choice(np.flatnonzero(free), rest, replace=False)] = True
    return connected * 10 ** rng.normal(-3, 1.3, (n, n))


def block_sums(
    units: Float[np.ndarray, "posts pres"], sizes: Int[np.ndarray, " regions"]
) -> Float[np.ndarray, "post pre"]:
    """Sums over the units of every pair of regions."""
    starts = np.cumsum(sizes) - sizes
    return np.add.reduceat(np.add.reduceat(units, starts, 0), starts, 1)


def conversion(found: Mapping[str, Species]) -> Iterator[Reading]:
    """Counts, sums and single precision on the macaque's matrix; counts and directions on every species."""
    C = regions()
    yield Reading(MACAQUE_AT_HAND, float(bool(published("Macaca", MACAQUE_AREAS))))
    yield from _counted(C)
    yield from _in_single_precision(C)
    for name, one in found.items():
        yield from _converted(name, one)
    for name, id in files().items():
        yield Reading(FIRST_TO_SECOND, _strongest(id), variant=name)


def files() -> dict[str, str]:
    """The tracer connectomes that are not shipped: the ids of those that are at hand."""
    asked = {"macaque": published("Macaca", MACAQUE_AREAS), "mouse": published("Mus", 19)}
    return {name: id for name, id in asked.items() if id}


def _counted(C: Float[np.ndarray, "post pre"]) -> Iterator[Reading]:
    sizes, between = np.where(np.arange(len(C)) == LARGE_AREA, 40, 10), ~np.eye(len(C), dtype=bool)
    for count, setting in COUNTED.items():
        for k, (name, sharing) in enumerate(SHARINGS.items()):
            synapses = setting.model_copy(update={"weights": sharing})
            units = synapses.drawn(synapses.regional(C, sizes), sizes, numpy_stream(k))
            sums = block_sums(units, sizes)
            yield Reading(COUNT, float(np.count_nonzero(units)), variant=name, at=count)
            yield Reading(SUMS, float(abs(sums - C)[between].max()), variant=name, at=count)
            if setting.within.kind == "intrinsic":
                for ratio in (np.diag(sums) / C.sum(1)).tolist():
                    yield Reading(INTRINSIC, ratio, variant=name, at=count)


def _in_single_precision(C: Float[np.ndarray, "post pre"]) -> Iterator[Reading]:
    sizes = np.full(len(C), 20)
    for name, sharing in SHARINGS.items():
        synapses = Synapses(density_between=0.8, within=IntrinsicWithin(), self_synapses=False, weights=sharing)
        units = synapses.drawn(synapses.regional(C, sizes), sizes, numpy_stream(0))
        kept = np.count_nonzero(units.astype(np.float32)) / units.size
        yield Reading(SINGLE, kept, variant=name)


def _converted(name: str, one: Species) -> Iterator[Reading]:
    """Whether a wiring has the synapses that were forecast, and where measured connections come to lie."""
    for synapses in SYNAPSES:
        wiring = MeasuredWiring.read(Wired(one, synapses=synapses).wiring())
        made = wiring.wire(numpy_stream(0, "wiring"))
        forecast = wiring.expected(numpy_stream(0, "wiring")).synapses
        yield Reading(MISCOUNTED, float(np.count_nonzero(made.mask) - forecast), variant=f"{name}, {synapses}")
        yield Reading("units", float(made.n), variant=f"{name}, {synapses}")
        yield Reading("density", float(np.count_nonzero(made.mask) / made.n**2), variant=f"{name}, {synapses}")


def _strongest(id: str) -> float:
    """V1 to V2 of the macaque, V1 to LM of the mouse: found in the units [target rows, source columns]."""
    measured = measurement(id)
    post, pre = np.unravel_index(measured.strengths.argmax(), measured.strengths.shape)
    units = MeasuredWiring.read(Wired(Species(id)).wiring()).wire(numpy_stream(0, "wiring")).weights
    return float(block_sums(units, np.full(measured.n, 4))[post, pre])


def detector() -> Iterator[Reading]:
    """Accuracy of who asks only whether the probe was shown at all, without lures and with."""
    for lures in (0.0, 0.5):
        task = NBack(lures=lures)
        trials = task.trials(2000, task.item_ms, torch_stream(0, "detector"))
        right = task.correct(order_blind(task, trials), trials)
        yield Reading("accuracy of the order-blind detector", float(right.mean()), at=lures)
