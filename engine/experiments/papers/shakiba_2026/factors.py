"""The factor analysis: variants, starts, distances and penalties, by ranks; runs that diverged are left out."""

import pandas as pd

from engine.analysis.factor_tests import FactorTest, Policy, factor_test
from engine.experiments.papers.paper import Table
from engine.experiments.papers.shakiba_2026.measures import (
    ACCURACY,
    ASSORTATIVITY,
    DIVERGED,
    SIGMA,
    SIGMA_MATCHED,
    H,
    Q,
)
from engine.experiments.papers.shakiba_2026.variants import EMD, L1, NAMES, PUBLISHED, WD_GRID, WDC, WDC_GRID

MEASURES = (ACCURACY, H, Q, SIGMA, SIGMA_MATCHED, ASSORTATIVITY)
PARTS = {"published": "Task1", "go_no_go": "Task2", "perceptual_decision": "Task3"}


def distance_of(variant: str) -> str:
    """Which distances it pays for."""
    pays = PUBLISHED[variant].pays
    return "none" if L1 in pays else "grid" if {WD_GRID, WDC_GRID} & set(pays) else "real"


def penalty_of(variant: str) -> str:
    """What it pays for besides length."""
    pays = PUBLISHED[variant].pays
    return "earth mover" if EMD in pays else "communicability" if {WDC, WDC_GRID} & set(pays) else "length or size"


FACTORS = {
    "variant": lambda name: name,
    "start": lambda name: PUBLISHED[name].start,
    "distance": distance_of,
    "penalty": penalty_of,
}


def networks(table: Table, measure: str, part: str) -> pd.DataFrame:
    """One row per network of the eleven variants: variant, network, value, and whether it diverged."""
    rows = table.rows
    of_part = (rows["part"] == part) | rows["part"].astype(str).str.startswith(f"{part}_seeds")
    rows = rows[of_part & rows["variant"].isin(NAMES)]
    columns = ["variant", "network", "value"]
    lost = rows[rows["measure"] == DIVERGED][columns].rename(columns={"value": "lost"})
    found = lost.merge(rows[rows["measure"] == measure][columns], "left", ["variant", "network"])
    return found.sort_values("network", kind="stable")


def factor(
    table: Table, measure: str, part: str, of: str, policy: Policy = "left_out", stand_in: float = float("nan")
) -> FactorTest | None:
    """One factor on one measure; None as long as nothing was measured."""
    found = networks(table, measure, part)
    if not len(found):
        return None
    order = {name: k for k, name in enumerate(NAMES)}
    found = found.sort_values("variant", key=lambda names: names.map(order), kind="stable")
    values, lost = found["value"].to_numpy(dtype=float), found["lost"].to_numpy(dtype=float) > 0
    return factor_test(values, [FACTORS[of](name) for name in found["variant"]], lost, policy, stand_in, of)


def over_variants(table: Table, measure: str, part: str) -> FactorTest | None:
    """All eleven variants."""
    return factor(table, measure, part, "variant")


def over_starts(table: Table, measure: str, part: str) -> FactorTest | None:
    """Starts: orthogonal, from function, and from function with other labels, over variants that all three have."""
    return factor(table, measure, part, "start")


def factor_tables(table: Table) -> dict[str, pd.DataFrame]:
    """Levels, pairs and tests of every factor, measure and task."""
    tests, levels, pairs = [], [], []
    for part, task in PARTS.items():
        for measure in MEASURES:
            for of in FACTORS:
                if (test := factor(table, measure, part, of)) is None:
                    continue
                where = {"task": task, "measure": measure}
                told = {"h": test.h, "p": test.p, "epsilon_squared": test.effect, "policy": test.policy}
                tests.append({**where, "factor": of, **told, "remarks": " ".join(test.remarks)})
                levels.append(test.table().assign(**where))
                pairs.append(test.pair_table().assign(**where))
    if not tests:
        return {}
    return {"factors": pd.DataFrame(tests), "factor_levels": pd.concat(levels, ignore_index=True),
            "factor_pairs": pd.concat(pairs, ignore_index=True)}  # fmt: skip
