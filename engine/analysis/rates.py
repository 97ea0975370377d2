"""Rates: how active every unit is, in which epoch and condition, and which units never speak."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Bool, Float, Int

from engine.analysis.variable_bins import Bins, all_trials, finite_rates, unit_names
from engine.component import Invalid
from engine.recording import Recording


@dataclass(frozen=True, eq=False)
class Rates:
    """Mean rates by unit and epoch, and the course of the rate in every condition. Rates are dimensionless.

    `sem` is the standard error over the trials of a condition; 0 where there is one trial only. `is_silent` marks
    units whose |rate| never exceeds the threshold, `is_constant` those whose rate never changes by more than it.
    `time_ms` is the beginning of the step at whose end the rate was reached.
    """

    epochs: tuple[str, ...]
    mean_by_epoch: Float[np.ndarray, "epochs units"]
    bins: Bins
    n: Int[np.ndarray, " conditions"]
    time_ms: Float[np.ndarray, " steps"]
    mean: Float[np.ndarray, "conditions steps units"]
    sem: Float[np.ndarray, "conditions steps units"]
    is_silent: Bool[np.ndarray, " units"]
    is_constant: Bool[np.ndarray, " units"]
    names: tuple[str, ...]
    remarks: tuple[str, ...] = ()

    @property
    def conditions(self) -> tuple[str, ...]:
        """The names of the conditions."""
        return self.bins.labels

    @property
    def silent_share(self) -> float:
        """Share of the units that are silent."""
        return float(self.is_silent.mean())

    def table(self) -> pd.DataFrame:
        """One row per condition, time and unit."""
        conditions, steps, units = (index.ravel() for index in np.indices(self.mean.shape))
        called = np.array(self.names, dtype=object)
        return pd.DataFrame({
            self.bins.column: self.bins.in_table[conditions], "time_ms": self.time_ms[steps], "unit": called[units],
            "rate_mean": self.mean.ravel(), "rate_sem": self.sem.ravel(),
        })  # fmt: skip

    def epoch_table(self) -> pd.DataFrame:
        """One row per unit, one column per epoch."""
        means = {f"rate_mean_{epoch}": self.mean_by_epoch[k] for k, epoch in enumerate(self.epochs)}
        return pd.DataFrame({"unit": self.names, **means, "is_silent": self.is_silent, "is_constant": self.is_constant})


def rates(
    recording: Recording, bins: Bins | None = None, silent_below: float = 1e-3, names: tuple[str, ...] | None = None
) -> Rates:
    """Mean rates by epoch and by condition; without bins, all trials are one condition."""
    found, trials = finite_rates(recording), recording.trials
    bins = all_trials(trials) if bins is None else bins
    if bins.is_trace:
        raise Invalid(f"'{bins.variable.name}' changes within a trial, so it does not divide the trials.", "variable")
    low, high = found.amin((0, 1)), found.amax((0, 1))
    is_silent = torch.maximum(low.abs(), high.abs()) <= silent_below
    epochs = tuple(name for name in trials.epochs if trials.epochs[name].stop > trials.epochs[name].start)
    mean, sem, n = by_condition(found, bins)
    silent = int(is_silent.sum())
    return Rates(
        epochs=epochs,
        mean_by_epoch=np.stack([found[:, trials.epochs[e]].double().mean((0, 1)).numpy() for e in epochs]),
        bins=bins,
        n=n,
        time_ms=np.arange(trials.steps) * float(trials.epochs.dt_ms),
        mean=mean,
        sem=sem,
        is_silent=is_silent.numpy(),
        is_constant=(high - low <= silent_below).numpy(),
        names=unit_names(names, found.shape[2]),
        remarks=(f"{silent} of {len(is_silent)} units never exceed a rate of {silent_below:g}.",) if silent else (),
    )


def by_condition(
    found: Float[torch.Tensor, "trials steps units"], bins: Bins
) -> tuple[Float[np.ndarray, "bins steps units"], Float[np.ndarray, "bins steps units"], Int[np.ndarray, " bins"]]:
    """Mean and standard error over the trials of every condition, and the number of trials."""
    means, errors, counts = [], [], []
    for b in range(bins.n):
        part = found[bins.index == b].double()
        n = len(part)
        means.append(part.mean(0).numpy())
        errors.append((part.std(0) / n**0.5).numpy() if n > 1 else np.zeros(part.shape[1:]))
        counts.append(n)
    return np.stack(means), np.stack(errors), np.array(counts)
