"""Series of a figure: means over networks with their 95 % interval, of two networks with both, from the readings."""

import math

import numpy as np
from jaxtyping import Float

from engine.analysis.interval import interval
from engine.experiments.papers.figure import Series
from engine.experiments.papers.paper import Table
from engine.experiments.papers.possible import within


def over_variants(
    name: str, table: Table, measure: str, variants: tuple[str, ...], part: str | None = None, at: float | None = None
) -> Series:
    """One bar a variant."""
    return _series(name, measure, variants, [table.of(measure, part, variant, at) for variant in variants])


def over_at(name: str, table: Table, measure: str, part: str | None = None, variant: str | None = None) -> Series:
    """A line over where it was measured: densities, steps, penalties."""
    rows = table.rows[table.rows["measure"] == measure]
    for column, wanted in (("part", part), ("variant", variant)):
        rows = rows if wanted is None else rows[rows[column] == wanted]
    places = sorted({float(at) for at in rows["at"] if not math.isnan(at)})
    return _series(name, measure, tuple(places), [table.of(measure, part, variant, at) for at in places])


def _series(name: str, measure: str, x: tuple[float | str, ...], groups: list[Float[np.ndarray, " n"]]) -> Series:
    known = [within(measure, _shown(group)) for group in groups]
    y, low, high = (tuple(column) for column in zip(*known, strict=True)) if known else ((), (), ())
    return Series(name, x, y, low, high)


def _shown(values: Float[np.ndarray, " n"]) -> tuple[float, float, float]:
    """Mean and interval. Student's interval of two networks is six times as wide as both are apart: they are shown
    themselves. Of one network no interval is known, and none is drawn."""
    mean, low, high = interval(values)
    if len(values) == 2:
        return mean, float(values.min()), float(values.max())
    return (mean, mean, mean) if math.isnan(low) else (mean, low, high)
