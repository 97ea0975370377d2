"""Colours of conditions: apart for categories, around the wheel for angles, orange to blue for signed strengths."""

from html import escape

import colorcet
import numpy as np

from app import look
from engine.analysis.variable_bins import Bins

MOST_NAMED = 12
WHEEL = colorcet.palette["cyclic_mygbm_30_95_c78"]


def colours_of(bins: Bins) -> tuple[str, ...]:
    """One colour per bin."""
    variable, values = bins.variable, bins.values
    if variable.kind == "circular" and variable.period:
        return tuple(WHEEL[int(v / variable.period * 256) % 256] for v in values)
    if variable.kind == "linear" and values.min() < 0 < values.max():
        shares = values / np.abs(values).max()
        return tuple(
            _mixed(look.QUIET, look.NEGATIVE if s < 0 else look.POSITIVE, 0.25 + 0.75 * abs(s) ** 0.5 if s else 0.0)
            for s in shares
        )
    if variable.kind == "linear":
        return ordered(bins.n)
    return look.condition_colours(bins.n)


def ordered(n: int) -> tuple[str, ...]:
    """`n` different colours from dark to bright."""
    anchors = look.condition_colours(6, ordered=True)
    places = np.linspace(0, 5, n) if n > 1 else np.array([2.5])
    return tuple(_mixed(anchors[min(int(p), 4)], anchors[min(int(p), 4) + 1], p - min(int(p), 4)) for p in places)


def legend(bins: Bins) -> str:
    """The conditions with their colours, as HTML; of many directions, every other or third is named."""
    every = 1 if bins.variable.kind == "categorical" else -(-bins.n // MOST_NAMED)
    items = "".join(
        f"<span style='white-space:nowrap;margin-right:9px'><span style='color:{colour}'>■</span>&nbsp;"
        f"{escape(label)}</span> "
        for colour, label in list(zip(colours_of(bins), bins.labels, strict=True))[::every]
    )
    return f"{escape(bins.variable.name.replace('_', ' '))}: {items}"


def _mixed(one: str, other: str, share: float) -> str:
    first, second = (np.array([int(c[k : k + 2], 16) for k in (1, 3, 5)]) for c in (one, other))
    return "#" + "".join(f"{round(v):02x}" for v in (1 - share) * first + share * second)
