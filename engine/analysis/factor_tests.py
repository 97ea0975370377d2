"""Factor analysis: does a measure differ between the levels of a factor, between which, and by how much?"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float
from scipy import stats

from engine.analysis.interval import LEVEL, interval
from engine.component import Invalid

Policy = Literal["left_out", "as_level", "refuse"]
DRAWS = 5000


@dataclass(frozen=True)
class Level:
    """One level of a factor: mean over runs with its 95 % interval by Student's t and by the bootstrap (percentile).

    `runs` were counted, `lost` had diverged and were treated as the policy says.
    """

    name: str
    runs: int
    lost: int
    mean: float
    sd: float
    t_low: float
    t_high: float
    bootstrap_low: float
    bootstrap_high: float


@dataclass(frozen=True)
class Pair:
    """Two levels: Mann-Whitney U test, two-sided, corrected by Holm; `delta` is Cliff's, -1 … 1, above 0 if `second`
    is the larger."""

    first: str
    second: str
    u: float
    p: float
    p_holm: float
    delta: float


@dataclass(frozen=True)
class FactorTest:
    """Kruskal-Wallis over all levels: H, p, and the effect size ε² = H / (n - 1), 0 … 1. nan where nothing varies."""

    factor: str
    h: float
    p: float
    effect: float
    levels: tuple[Level, ...]
    pairs: tuple[Pair, ...]
    policy: str
    remarks: tuple[str, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row per level."""
        return pd.DataFrame([{"factor": self.factor, **vars(level)} for level in self.levels])

    def pair_table(self) -> pd.DataFrame:
        """One row per pair of levels."""
        return pd.DataFrame([{"factor": self.factor, **vars(pair)} for pair in self.pairs])


def factor_test(
    values: Float[np.ndarray, " runs"],
    levels: Sequence[str],
    lost: Bool[np.ndarray, " runs"] | None = None,
    policy: Policy = "left_out",
    stand_in: float = math.nan,
    factor: str = "variant",
    seed: int = 0,
) -> FactorTest:
    """Ranks only, so that bimodal accuracies do no harm. Runs that diverged, or have no number, are `lost`.

    left_out: they do not count, and a remark says how many; as_level: `stand_in`, such as the chance level, stands for
    them; refuse: Invalid is raised. (The published analysis let one such run make the whole test nan, and read that
    as "not significant".)
    source: Kruskal & Wallis (1952); Tomczak & Tomczak (2014) for ε²; Holm (1979); Cliff (1993).
    """
    names = np.asarray(levels)
    gone = ~np.isfinite(values) | (False if lost is None else lost)
    kept, remarks = _treated(np.asarray(values, dtype=float), gone, policy, stand_in)
    groups = {name: kept[names == name] for name in dict.fromkeys(levels)}
    groups = {name: found[np.isfinite(found)] for name, found in groups.items()}
    full = {name: found for name, found in groups.items() if len(found)}
    h, p = _kruskal(list(full.values()))
    n = sum(map(len, full.values()))
    rng = np.random.default_rng(seed)
    told = tuple(_level(name, found, int(gone[names == name].sum()), rng) for name, found in groups.items())
    return FactorTest(
        factor, h, p, h / (n - 1) if n > 1 else math.nan, told, _pairs(full), policy,
        (*remarks, *(f"No run of {name} is left." for name in groups if name not in full)),
    )  # fmt: skip


def _treated(
    values: np.ndarray, gone: np.ndarray, policy: Policy, stand_in: float
) -> tuple[np.ndarray, tuple[str, ...]]:
    count = int(gone.sum())
    if not count:
        return values, ()
    if policy == "refuse":
        raise Invalid(f"{count} of {len(values)} runs diverged; leave them out, or say what stands for them.", "policy")
    if policy == "as_level":
        if not math.isfinite(stand_in):
            raise Invalid("Say which number stands for runs that diverged, for instance the chance level.", "stand_in")
        return np.where(gone, stand_in, values), (f"{count} runs that diverged count as {stand_in:g}.",)
    return np.where(gone, math.nan, values), (f"{count} runs that diverged are left out.",)


def _kruskal(groups: list[np.ndarray]) -> tuple[float, float]:
    if len(groups) < 2 or not np.ptp(np.concatenate(groups)):
        return math.nan, math.nan
    found = stats.kruskal(*groups)
    return float(found.statistic), float(found.pvalue)


def _level(name: str, values: np.ndarray, lost: int, rng: np.random.Generator) -> Level:
    n = len(values)
    mean, t_low, t_high = interval(values)
    sd = float(values.std(ddof=1)) if n > 1 else math.nan
    low, high = math.nan, math.nan
    if n > 1:
        drawn = values[rng.integers(n, size=(DRAWS, n))].mean(1)
        low, high = map(float, np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]))
    return Level(name, n, lost, mean, sd, t_low, t_high, low, high)


def _pairs(groups: Mapping[str, np.ndarray]) -> tuple[Pair, ...]:
    both = list(itertools.combinations(groups, 2))
    tests = [stats.mannwhitneyu(groups[b], groups[a], alternative="two-sided") for a, b in both]
    corrected = holm(np.array([test.pvalue for test in tests]))
    sizes = [len(groups[a]) * len(groups[b]) for a, b in both]
    return tuple(
        Pair(a, b, float(test.statistic), float(test.pvalue), float(p), float(2 * test.statistic / size - 1))
        for (a, b), test, p, size in zip(both, tests, corrected, sizes, strict=True)
    )


def holm(p: Float[np.ndarray, " tests"]) -> Float[np.ndarray, " tests"]:
    """p-values corrected step by step, so that the chance of one false finding among all stays below the level.

    source: Holm (1979) Scand. J. Stat. 6: 65.
    """
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    corrected = np.empty_like(stepped)
    corrected[order] = stepped.clip(max=1.0)
    return corrected
