"""Conditions compared: what layers send to each other in networks of one condition and of another."""

import itertools

import numpy as np
import pandas as pd
from jaxtyping import Float

from engine.analysis.condition_comparison import Comparison, comparison
from engine.analysis.routes import PREDICTIVE_CODING, diagram, flows
from engine.experiments.papers.balwani_2025.cell_types import part_name
from engine.experiments.papers.paper import Table
from engine.recordings.two_photon import CONDITIONS, POPULATIONS

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
Blocks = tuple[tuple[str, str], ...]


def blocks_of(groups: tuple[str, ...]) -> Blocks:
    """All pairs of groups, post first."""
    return tuple(itertools.product(groups, groups))


def strengths(
    table: Table, condition: str, groups: tuple[str, ...] = LAYERS, is_relative: bool = False
) -> Float[np.ndarray, "runs blocks"]:
    """Mean |w| of every block, zeros included; relative: over that of the whole network.

    Stronger activity alone raises all weights; the relative ones are free of that.
    """
    rows = table.rows[table.rows["part"] == part_name("condition", condition)]
    wide = rows[rows["measure"].str.startswith("mean |w|")].pivot(index="network", columns="measure", values="value")
    found = wide.reindex(columns=[f"mean |w|, {pre} to {post}" for post, pre in blocks_of(groups)]).to_numpy(float)
    return found / wide["mean |w|"].to_numpy(float)[:, None] if is_relative else found


def compare(
    table: Table, first: str, second: str, groups: tuple[str, ...] = LAYERS, is_relative: bool = False
) -> Comparison:
    """All pairs of layers (or populations), second condition minus first, tested over runs, corrected for all pairs."""
    values = (strengths(table, condition, groups, is_relative) for condition in (first, second))
    return comparison(*values, tuple(f"{pre} to {post}" for post, pre in blocks_of(groups)))


def difference(table: Table, first: str, second: str) -> Float[np.ndarray, "post pre"]:
    """The 6 x 6 map of differences in mean |w|."""
    return compare(table, first, second).difference.reshape(len(LAYERS), len(LAYERS))


def network_diagram(table: Table, first: str, second: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Six nodes, and arrows as wide as both conditions are densely connected, coloured by their difference."""
    parts = [part_name("condition", name) for name in (first, second)]
    density = [
        np.mean([table.of(f"density, {pre} to {post}", part).mean() for part in parts])
        for post, pre in blocks_of(LAYERS)
    ]
    return diagram(LAYERS, np.reshape(density, (len(LAYERS), len(LAYERS))), difference(table, first, second))


def sankey(table: Table, first: str, second: str) -> pd.DataFrame:
    """What grew and what shrank between two conditions, as ribbons."""
    return flows(LAYERS, difference(table, first, second))


def known_pairs(table: Table) -> tuple[tuple[str, str], ...]:
    """The pairs of conditions of which both have been trained: the published nine, or all of the user's own."""
    there = conditions(table)
    published = tuple(pair for pair in PAIRS if {*pair} <= {*there})
    if {*there} <= {*CONDITIONS}:
        return published
    return (
        *published,
        *(p for p in itertools.combinations(there, 2) if p not in published and p[::-1] not in published),
    )


def conditions(table: Table) -> tuple[str, ...]:
    """Those that have been trained, in the published order, then the user's own."""
    rows = table.rows[table.rows["part"].astype(str).str.startswith("condition_")]
    there = dict(zip(rows["part"], rows["variant"], strict=True))
    names = {part_name("condition", name): name for name in CONDITIONS}
    found = {names.get(part, variant) for part, variant in there.items()}
    return (*(name for name in CONDITIONS if name in found), *sorted(found - {*CONDITIONS}))


def tables(table: Table) -> dict[str, pd.DataFrame]:
    """Every pair of conditions: comparisons of layers and populations, diagram, ribbons, routes; empty without runs."""
    pairs = known_pairs(table)
    if not pairs:
        return {}
    kinds = {
        "comparison_layers": lambda *pair: compare(table, *pair).table(),
        "comparison_layers_relative": lambda *pair: compare(table, *pair, is_relative=True).table(),
        "comparison_populations": lambda *pair: compare(table, *pair, POPULATIONS).table(),
        "network_diagram": lambda *pair: network_diagram(table, *pair)[1],
        "sankey": lambda *pair: sankey(table, *pair),
    }
    made = {
        kind: pd.concat([make(*pair).assign(first_condition=pair[0], second_condition=pair[1]) for pair in pairs])
        for kind, make in kinds.items()
    }
    nodes, _ = network_diagram(table, *pairs[0])
    return made | {"network_diagram_nodes": nodes, "routes": route_differences(table)}


def route_differences(table: Table) -> pd.DataFrame:
    """Predictive coding, pair by pair of conditions: the difference along each route, with p and q."""
    rows = []
    for first, second in known_pairs(table):
        found = compare(table, first, second)
        for route in PREDICTIVE_CODING:
            at = found.names.index(str(route))
            rows.append({"first": first, "second": second, "route": str(route), "carries": route.carries,
                         "difference": found.difference[at], "low": found.low[at], "high": found.high[at],
                         "p": found.p[at], "q": found.q[at]})  # fmt: skip
    return pd.DataFrame(rows)


def along(table: Table, first: str, second: str, route: str) -> Float[np.ndarray, " runs"]:
    """Run by run, since runs of the same number began with the same weights."""
    if (first, second) not in known_pairs(table):
        return np.zeros(0)
    at = [f"{pre} to {post}" for post, pre in blocks_of(LAYERS)].index(route)
    return (strengths(table, second) - strengths(table, first))[:, at]
