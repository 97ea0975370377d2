"""Bins of a task variable: which trials or time steps count as the same condition."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, Shaped
from torch import Tensor

from engine.component import Invalid, near
from engine.recording import Recording
from engine.tasks.task import Task, Trials, Variable

ALL_TRIALS = Variable("all trials", "categorical", labels=("all trials",))


@dataclass(frozen=True, eq=False)
class Bins:
    """The bin of every trial, or of every step of every trial (-1 = none), and what the bins stand for.

    `values` are in the variable's unit: exact values where the variable takes only a few, else the centres of bins of
    equal width; for a categorical variable they are the category's number. Bins without any sample are left out.
    """

    variable: Variable
    index: Int[Tensor, "trials *steps"]
    values: Float[np.ndarray, " bins"]
    labels: tuple[str, ...]

    @property
    def n(self) -> int:
        """Number of bins."""
        return len(self.values)

    @property
    def is_trace(self) -> bool:
        """Whether the variable changes within a trial."""
        return self.index.ndim == 2

    @property
    def in_table(self) -> Shaped[np.ndarray, " bins"]:
        """How the bins are told in a table: by their value, or by name if they are categories."""
        return np.array(self.labels, dtype=object) if self.variable.kind == "categorical" else self.values

    @property
    def column(self) -> str:
        """The variable's name with its unit, as the head of a column."""
        return column(self.variable)


def column(variable: Variable) -> str:
    """The variable's name with its unit, as the head of a column."""
    unit = {"%": "percent", "°": "deg", "°/s": "deg_s"}.get(variable.unit, variable.unit)
    return "_".join(part.replace(" ", "_") for part in (variable.name, unit) if part)


def find_variable(task: Task, trials: Trials, name: str = "", per_trial: bool = False) -> Variable:
    """The task variable called `name`; the task's first one if no name is given.

    `per_trial` admits only variables with one value per trial. Raises Invalid if there is none.
    """
    known = [v for v in task.variables if v.name in trials.conditions or (v.name in trials.traces and not per_trial)]
    if not known:
        what = "variable that is fixed within a trial" if per_trial else "variable that activity may be tuned to"
        raise Invalid(f"This task has no {what}; choose another task or analysis.", "variable")
    found = next((v for v in known if v.name == name or not name), None)
    if found is None:
        names = [v.name for v in known]
        raise Invalid(f"There is no variable '{name}'; there are {', '.join(names)}.{near(name, names)}", "variable")
    return found


def bin_trials(trials: Trials, variable: Variable, bins: int) -> Bins:
    """Every trial (or step, if the variable is a trace) put into one of at most `bins` bins; categories stay apart."""
    source = trials.conditions if variable.name in trials.conditions else trials.traces
    return bin_values(source[variable.name], variable, bins)


def all_trials(trials: Trials) -> Bins:
    """One bin that holds every trial."""
    return Bins(ALL_TRIALS, torch.zeros(trials.n, dtype=torch.long), np.zeros(1), ALL_TRIALS.labels)


def bin_values(values: Shaped[Tensor, "trials *steps"], variable: Variable, bins: int) -> Bins:
    """Values put into bins; values that are not finite belong to none. Raises Invalid if no value is finite."""
    found = values.detach().cpu().double().numpy()
    finite = np.isfinite(found)
    if not finite.any():
        raise Invalid(f"No trial has a value of '{variable.name}'.", "variable")
    period = _period(variable) if variable.kind == "circular" else 0.0
    digits = 6 - int(np.ceil(np.log10(max(np.abs(found[finite]).max(), period, 1e-30))))  # as single precision holds
    found = np.mod(found, period).round(digits) % round(period, digits) if period else found.round(digits)
    exact = np.unique(found[finite])
    if variable.kind == "categorical" or len(exact) <= bins:
        centres, number = exact, np.searchsorted(exact, np.where(finite, found, exact[0]))
    else:
        centres, number = _equal_bins(np.where(finite, found, exact[0]), exact, variable, bins)
    return _without_empty(variable, np.where(finite, number, -1), centres)


def within(bins: Bins, steps: Bool[Tensor, "trials steps"]) -> Bins:
    """The bins restricted to some steps, and to the trials that have any. Raises Invalid if nothing is left."""
    index = torch.where(steps if bins.is_trace else steps.any(1), bins.index, -1)
    if not (index >= 0).any():
        raise Invalid(f"'{bins.variable.name}' has no value in the chosen steps.", "epoch")
    return _without_empty(bins.variable, index.numpy(), bins.values)


def steps_of(trials: Trials, epoch: str = "") -> Bool[Tensor, "trials steps"]:
    """The time steps of an epoch; without a name, all scored steps. Raises Invalid if there are none."""
    if not epoch:
        chosen = trials.scored.cpu()
    elif epoch not in trials.epochs.slices:
        names = list(trials.epochs)
        raise Invalid(f"There is no epoch '{epoch}'; there are {', '.join(names)}.{near(epoch, names)}", "epoch")
    else:
        chosen = torch.zeros(trials.n, trials.steps, dtype=torch.bool)
        chosen[:, trials.epochs[epoch]] = True
    if not chosen.any():
        raise Invalid(f"The epoch '{epoch or 'scored steps'}' has no time step in these trials.", "epoch")
    return chosen


def finite_rates(recording: Recording) -> Float[Tensor, "trials steps units"]:
    """The rates. Raises Invalid with the first unit and trial where one is not finite, or if there are none."""
    rates = recording.rates.detach().cpu()
    if not rates.numel():
        raise Invalid("The recording is empty: it needs at least one trial, one time step and one unit.")
    if not rates.isfinite().all():
        trial, step, unit = (~rates.isfinite()).nonzero()[0].tolist()
        raise Invalid(
            f"The rate of unit {unit} is not a finite number in trial {trial} at step {step}: the network diverged. "
            "Analyse an earlier snapshot."
        )
    return rates


def unit_names(names: tuple[str, ...] | None, n: int) -> tuple[str, ...]:
    """The given names, or 'unit 0', 'unit 1' and so on."""
    return names if names is not None else tuple(f"unit {k}" for k in range(n))


def _period(variable: Variable) -> float:
    if variable.period is None:
        raise Invalid(f"The circular variable '{variable.name}' has no period.", "variable")
    return variable.period


def _equal_bins(found: np.ndarray, exact: np.ndarray, variable: Variable, bins: int) -> tuple[np.ndarray, np.ndarray]:
    if variable.kind == "circular":
        width = _period(variable) / bins
        return np.arange(bins) * width, np.floor(found / width + 0.5).astype(int) % bins
    low, width = exact[0], (exact[-1] - exact[0]) / bins
    return low + (np.arange(bins) + 0.5) * width, np.floor((found - low) / width).astype(int).clip(0, bins - 1)


def _without_empty(variable: Variable, number: np.ndarray, centres: np.ndarray) -> Bins:
    used = np.unique(number[number >= 0])
    place = np.full(len(centres) + 1, -1)
    place[used] = np.arange(len(used))
    values = centres[used]
    return Bins(variable, torch.as_tensor(place[number]), values, tuple(_label(variable, v) for v in values))


def _label(variable: Variable, value: float) -> str:
    if variable.kind == "categorical" and value == int(value) and 0 <= int(value) < len(variable.labels):
        return variable.labels[int(value)]
    return f"{value:.4g}{' ' if variable.unit else ''}{variable.unit}"
