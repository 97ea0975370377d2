"""Psychometric curve: how often the network chooses the positive side, against the signed strength of evidence."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float, Int
from scipy.optimize import minimize
from scipy.special import expit

from engine.analysis.interval import wilson
from engine.analysis.variable_bins import bin_values, column, find_variable
from engine.component import Invalid
from engine.recording import Recording
from engine.tasks.task import Task, Variable

LARGEST_LAPSE = 0.5  # per side; beyond it the curve would not rise


@dataclass(frozen=True)
class Logistic:
    """P(positive | x) = low + (1 - low - high) / (1 + exp(-steepness (x - midpoint))).

    `low_lapse` and `high_lapse` are the rates of lapses on the negative and positive side.
    """

    midpoint: float
    steepness: float
    low_lapse: float
    high_lapse: float

    @property
    def threshold(self) -> float:
        """Distance from the midpoint at which, lapses aside, 75 % of the choices are positive: ln 3 / steepness."""
        return float(np.log(3) / self.steepness)

    @property
    def slope(self) -> float:
        """Rise of the curve at its midpoint, lapses included, in 1 per unit of the variable."""
        return (1 - self.low_lapse - self.high_lapse) * self.steepness / 4

    def __call__(self, x: Float[np.ndarray, " points"]) -> Float[np.ndarray, " points"]:
        return self.low_lapse + (1 - self.low_lapse - self.high_lapse) * expit(self.steepness * (x - self.midpoint))


@dataclass(frozen=True, eq=False)
class Psychometric:
    """Proportion of positive choices at every strength with its Wilson interval, and the fitted curve.

    `intervals` holds for midpoint, threshold, slope and both lapses the percentile bootstrap interval at `confidence`
    (trials drawn anew); it is empty without a bootstrap. Strength is in the variable's unit.
    """

    variable: Variable
    strength: Float[np.ndarray, " strengths"]
    n: Int[np.ndarray, " strengths"]
    positive: Int[np.ndarray, " strengths"]
    proportion: Float[np.ndarray, " strengths"]
    low: Float[np.ndarray, " strengths"]
    high: Float[np.ndarray, " strengths"]
    confidence: float
    fit: Logistic | None
    intervals: dict[str, tuple[float, float]]
    remarks: tuple[str, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row per strength; `fitted` is the curve there."""
        fitted = {} if self.fit is None else {"fitted_proportion": self.fit(self.strength)}
        return pd.DataFrame({
            column(self.variable): self.strength, "trials": self.n, "positive_choices": self.positive,
            "proportion": self.proportion, "wilson_low": self.low, "wilson_high": self.high, **fitted,
        })  # fmt: skip

    def fit_table(self) -> pd.DataFrame:
        """One row per parameter of the fit, with its interval."""
        if self.fit is None:
            return pd.DataFrame(columns=["parameter", "value", "low", "high"])
        empty = (np.nan, np.nan)
        rows = [(name, value, *self.intervals.get(name, empty)) for name, value in _measures(self.fit).items()]
        return pd.DataFrame(rows, columns=["parameter", "value", "low", "high"])


def psychometric(
    recording: Recording, task: Task, rng: np.random.Generator, bootstraps: int = 200, confidence: float = 0.95,
    bins: int = 32,
) -> Psychometric:  # fmt: skip
    """The psychometric curve of a network. Raises Invalid if the task has no choice or the network never chose."""
    name, choice = task.psychometric_variable, task.choice(recording.outputs, recording.trials)
    if name is None or choice is None:
        raise Invalid(
            f"{task.title or type(task).__name__} has no choice between two sides of one variable, so it has no "
            "psychometric curve; take a decision task."
        )
    variable = find_variable(task, recording.trials, name, per_trial=True)
    found = choice.detach().cpu().double()
    decided = found.isfinite() & (found != 0.5)
    if not decided.any():
        raise Invalid("The network never chose: its outputs tie, or are not finite numbers, in every trial.")
    binned = bin_values(recording.trials.conditions[name][decided], variable, bins)
    number, chosen = binned.index.numpy(), (found[decided] > 0.5).numpy()
    n = np.bincount(number, minlength=binned.n)
    positive = np.bincount(number, chosen, minlength=binned.n).astype(int)
    fit = fit_logistic(binned.values, n, positive) if binned.n > 1 else None
    intervals = bootstrap(binned.values, n, positive, fit, rng, bootstraps, confidence) if fit and bootstraps else {}
    low, high = wilson(positive, n, confidence)
    return Psychometric(
        variable, binned.values, n, positive, positive / n, low, high, confidence, fit, intervals,
        _remarks(int((~decided).sum()), fit, intervals, binned.values),
    )  # fmt: skip


def fit_logistic(
    x: Float[np.ndarray, " strengths"],
    n: Int[np.ndarray, " strengths"],
    positive: Int[np.ndarray, " strengths"],
    start: Logistic | None = None,
) -> Logistic:
    """The curve of highest likelihood among rising curves with lapses below one half on either side.

    source: Wichmann & Hill (2001) Percept. Psychophys. 63: 1293. The midpoint stays within the strengths shown and the
    threshold between a hundredth of the smallest gap of strengths and a hundred times their range.
    """
    origin, scale = float(x.min()), float(np.ptp(x))
    place = (x - origin) / scale  # 0..1, so that all four parameters are of order 1
    threshold = np.diff(np.unique(place)).min() / 100, 100
    lapse = 0, LARGEST_LAPSE - 1e-6
    bounds = [(0, 1), tuple(np.log(np.log(3) / np.array(threshold[::-1]))), lapse, lapse]
    if start is None:
        guesses = [(0.5, np.log(steepness), low, low) for steepness in (4, 20, 80) for low in (0.01, 0.15)]
    else:
        middle, log_steepness = (start.midpoint - origin) / scale, np.log(start.steepness * scale)
        guesses = [(middle, log_steepness, start.low_lapse, start.high_lapse)]
    runs = [
        minimize(_surprise, np.clip(guess, *np.transpose(bounds)), (place, n, positive), jac=True, bounds=bounds)
        for guess in guesses
    ]
    middle, log_steepness, low, high = min(runs, key=lambda run: run.fun).x
    return Logistic(origin + scale * float(middle), float(np.exp(log_steepness)) / scale, float(low), float(high))


def bootstrap(x, n, positive, fit, rng, bootstraps, confidence) -> dict[str, tuple[float, float]]:
    """Percentile intervals from fits to trials drawn anew, with replacement, from all decided trials."""
    cells = np.concatenate([positive, n - positive])
    drawn = rng.multinomial(cells.sum(), cells / cells.sum(), size=bootstraps).reshape(bootstraps, 2, len(x))
    found = []
    for yes, no in drawn:
        kept = yes + no > 0
        if kept.sum() > 1:
            found.append(_measures(fit_logistic(x[kept], (yes + no)[kept], yes[kept], fit)))
    edges = np.array([(1 - confidence) / 2, (1 + confidence) / 2])
    return {name: tuple(np.quantile([f[name] for f in found], edges).tolist()) for name in _measures(fit)}


def _surprise(free, x, n, positive) -> tuple[float, Float[np.ndarray, " parameters"]]:
    """Mean negative log likelihood and its gradient by midpoint, log steepness and both lapses."""
    midpoint, steepness, low, high = free[0], np.exp(free[1]), free[2], free[3]
    rise, span = expit(steepness * (x - midpoint)), 1 - low - high
    p = (low + span * rise).clip(1e-12, 1 - 1e-12)
    total = n.sum()
    by_p = -(positive / p - (n - positive) / (1 - p)) / total
    bend = span * rise * (1 - rise)
    parts = -bend * steepness, bend * steepness * (x - midpoint), 1 - rise, -rise
    value = -(positive * np.log(p) + (n - positive) * np.log1p(-p)).sum() / total
    return value, np.array([(by_p * part).sum() for part in parts])


def _measures(fit: Logistic) -> dict[str, float]:
    names = "midpoint", "threshold", "slope", "low_lapse", "high_lapse"
    return {name: getattr(fit, name) for name in names}


def _remarks(
    undecided: int, fit: Logistic | None, intervals: dict[str, tuple[float, float]], x: Float[np.ndarray, " strengths"]
) -> tuple[str, ...]:
    said = []
    if undecided:
        said.append(f"{undecided} trials without a choice (ties or numbers that are not finite) are left out.")
    if fit is None:
        return (*said, "Only one strength was shown, so no curve is fitted.")
    rise = expit(fit.steepness * (x - fit.midpoint))
    if ((rise < 0.02) | (rise > 0.98)).all():
        said.append("No strength lies on the flank of the curve, so its slope is only known to be large.")
    if any(intervals.get(side) == (0.0, 0.0) for side in ("low_lapse", "high_lapse")):
        said.append("A lapse interval of 0 to 0 means that no lapse was seen, not that there are none.")
    if np.ptp(fit(x)) < 0.1:
        said.append("The choices hardly depend on the variable, so midpoint and threshold mean little.")
    return tuple(said)
