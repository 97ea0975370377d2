"""Figures of the conditions: block maps, maps of their differences, network diagrams, ribbons, currents into layers."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Float

from engine.experiments.papers.balwani_2025.cell_types import part_name
from engine.experiments.papers.balwani_2025.conditions import (
    LAYERS,
    compare,
    conditions,
    known_pairs,
    network_diagram,
    strengths,
)
from engine.experiments.papers.figure import Figure, Series
from engine.experiments.papers.paper import Table
from engine.experiments.papers.series import over_at
from engine.recordings.two_photon import POPULATIONS

LEVELS = {"populations": POPULATIONS, "layers": LAYERS, "areas": ("V1", "LM")}
SURE = 0.05  # q, after correction for all pairs of the map
STAR = f"* q < {SURE:g}, by permutation of runs, corrected for all pairs"
STRENGTH, CHANGE = "mean |w| x 1e4", "difference in mean |w| x 1e4"
SENDS, RECEIVES = "from", "to"


def condition_figures(table: Table) -> tuple[Figure, ...]:
    """Each kind for every condition, or for every pair of them."""
    return (*_maps(table), *_differences(table), *_networks(table), *_flows(table))


def _maps(table: Table) -> Iterator[Figure]:
    """Mean |w| of all blocks at three levels, means over runs."""
    for level, groups in LEVELS.items():
        for k, condition in enumerate(conditions(table)):
            found = strengths(table, condition, groups).mean(0) * 1e4
            title = f"Weights between {level}: {condition}"
            yield Figure(f"map_{level}_{k + 1}", title, SENDS, RECEIVES, "map", _rows(groups, found), colour=STRENGTH,
                         group=f"Weights between {level}", choice=condition)  # fmt: skip


def _differences(table: Table) -> Iterator[Figure]:
    """Second condition minus first; a star where it is sure after correction."""
    for level in ("layers", "populations"):
        groups = LEVELS[level]
        for k, pair in enumerate(known_pairs(table)):
            found = compare(table, *pair, groups)
            rows = _rows(groups, found.difference * 1e4, found.q < SURE)
            yield Figure(f"difference_{level}_{k + 1}", _said(pair), SENDS, RECEIVES, "map", rows, colour=CHANGE,
                         group=f"Differences between {level}", choice=_said(pair), note=STAR)  # fmt: skip


def _networks(table: Table) -> Iterator[Figure]:
    for k, pair in enumerate(known_pairs(table)):
        nodes, edges = network_diagram(table, *pair)
        series = tuple(
            Series(str(source), tuple(rows["post"]), tuple(rows["difference"] * 1e4), width=tuple(rows["width"]))
            for source, rows in edges.groupby("pre", sort=False)
        )
        places = tuple(
            (str(n), float(x), float(y)) for n, x, y in zip(nodes["name"], nodes["x"], nodes["y"], strict=True)
        )
        yield Figure(f"network_{k + 1}", _said(pair), SENDS, RECEIVES, "network", series, colour=CHANGE, places=places,
                     group="Network of layers", choice=_said(pair), note="wide: dense; colour: difference")  # fmt: skip


def _flows(table: Table) -> Iterator[Figure]:
    for k, pair in enumerate(known_pairs(table)):
        found = compare(table, *pair).difference.reshape(len(LAYERS), len(LAYERS)) * 1e4
        series = tuple(Series(pre, LAYERS, tuple(found[:, column])) for column, pre in enumerate(LAYERS))
        yield Figure(f"sankey_{k + 1}", _said(pair), SENDS, RECEIVES, "flows", series, colour=CHANGE,
                     group="Sankey of the differences", choice=_said(pair))  # fmt: skip


def current_figures(table: Table) -> tuple[Figure, ...]:
    """Over a trial: excitation, inhibition and rate of every layer, by the exact recipe or in the user's conditions."""
    parts = dict.fromkeys(table.rows.loc[table.rows["measure"] == f"rate of {LAYERS[0]}", "part"])
    chosen = next((part for part in ("cell_types_exact", *parts) if part in parts), None)
    if chosen is None:
        return ()
    shown = {name: part_name("condition", name) for name in conditions(table) if part_name("condition", name) in parts}
    named = shown or {"familiar, change": chosen}
    kinds = ("excitation", "inhibition", "rate")
    return tuple(
        Figure(f"currents_{c + 1}_{k + 1}", f"Currents into {layer}: {condition}", "time (ms)", "mean per unit",
               "lines", tuple(over_at(kind, table, f"{kind} of {layer}", part) for kind in kinds),
               group="Currents over a trial", choice=f"{layer}, {condition}")
        for c, (condition, part) in enumerate(named.items()) for k, layer in enumerate(LAYERS)
    )  # fmt: skip


def _rows(
    groups: tuple[str, ...], values: Float[np.ndarray, "..."], sure: Bool[np.ndarray, "..."] | None = None
) -> tuple[Series, ...]:
    """Rows receive, in the order of `blocks_of`."""
    n = len(groups)
    square = np.reshape(values, (n, n))
    marks = np.zeros((n, n), bool) if sure is None else np.reshape(sure, (n, n))
    return tuple(
        Series(name, groups, tuple(map(float, row)), marked=tuple(map(bool, of)))
        for name, row, of in zip(groups, square, marks, strict=True)
    )


def _said(pair: tuple[str, str]) -> str:
    return f"{pair[0]} → {pair[1]}"
