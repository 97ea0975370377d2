"""Recovery: how well fitted weights agree with a wiring that is known.

A small error of prediction does not tell whether the wiring was found; these scores do. The agreement of circulant
averages is high for almost everything and is only given beside the others.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float
from scipy.optimize import quadratic_assignment

from engine.component import Invalid

Square = Float[np.ndarray, "post pre"]
Known = Float[np.ndarray, "known known"]


@dataclass(frozen=True, eq=False)
class Recovery:
    """Scores of estimated against true weights of the same units in the same order, self-connections left out.

    `entrywise` is the correlation of all weights. `profile` is the correlation of the means by displacement on the
    ring, and `ringness` the share of the variance of the estimate that these means explain. `p` is the share of
    relabellings of the units of the truth that agree as well; `by_chance` is their mean entrywise correlation.
    """

    entrywise: float
    profile: float
    ringness: float
    by_chance: float
    p: float
    relabellings: int
    remarks: tuple[str, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row."""
        return pd.DataFrame([{
            "entrywise_correlation": self.entrywise, "profile_correlation": self.profile, "ringness": self.ringness,
            "entrywise_by_chance": self.by_chance, "p": self.p, "relabellings": self.relabellings,
        }])  # fmt: skip


def recovery(estimate: Square, truth: Known, rng: np.random.Generator, relabellings: int = 200) -> Recovery:
    """Scores of an estimate. Raises Invalid where the two have different units."""
    _require_same(estimate, truth)
    found = entrywise(estimate, truth)
    orders = (rng.permutation(len(truth)) for _ in range(relabellings))
    null = np.array([entrywise(estimate, truth[np.ix_(order, order)]) for order in orders])
    as_good = int((null >= found - 1e-12).sum())
    return Recovery(
        found,
        correlation(profile(estimate)[1:], profile(truth)[1:]),
        ringness(estimate),
        float(null.mean()) if relabellings else np.nan,
        (1 + as_good) / (1 + relabellings),
        relabellings,
    )


def correlation(a: Float[np.ndarray, "*any"], b: Float[np.ndarray, "*any"]) -> float:
    """Pearson's correlation; 0 where one does not vary."""
    a, b = a.ravel() - a.mean(), b.ravel() - b.mean()
    size = np.sqrt((a @ a) * (b @ b))
    return float(a @ b / size) if size > 1e-300 else 0.0


def entrywise(estimate: Square, truth: Square) -> float:
    """Correlation of all weights between different units."""
    others = _others(len(truth))
    return correlation(estimate[others], truth[others])


def profile(weights: Square) -> Float[np.ndarray, " displacements"]:
    """Mean weight by displacement on the ring, post minus pre, from 0 to n - 1."""
    n = len(weights)
    steps = (np.arange(n)[:, None] - np.arange(n)) % n
    return np.bincount(steps.ravel(), weights.ravel().astype(float), n) / n


def circulant(weights: Square) -> Square:
    """The weights with each replaced by the mean over all pairs of its displacement."""
    n = len(weights)
    return profile(weights)[(np.arange(n)[:, None] - np.arange(n)) % n]


def ringness(weights: Square) -> float:
    """Share of the variance of weights between different units that their circulant average explains."""
    others = _others(len(weights))
    found, mean = weights[others].astype(float), circulant(weights)[others]
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
