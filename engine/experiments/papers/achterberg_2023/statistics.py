"""The tables: both groups side by side, also at an equal sum of weights, and the rules of growth."""

import numpy as np
import pandas as pd

from engine.analysis.generative_models import FAMILIES
from engine.analysis.group_tests import group_test, tukey
from engine.experiments.papers.achterberg_2023.recipe import L1, SERNN, SOLVED
from engine.experiments.papers.achterberg_2023.rules import energy_of, known_rules, of_family
from engine.experiments.papers.paper import Table

TOTAL = "Σ|W|"
COMPARED = (
    "r(|W|, distance)", "Q, directed, with self-weights", "Q, directed, without self-weights", "Q, greedy, binary",
    "σ, null of equal density", "σ, published null", "homophily", "share of self-weights in the top 10 %", TOTAL,
    "mean rate after choice onset", "mixed selectivity at decision",
)  # fmt: skip


def tables(table: Table) -> dict[str, pd.DataFrame]:
    """`groups` over networks that solve the task, `rules` and `rule_families`; empty without networks."""
    if not len(table.of(TOTAL, "groups", SERNN)):
        return {}
    found = {"groups": pd.DataFrame([_row(table, measure) for measure in COMPARED])}
    if rules := known_rules(table):
        found["rules"] = pd.DataFrame([
            {"rule": rule, **{group: table.of(energy_of(rule), "groups", group).mean() for group in (SERNN, L1)}}
            for rule in rules
        ])  # fmt: skip
        found["rule_families"] = pd.concat([
            tukey({family: of_family(table, group, family) for family in FAMILIES}).assign(group=group)
            for group in (SERNN, L1)
        ])  # fmt: skip
    return found


def _row(table: Table, measure: str) -> dict[str, object]:
    values, sums = zip(*(_solved(table, measure, group) for group in (SERNN, L1)), strict=True)
    test = group_test(*values, None if measure == TOTAL else sums)
    return {
        "measure": measure, "seRNN": test.means[0], "± 2 s.e.": test.two_errors[0], "n": test.n[0],
        "L1": test.means[1], "± 2 s.e. (L1)": test.two_errors[1], "n (L1)": test.n[1], "t": test.t, "p": test.p,
        "Cohen's d": test.d, "difference at equal Σ|W|": test.matched, "its p": test.matched_p,
    }  # fmt: skip


def _solved(table: Table, measure: str, group: str) -> tuple[np.ndarray, np.ndarray]:
    """The measure and the sum of weights of the networks that solve the task."""
    rows = table.rows[(table.rows["part"] == "groups") & (table.rows["variant"] == group)]
    wide = rows.pivot_table(index="network", columns="measure", values="value")
    wide = wide.reindex(columns=["accuracy", TOTAL, measure] if measure != TOTAL else ["accuracy", TOTAL])
    found = wide[wide["accuracy"] >= SOLVED].dropna()
    return found[measure].to_numpy(), found[TOTAL].to_numpy()
