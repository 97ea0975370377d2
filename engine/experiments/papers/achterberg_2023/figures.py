"""The figures: ability and structure over penalties, both groups, and the sweet spot over penalties and epochs."""

from dataclasses import replace

import numpy as np
import pandas as pd

from engine.experiments.papers.achterberg_2023.recipe import EPOCHS_KEPT, JOINED, L1, LENGTHS, SERNN, SOLVED
from engine.experiments.papers.achterberg_2023.rules import energy_of, known_rules
from engine.experiments.papers.figure import Figure, Series
from engine.experiments.papers.paper import Table
from engine.experiments.papers.series import over_at

OVER = {
    "ability": ("accuracy", "The task, over penalties", (("no memory", 0.625), ("guess", 0.25))),
    "sum": ("Σ|W|", "Sum of the weights", ()),
    "lengths": ("r(|W|, distance)", "Strong connections are short", (("none", 0.0),)),
    "self": ("share of self-weights in the top 10 %", "Self-weights take over", ()),
}
BARS = {
    "mixed": "mixed selectivity at decision",
    "energy": "mean rate after choice onset",
    "homophily": "homophily",
}
SPARSER = 0.75  # of the sum of weights at the start
SWEET = f"able ({SOLVED:g}), a quarter sparser than at the start, and more modular"
WINDOWS = ("early", "middle", "late")


def figures(table: Table) -> tuple[Figure, ...]:
    """Lines over the penalty, and maps over penalty and time."""
    found = [
        Figure(name, title, "penalty", measure, "lines",
               tuple(over_at(group, table, measure, "groups", group) for group in (SERNN, L1)), log_x=True,
               reference=reference)
        for name, (measure, title, reference) in OVER.items()
    ]  # fmt: skip
    found += [
        Figure(name, measure[0].upper() + measure[1:], "penalty", measure, "points",
               tuple(over_at(group, table, measure, "groups", group) for group in (SERNN, L1)), log_x=True)
        for name, measure in BARS.items()
    ]  # fmt: skip
    found += [
        _controls(table),
        _energy(table),
        _sweet_spot(table),
        _modularity(table),
        _small_world(table),
        _codes(table),
        _rules(table),
    ]
    sure = _sweet(table)
    measures = ("accuracy", "Σ|W|", "r(|W|, distance)", "Q, directed, with self-weights", "share of self-weights")
    return (*found, *(_map(table, number, measure, sure) for number, measure in enumerate(measures)))


def _controls(table: Table) -> Figure:
    measure = "r(|W|, distance)"
    groups = {SERNN: "groups", LENGTHS: "controls", JOINED: "controls"}
    lines = tuple(over_at(group, table, measure, part, group) for group, part in groups.items())
    return Figure("controls", "Which part of the penalty makes connections short", "penalty", measure, "points", lines,
                  log_x=True, reference=(("none", 0.0),))  # fmt: skip


def _energy(table: Table) -> Figure:
    """Activity depends on how strong weights are, so that groups can be compared only where these are alike."""
    total, rate = "Σ|W|", "mean rate after choice onset"
    lines = []
    for group in (SERNN, L1):
        x, y = table.pairs_of(total, rate, "groups", group)
        lines.append(Series(group, tuple(x.tolist()), tuple(y.tolist())))
    return Figure("energy_by_sum", "Activity against the sum of weights", total, rate, "points", tuple(lines),
                  note="One dot a network that solves the task.")  # fmt: skip


def _map(table: Table, number: int, measure: str, sure: dict[int, tuple[bool, ...]]) -> Figure:
    """Rows are steps, columns penalties; a star marks the sweet spot."""
    rows = {step: _at(table, measure, step) for step in EPOCHS_KEPT}
    lines = tuple(
        Series(f"{step}", tuple(f"{x:.3g}" for x in line.x), line.y, marked=sure.get(step, ()))
        for step, line in rows.items() if line.x
    )  # fmt: skip
    return Figure(f"map_{number + 1}", f"{measure}, * sweet spot", "penalty", "update", "map", lines, colour=measure,
                  group="Sweet spot over penalty and time", choice=measure, note=f"* {SWEET}")  # fmt: skip


def _at(table: Table, measure: str, step: int) -> Series:
    return over_at("", table, f"{measure} at step {step}", "map", SERNN)


def _sweet(table: Table) -> dict[int, tuple[bool, ...]]:
    """By step, for every penalty: whether networks are able, and sparser and more modular than they began."""
    measures = ("accuracy", "Σ|W|", "Q, directed, with self-weights")
    begun = [np.array(_at(table, measure, EPOCHS_KEPT[0]).y) for measure in measures]
    found = {}
    for step in EPOCHS_KEPT:
        able, total, q = (np.array(_at(table, measure, step).y) for measure in measures)
        if len(able) == len(begun[0]):
            sweet = (able >= SOLVED) & (total <= SPARSER * begun[1]) & (q > begun[2])
            found[step] = tuple(map(bool, sweet))
    return found


def _sweet_spot(table: Table) -> Figure:
    """Each measure over its own largest value, so that all fit on one axis."""
    chosen = ("accuracy", "Σ|W|", "Q, directed, with self-weights", "σ, null of equal density")
    lines = [_relative(over_at(measure, table, measure, "map", SERNN)) for measure in chosen]
    return Figure("sweet_spot", "Sweet spot: able, sparse, modular and small-world", "penalty",
                  "share of the largest value", "lines", tuple(lines), log_x=True)  # fmt: skip


def _relative(line: Series) -> Series:
    most = max(map(abs, line.y), default=1.0) or 1.0
    y, low, high = (tuple(value / most for value in part) for part in (line.y, line.low, line.high))
    return Series(line.name, line.x, y, low, high)


def _modularity(table: Table) -> Figure:
    kinds = ("Q, directed, with self-weights", "Q, directed, without self-weights", "Q, greedy, binary")
    lines = tuple(over_at(kind, table, kind, "map", SERNN) for kind in kinds)
    return Figure("modularity", "Modularity by three definitions", "penalty", "Q", "lines", lines, log_x=True)


def _small_world(table: Table) -> Figure:
    kinds = ("σ, published null", "σ, null of equal density")
    lines = tuple(
        over_at(f"{group}: {kind}", table, kind, "groups", group) for group in (SERNN, L1) for kind in kinds
    )  # fmt: skip
    return Figure("small_world", "Small-worldness by two nulls", "penalty", "σ", "lines", lines, log_x=True,
                  reference=(("random", 1.0),))  # fmt: skip


def _rules(table: Table) -> Figure:
    rules = known_rules(table)
    columns = pd.concat([
        table.rows[table.rows["measure"] == energy_of(rule)].assign(measure="energy", at=float(k))
        for k, rule in enumerate(rules)
    ] or [table.rows.iloc[:0]])  # fmt: skip
    bars = tuple(over_at(group, Table(columns), "energy", "groups", group) for group in (SERNN, L1))
    named = tuple(replace(one, x=tuple(rules[int(k)] for k in one.x)) for one in bars if one.x)
    return Figure("rules", "Rules of growth: the lower, the better", "rule", "energy at the best exponents", "bars",
                  named)  # fmt: skip


def _codes(table: Table) -> Figure:
    lines = []
    for code in ("goal", "choice"):
        for group in (SERNN, L1):
            found = [table.of(f"spatial rank of the {code} code, {window}", "groups", group) for window in WINDOWS]
            if all(len(values) for values in found):
                lines.append(Series(f"{group}, {code}", WINDOWS, tuple(float(v.mean()) for v in found)))
    return Figure("codes", "Where goal and choice units lie", "window", "rank (0 clustered, 1 dispersed)", "points",
                  tuple(lines), reference=(("chance", 0.5),))  # fmt: skip
