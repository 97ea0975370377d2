"""Conditions compared: what layers send to each other in networks of one condition and of another."""

import itertools

import numpy as np
import pandas as pd
from jaxtyping import Float

from engine.analysis.condition_comparison import Comparison, comparison
from engine.analysis.routes import PREDICTIVE_CODING, diagram, flows
from engine.experiments.papers.balwani_2025.cell_types import part_name
from engine.experiments.papers.paper import Table

LAYERS = tuple(f"{area} {layer}" for area in ("V1", "LM") for layer in ("L2/3", "L4", "L5"))
PAIRS = tuple(
    (f"{a}", f"{b}")
    for a, b in (
        ("familiar, no change", "familiar, change"), ("familiar, no change", "familiar, omission"),
        ("familiar, change", "familiar, omission"), ("novel, no change", "novel, change"),
        ("novel, no change", "novel, omission"), ("novel, change", "novel, omission"),
        ("familiar, no change", "novel, no change"), ("familiar, change", "novel, change"),
        ("familiar, omission", "novel, omission"),
    )
)  # fmt: skip
BLOCKS = tuple(itertools.product(LAYERS, LAYERS))  # post, pre


def strengths(table: Table, condition: str, is_relative: bool = False) -> Float[np.ndarray, "runs blocks"]:
    """Mean |w| of every block of layers, zeros included; relative: over that of the whole network.

    Stronger activity alone raises all weights; the relative ones are free of that.
    """
    part = part_name("condition", condition)
    found = np.stack([table.of(f"mean |w|, {pre} to {post}", part) for post, pre in BLOCKS], axis=-1)
    return found / table.of("mean |w|", part)[:, None] if is_relative else found


def compare(table: Table, first: str, second: str, is_relative: bool = False) -> Comparison:
    """The 36 pairs of layers, second condition minus first, tested over runs and corrected for 36 tests."""
    values = (strengths(table, condition, is_relative) for condition in (first, second))
    return comparison(*values, tuple(f"{pre} to {post}" for post, pre in BLOCKS))


def difference(table: Table, first: str, second: str) -> Float[np.ndarray, "post pre"]:
    """The 6 x 6 map of differences in mean |w|."""
    return compare(table, first, second).difference.reshape(6, 6)


def network_diagram(table: Table, first: str, second: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Six nodes, and arrows as wide as both conditions are densely connected, coloured by their difference."""
    parts = [part_name("condition", name) for name in (first, second)]
    density = np.array([
        np.mean([table.of(f"density, {pre} to {post}", part).mean() for part in parts]) for post, pre in BLOCKS
    ])  # fmt: skip
    return diagram(LAYERS, density.reshape(6, 6), difference(table, first, second))


def sankey(table: Table, first: str, second: str) -> pd.DataFrame:
    """What grew and what shrank between two conditions, as ribbons."""
    return flows(LAYERS, difference(table, first, second))


def route_differences(table: Table) -> pd.DataFrame:
    """Predictive coding, pair by pair of conditions: the difference along each route, with p and q."""
    rows = []
    for first, second in PAIRS:
        found = compare(table, first, second)
        for route in PREDICTIVE_CODING:
            at = found.names.index(str(route))
            rows.append({"first": first, "second": second, "route": str(route), "carries": route.carries,
                         "difference": found.difference[at], "low": found.low[at], "high": found.high[at],
                         "p": found.p[at], "q": found.q[at]})  # fmt: skip
    return pd.DataFrame(rows)


def along(table: Table, first: str, second: str, route: str) -> Float[np.ndarray, " runs"]:
    """Run by run, since runs of the same number began with the same weights."""
    at = [f"{pre} to {post}" for post, pre in BLOCKS].index(route)
    return (strengths(table, second) - strengths(table, first))[:, at]
