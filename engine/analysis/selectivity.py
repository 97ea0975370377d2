"""Selectivity: how much of a unit's activity each variable of the task explains, and where such units lie."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Lasso, LassoCV
from sklearn.model_selection import RepeatedKFold

MOST_PAIRS = 10_000_000  # of all random sets that are looked at together
SILENT = 1e-12  # variance below which a unit says nothing


@dataclass(frozen=True, eq=False)
class Selectivity:
    """Explained variance that is lost on held-out trials when a variable is left out, by variable and unit; nan for
    units that do not vary."""

    lost: Mapping[str, Float[np.ndarray, " units"]]


def selectivity(
    activity: Float[np.ndarray, "trials units"],
    variables: Mapping[str, Float[np.ndarray, "trials _"]],
    seed: int = 0,
) -> Selectivity:
    """Sparse regression of the activity of every unit, averaged over a window, on predictors in groups.

    The penalty is chosen by 5-fold cross-validation; then in 3 folds, twice, the model is fitted and the predictors of
    one group after the other are set to 0 on the held-out trials.
    source: Achterberg et al. (2023) Nat Mach Intell 5: 1369, Methods.
    """
    predictors = np.concatenate(list(variables.values()), 1).astype(float)
    predictors = predictors - predictors.mean(0)
    ends = np.cumsum([0, *(group.shape[1] for group in variables.values())])
    columns = {name: slice(a, b) for name, a, b in zip(variables, ends[:-1], ends[1:], strict=True)}
    found = np.full((len(variables), activity.shape[1]), np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for unit in np.flatnonzero(activity.var(0) > SILENT):
            found[:, unit] = _of_unit(activity[:, unit], predictors, columns, seed)
    return Selectivity(dict(zip(variables, found, strict=True)))


def mixed_selectivity(one: Float[np.ndarray, " units"], other: Float[np.ndarray, " units"]) -> float:
    """Correlation over units of what two variables explain: 0 is mixed at random, below 0 is a division of labour."""
    known = np.isfinite(one) & np.isfinite(other)
    if known.sum() < 3 or not (np.ptp(one[known]) and np.ptp(other[known])):
        return float("nan")
    return float(np.corrcoef(one[known], other[known])[0, 1])


def spatial_rank(
    strength: Float[np.ndarray, " units"],
    chosen: Float[np.ndarray, " units"],
    distance: Float[np.ndarray, "units units"],
    rng: np.random.Generator,
    draws: int = 1000,
) -> float:
    """Rank of the mean distance of the chosen units, weighted by strength, among random sets as large.

    0 is clustered, 1 is dispersed; nan with fewer than two units. source: Achterberg et al. (2023), Methods.
    """
    members = np.flatnonzero(chosen)
    if len(members) < 2:
        return float("nan")
    share = np.outer(strength[members], strength[members])
    np.fill_diagonal(share, 0.0)
    total = share.sum() or 1.0
    mine = (share * distance[np.ix_(members, members)]).sum() / total
    sets = rng.permuted(np.tile(np.arange(len(strength)), (draws, 1)), axis=1)[:, : len(members)]
    at_once = max(1, MOST_PAIRS // len(members) ** 2)
    null = [
        (share * distance[some[:, :, None], some[:, None, :]]).sum((1, 2)) / total
        for some in np.split(sets, range(at_once, draws, at_once))
    ]
    null = np.concatenate(null)
    return float((null <= mine).mean())


def _of_unit(
    activity: Float[np.ndarray, " trials"],
    predictors: Float[np.ndarray, "trials predictors"],
    columns: Mapping[str, slice],
    seed: int,
) -> Float[np.ndarray, " variables"]:
    scaled = (activity - activity.mean()) / activity.std()
    alpha = LassoCV(alphas=20, cv=5, max_iter=2000).fit(predictors, scaled).alpha_
    lost = []
    for train, test in RepeatedKFold(n_splits=3, n_repeats=2, random_state=seed).split(predictors):
        model = Lasso(alpha=alpha, max_iter=2000).fit(predictors[train], scaled[train])
        spread = np.square(scaled[test] - scaled[test].mean()).sum()
        if spread < SILENT:
            continue
        lost.append([_gain(model, predictors[test], scaled[test], which) / spread for which in columns.values()])
    return np.mean(lost, 0) if lost else np.full(len(columns), np.nan)


def _gain(model: Lasso, predictors: np.ndarray, activity: np.ndarray, without: slice) -> float:
    """By how much the squared error grows without these predictors."""
    left = predictors.copy()
    left[:, without] = 0.0
    errors = [np.square(activity - model.predict(part)).sum() for part in (left, predictors)]
    return float(errors[0] - errors[1])
