"""Recovery: how well fitted weights agree with a wiring that is known.

A small error of prediction does not tell whether the wiring was found; these scores do. The agreement of circulant
averages is high for almost everything and is only given beside the others.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int
from scipy.optimize import quadratic_assignment

from engine.component import Invalid

Square = Float[np.ndarray, "post pre"]
Known = Float[np.ndarray, "known known"]
Steps = Int[np.ndarray, "post pre"]


@dataclass(frozen=True, eq=False)
class Recovery:
    """Scores of estimated against true weights of the same units in the same order, self-connections left out.

    `entrywise` is the correlation of all weights. `profile` is the correlation of the means by displacement on the
    ring or torus, and `ringness` the share of the variance of the estimate that these means explain; both are NaN for
    units that lie on neither. `p` is the share of relabellings of the units of the truth that agree as well;
    `by_chance` is their mean entrywise correlation, and `null` has that of each. With the ringness goes that of
    relabelled units of the estimate, `ringness_null`.
    """

    entrywise: float
    profile: float
    ringness: float
    by_chance: float
    p: float
    relabellings: int
    null: Float[np.ndarray, " relabellings"]
    ringness_null: Float[np.ndarray, " rings"]
    estimate: Square
    truth: Known
    steps: Steps | None
    remarks: tuple[str, ...] = ()

    @property
    def ringness_p(self) -> float:
        """Share of relabellings of the units of the estimate that are as circulant; NaN off a ring."""
        as_good = int((self.ringness_null >= self.ringness - 1e-12).sum())
        return (1 + as_good) / (1 + len(self.ringness_null)) if self.steps is not None else math.nan

    def table(self) -> pd.DataFrame:
        """One row; what is not defined is left out."""
        found = {
            "entrywise_correlation": self.entrywise, "entrywise_by_chance": self.by_chance, "p": self.p,
            "profile_correlation": self.profile, "ringness": self.ringness,
            "ringness_by_chance": float(self.ringness_null.mean()) if len(self.ringness_null) else math.nan,
            "ringness_p": self.ringness_p, "relabellings": self.relabellings,
        }  # fmt: skip
        return pd.DataFrame([{name: value for name, value in found.items() if not math.isnan(value)}])


def recovery(
    estimate: Square, truth: Known, rng: np.random.Generator, relabellings: int = 200,
    sheet: tuple[int, ...] | None = None, places: Int[np.ndarray, " units"] | None = None,
) -> Recovery:  # fmt: skip
    """Scores of an estimate; the units lie on a ring in order, or at these `places` of this `sheet` (() for none).

    Raises Invalid where the two have different units.
    """
    _require_same(estimate, truth)
    steps = None if sheet == () else displacements(sheet or (len(truth),), places)
    found, ring = entrywise(estimate, truth), math.nan if steps is None else ringness(estimate, steps)
    orders = [rng.permutation(len(truth)) for _ in range(relabellings)]
    null = np.array([entrywise(estimate, truth[np.ix_(order, order)]) for order in orders])
    rings = [] if steps is None else [ringness(estimate[np.ix_(order, order)], steps) for order in orders]
    return Recovery(
        found,
        math.nan if steps is None else _of_profiles(estimate, truth, steps),
        ring,
        float(null.mean()) if relabellings else np.nan,
        (1 + int((null >= found - 1e-12).sum())) / (1 + relabellings),
        relabellings, null, np.array(rings, dtype=float), estimate, truth, steps,
    )  # fmt: skip


def displacements(sheet: tuple[int, ...], places: Int[np.ndarray, " units"] | None = None) -> Steps:
    """The number of the displacement, post minus pre, of every pair of units on a ring or, row by row, on a torus."""
    at = np.stack(np.unravel_index(np.arange(math.prod(sheet)) if places is None else places, sheet))
    away = (at[:, :, None] - at[:, None, :]) % np.array(sheet)[:, None, None]
    return np.ravel_multi_index(tuple(away), sheet)


def _of_profiles(estimate: Square, truth: Known, steps: Steps) -> float:
    there = np.unique(steps[_others(len(truth))])
    return correlation(profile(estimate, steps)[there], profile(truth, steps)[there])


def correlation(a: Float[np.ndarray, "*any"], b: Float[np.ndarray, "*any"]) -> float:
    """Pearson's correlation; 0 where one does not vary."""
    a, b = a.ravel() - a.mean(), b.ravel() - b.mean()
    size = np.sqrt((a @ a) * (b @ b))
    return float(a @ b / size) if size > 1e-300 else 0.0


def entrywise(estimate: Square, truth: Square) -> float:
    """Correlation of all weights between different units."""
    others = _others(len(truth))
    return correlation(estimate[others], truth[others])


def profile(weights: Square, steps: Steps | None = None) -> Float[np.ndarray, " displacements"]:
    """Mean weight by displacement, post minus pre; on a ring in order from 0 to n - 1, else as `steps` number them."""
    steps = displacements((len(weights),)) if steps is None else steps
    count = np.bincount(steps.ravel())
    return np.bincount(steps.ravel(), weights.ravel().astype(float)) / np.maximum(count, 1)


def circulant(weights: Square, steps: Steps | None = None) -> Square:
    """The weights with each replaced by the mean over all pairs of its displacement."""
    steps = displacements((len(weights),)) if steps is None else steps
    return profile(weights, steps)[steps]


def ringness(weights: Square, steps: Steps | None = None) -> float:
    """Share of the variance of weights between different units that their circulant average explains."""
    others = _others(len(weights))
    found, mean = weights[others].astype(float), circulant(weights, steps)[others]
    spread = ((found - found.mean()) ** 2).sum()
    return float(1 - ((found - mean) ** 2).sum() / spread) if spread > 1e-300 else 0.0


def aligned(estimate: Square, truth: Known) -> float:
    """Entrywise correlation after the units of the estimate were put in the order that agrees best (found greedily).

    For units without labels. Any estimate gains by it: compare with that of a shuffled one. Source: the fast
    approximate quadratic assignment of Vogelstein et al. (2015) PLoS ONE 10: e0121002.
    """
    _require_same(estimate, truth)
    others = _others(len(truth))
    options = {"maximize": True, "rng": np.random.default_rng(0)}
    found = quadratic_assignment(np.where(others, truth, 0.0), np.where(others, estimate, 0.0), options=options)
    order = found.col_ind
    return entrywise(estimate[np.ix_(order, order)], truth)


def agreement(estimates: Float[np.ndarray, "seeds post pre"]) -> Float[np.ndarray, " pairs"]:
    """Entrywise correlation between all pairs of estimates: what can be said where the truth is unknown."""
    pairs = zip(*np.triu_indices(len(estimates), 1), strict=True)
    return np.array([entrywise(estimates[i], estimates[j]) for i, j in pairs])


def _others(n: int) -> Bool[np.ndarray, "post pre"]:
    return ~np.eye(n, dtype=bool)


def _require_same(estimate: Square, truth: Known) -> None:
    if estimate.shape != truth.shape or len(truth) < 3 or truth.shape[0] != truth.shape[1]:
        sizes = f"{len(estimate)} units were fitted, but the known wiring has {len(truth)}"
        raise Invalid(f"{sizes}; compare the observed units only, at least three.")
