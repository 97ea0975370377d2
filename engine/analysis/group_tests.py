"""Two groups of networks compared: means, a t-test, the size of the effect, and the same at an equal covariate."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy import stats

Values = Float[np.ndarray, "_"]
FEWEST = 3  # of each group


@dataclass(frozen=True)
class GroupTest:
    """First minus second: means with two standard errors, Welch's t, Cohen's d; then at an equal covariate."""

    n: tuple[int, int]
    means: tuple[float, float]
    two_errors: tuple[float, float]
    t: float
    p: float
    d: float
    matched: float
    matched_p: float


def group_test(first: Values, second: Values, covariates: tuple[Values, Values] | None = None) -> GroupTest:
    """Groups are compared as they are, and at an equal covariate by a linear model; nan where there are too few.

    source: Welch (1947) Biometrika 34: 28; Cohen (1988), pooled standard deviation; analysis of covariance with one
    slope.
    """
    n, means = (len(first), len(second)), tuple(float(v.mean()) if len(v) else math.nan for v in (first, second))
    errors = tuple(2 * float(stats.sem(v)) if len(v) > 1 else math.nan for v in (first, second))
    if min(n) < FEWEST:
        return GroupTest(n, means, errors, *(math.nan,) * 5)
    found = stats.ttest_ind(first, second, equal_var=False)
    pooled = math.sqrt(((n[0] - 1) * first.var(ddof=1) + (n[1] - 1) * second.var(ddof=1)) / (sum(n) - 2))
    d = (means[0] - means[1]) / pooled if pooled else math.nan
    matched = (math.nan, math.nan) if covariates is None else _at_equal(first, second, *covariates)
    return GroupTest(n, means, errors, float(found.statistic), float(found.pvalue), d, *matched)


def _at_equal(first: Values, second: Values, x: Values, z: Values) -> tuple[float, float]:
    """The difference that is left when the covariate is held, and its p."""
    y, group = np.concatenate([first, second]), np.repeat([1.0, 0.0], [len(first), len(second)])
    design = np.stack([np.ones_like(y), group, np.concatenate([x, z])], 1)
    free = len(y) - 3
    if free < 1 or np.linalg.matrix_rank(design) < 3:
        return math.nan, math.nan
    weights, *_ = np.linalg.lstsq(design, y, rcond=None)
    variance = float(((y - design @ weights) ** 2).sum()) / free
    error = math.sqrt(variance * np.linalg.inv(design.T @ design)[1, 1])
    t = float(weights[1]) / error if error else math.nan
    return float(weights[1]), float(2 * stats.t.sf(abs(t), free))


def tukey(groups: dict[str, Values]) -> pd.DataFrame:
    """Every pair of groups: difference of the means, p by Tukey's test, and p of the analysis of variance over all.

    source: Tukey (1949) Biometrics 5: 99. Empty with fewer than two groups of two.
    """
    known = {name: values for name, values in groups.items() if len(values) > 1}
    if len(known) < 2:
        return pd.DataFrame(columns=["first", "second", "difference", "p", "anova_p"])
    names, over_all = list(known), float(stats.f_oneway(*known.values()).pvalue)
    found = stats.tukey_hsd(*known.values())
    return pd.DataFrame([
        {"first": names[i], "second": names[j], "difference": float(found.statistic[i, j]),
         "p": float(found.pvalue[i, j]), "anova_p": over_all}
        for i in range(len(names)) for j in range(i + 1, len(names))
    ])  # fmt: skip
