"""Accuracy: how often the network is right, in every condition, beside chance and the ideal observer."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float, Int
from scipy.special import ndtri

from engine.analysis.interval import wilson
from engine.analysis.variable_bins import Bins
from engine.component import Invalid
from engine.recording import Recording
from engine.tasks.task import Task


@dataclass(frozen=True, eq=False)
class Accuracy:
    """Mean score (0..1) of the trials of every condition, of all trials, and of the ideal observer on the same trials.

    `low` and `high` are Wilson's interval where each trial is right or wrong, else the normal one of the mean score.
    """

    bins: Bins
    n: Int[np.ndarray, " conditions"]
    accuracy: Float[np.ndarray, " conditions"]
    low: Float[np.ndarray, " conditions"]
    high: Float[np.ndarray, " conditions"]
    ideal: Float[np.ndarray, " conditions"]
    overall: float
    overall_ideal: float
    chance: float
    remarks: tuple[str, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row per condition."""
        return pd.DataFrame({
            self.bins.column: self.bins.values, "label": self.bins.labels, "trials": self.n, "accuracy": self.accuracy,
            "low": self.low, "high": self.high, "ideal_accuracy": self.ideal, "chance": self.chance,
        })  # fmt: skip


def accuracy(recording: Recording, task: Task, bins: Bins, confidence: float = 0.95) -> Accuracy:
    """The accuracy of a network in every bin of a variable that is fixed within a trial."""
    if bins.is_trace:
        raise Invalid(
            f"'{bins.variable.name}' changes within a trial, so a trial has no single value of it.", "variable"
        )
    trials = recording.trials
    scores = task.correct(recording.outputs, trials).double().numpy()
    best = task.correct(task.ideal(trials), trials).double().numpy()
    parts = [bins.index.numpy() == b for b in range(bins.n)]
    n = np.array([part.sum() for part in parts])
    mean = np.array([scores[part].mean() for part in parts])
    low, high = _interval(scores, parts, n, mean, confidence)
    ideal = np.array([best[part].mean() for part in parts])
    return Accuracy(bins, n, mean, low, high, ideal, float(scores.mean()), float(best.mean()), task.chance)


def _interval(scores, parts, n, mean, confidence) -> tuple[np.ndarray, np.ndarray]:
    if np.isin(scores, (0.0, 1.0)).all():
        return wilson(np.array([scores[part].sum() for part in parts]).astype(int), n, confidence)
    spread = np.array([scores[part].std(ddof=1) if part.sum() > 1 else 0.0 for part in parts])
    reach = ndtri((1 + confidence) / 2) * spread / np.sqrt(n)
    return (mean - reach).clip(0, 1), (mean + reach).clip(0, 1)
