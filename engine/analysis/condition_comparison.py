"""Condition comparison: whether networks of two conditions differ, by permutation over runs, for many measures."""

import itertools
import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from engine.analysis.significance import benjamini_hochberg
from engine.component import Invalid

MOST_EXACT = 20_000  # ways to divide the runs, above which some of them are drawn


@dataclass(frozen=True, eq=False)
class Comparison:
    """B minus A of many measures: difference of the means over runs, p of a permutation of runs, q after correction.

    `low` and `high` are the 95 % bootstrap interval of the difference; `least_p` is the smallest p that so few runs can
    give: below it nothing can be shown.
    """

    names: tuple[str, ...]
    first: Float[np.ndarray, " measures"]
    second: Float[np.ndarray, " measures"]
    difference: Float[np.ndarray, " measures"]
    low: Float[np.ndarray, " measures"]
    high: Float[np.ndarray, " measures"]
    p: Float[np.ndarray, " measures"]
    q: Float[np.ndarray, " measures"]
    least_p: float
    remarks: tuple[str, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row per measure."""
        columns = ("first", "second", "difference", "low", "high", "p", "q")
        return pd.DataFrame({"measure": self.names, **{name: getattr(self, name) for name in columns}})


def comparison(
    first: Float[np.ndarray, "runs measures"],
    second: Float[np.ndarray, "runs_too measures"],
    names: tuple[str, ...],
    seed: int = 0,
    each: str = "run",
) -> Comparison:
    """Runs (or what `each` says) are what is exchanged: pairs of runs are not independent, and the published pair
    differences have no test.

    source: two-sided permutation test of the difference of means (Phipson & Smyth 2010, doi 10.2202/1544-6115.1585),
    Benjamini & Hochberg (1995). Raises Invalid with fewer than two runs of either condition.
    """
    if min(len(first), len(second)) < 2:
        said = f"{len(first)} and {len(second)} {each}s cannot be compared"
        raise Invalid(f"{said}; train at least 2 in each condition.")
    rng, pooled = np.random.default_rng(seed), np.concatenate([first, second]).astype(float)
    found = second.mean(0) - first.mean(0)
    chosen, is_exact = _divisions(len(pooled), len(second), rng)
    share = chosen / len(second) - (1 - chosen) / len(first)  # [divisions, runs]
    size = np.abs(pooled).max(0, initial=0.0)
    as_large = ~(np.abs(share @ pooled) < np.abs(found) - 1e-9 * size)  # what is no number is no difference
    p = as_large.mean(0) if is_exact else (1 + as_large.sum(0)) / (1 + len(chosen))
    low, high = _bootstrap(first, second, rng)
    least = min(1.0, (2 if len(first) == len(second) else 1) / math.comb(len(pooled), len(second)))
    said = f"So few {each}s give no p below {least:.2g}, so that nothing can count as a difference."
    remarks = (said,) if least > 0.05 else ()
    return Comparison(
        names, first.mean(0), second.mean(0), found, low, high, p, benjamini_hochberg(p), least, remarks
    )  # fmt: skip


def _divisions(runs: int, chosen: int, rng: np.random.Generator) -> tuple[Float[np.ndarray, "divisions runs"], bool]:
    """1 for the runs that are given to the second condition; every division, or as many random ones."""
    if math.comb(runs, chosen) <= MOST_EXACT:
        rows = list(itertools.combinations(range(runs), chosen))
        found = np.zeros((len(rows), runs))
        np.put_along_axis(found, np.array(rows), 1.0, 1)
        return found, True
    return (rng.random((MOST_EXACT, runs)).argsort(1) < chosen).astype(float), False


def _bootstrap(first, second, rng: np.random.Generator, draws: int = 2000) -> tuple[np.ndarray, np.ndarray]:
    means = [part[rng.integers(len(part), size=(draws, len(part)))].mean(1) for part in (first, second)]
    low, high = np.quantile(means[1] - means[0], [0.025, 0.975], axis=0)
    return low, high
