"""Series of a figure: means over networks with their 95 % interval, taken from the readings."""

import math

import numpy as np
from jaxtyping import Float

from engine.experiments.papers.paper import Series, Table
from engine.experiments.papers.verdict import interval


def over_variants(
    name: str, table: Table, measure: str, variants: tuple[str, ...], part: str | None = None, at: float | None = None
) -> Series:
    """One bar a variant."""
    return _series(name, variants, [table.of(measure, part, variant, at) for variant in variants])


def over_at(name: str, table: Table, measure: str, part: str | None = None, variant: str | None = None) -> Series:
    """A line over where it was measured: densities, steps, penalties."""
    rows = table.rows[table.rows["measure"] == measure]
    for column, wanted in (("part", part), ("variant", variant)):
        rows = rows if wanted is None else rows[rows[column] == wanted]
    places = sorted({float(at) for at in rows["at"] if not math.isnan(at)})
    return _series(name, tuple(places), [table.of(measure, part, variant, at) for at in places])


def _series(name: str, x: tuple[float | str, ...], groups: list[Float[np.ndarray, " n"]]) -> Series:
    """An interval that is not known, of one network, is drawn as none."""
    known = [tuple(m if math.isnan(v) else v for v in (m, low, high)) for m, low, high in map(interval, groups)]
    y, low, high = (tuple(column) for column in zip(*known, strict=True)) if known else ((), (), ())
    return Series(name, x, y, low, high)
