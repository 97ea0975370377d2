"""Trajectories: the path of the population through the few directions in which its condition means differ most."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from engine.analysis.variable_bins import Bins
from engine.component import Invalid


@dataclass(frozen=True, eq=False)
class Axes:
    """Orthonormal directions in the space of units, of largest variance first, through the mean `centre`.

    Every axis points so that its largest loading is positive, which keeps pictures of later recordings comparable.
    `explained` is the share of the variance over condition means and time; 0 if nothing varies.
    """

    centre: Float[np.ndarray, " units"]
    directions: Float[np.ndarray, "components units"]
    explained: Float[np.ndarray, " components"]

    def project(self, activity: Float[np.ndarray, "*points units"]) -> Float[np.ndarray, "*points components"]:
        """The coordinates of any activity of the same units, e.g. of single trials or of another recording."""
        if activity.shape[-1] != len(self.centre):
            raise Invalid(f"These axes are of {len(self.centre)} units, the activity is of {activity.shape[-1]}.")
        return (activity - self.centre) @ self.directions.T


@dataclass(frozen=True, eq=False)
class Trajectories:
    """Condition means in the coordinates of `axes`. Activity is dimensionless.

    A variable that changes within a trial (e.g. heading) has one mean per bin and a single "time", since its condition
    means run over all steps; `time_ms` is then empty of meaning and 0.
    """

    axes: Axes
    points: Float[np.ndarray, "conditions times components"]
    time_ms: Float[np.ndarray, " times"]
    bins: Bins
    remarks: tuple[str, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row per condition and time, one column per component."""
        conditions, times = (index.ravel() for index in np.indices(self.points.shape[:2]))
        columns = {self.bins.column: self.bins.in_table[conditions], "time_ms": self.time_ms[times]}
        found = self.points.reshape(-1, self.points.shape[2])
        return pd.DataFrame({**columns, **{f"pc{k + 1}": found[:, k] for k in range(found.shape[1])}})

    def axes_table(self) -> pd.DataFrame:
        """One row per component: the share of variance that it explains."""
        share = self.axes.explained
        return pd.DataFrame({"component": np.arange(1, len(share) + 1), "explained_variance_share": share})


def trajectories(
    activity: Float[Tensor, "trials steps units"],
    bins: Bins,
    dt_ms: float,
    components: int = 3,
    axes: Axes | None = None,
) -> Trajectories:
    """The condition means along their own principal axes, or along given axes, e.g. those of an earlier snapshot."""
    means = condition_means(activity, bins)
    axes = principal_axes(means, components) if axes is None else axes
    remarks = () if axes.explained.any() else ("The condition means do not differ and do not change in time.",)
    return Trajectories(axes, axes.project(means), np.arange(means.shape[1]) * float(dt_ms), bins, remarks)


def condition_means(
    activity: Float[Tensor, "trials steps units"], bins: Bins
) -> Float[np.ndarray, "conditions times units"]:
    """The mean activity in every condition: over trials, or over all steps in the bin if the variable is a trace."""
    found = activity.detach().cpu()
    if not found.isfinite().all():
        raise Invalid("The activity holds values that are not finite numbers: the network diverged.")
    means = [found[bins.index == b].double().mean(0) for b in range(bins.n)]
    stacked = torch.stack(means).numpy()
    return stacked[:, None] if bins.is_trace else stacked


def principal_axes(means: Float[np.ndarray, "conditions times units"], components: int = 3) -> Axes:
    """Principal components of the condition means over all conditions and times."""
    points = means.reshape(-1, means.shape[-1])
    centre = points.mean(0)
    _, spread, directions = np.linalg.svd(points - centre, full_matrices=False)
    kept = min(components, len(directions))
    largest = np.abs(directions[:kept]).argmax(1)
    signs = np.where(directions[np.arange(kept), largest] < 0, -1.0, 1.0)
    total = float((spread**2).sum())
    tiny = points.size * (np.finfo(float).eps * np.abs(points).max(initial=0.0)) ** 2  # rounding is not variance
    explained = spread[:kept] ** 2 / total if total > tiny else np.zeros(kept)
    return Axes(centre, directions[:kept] * signs[:, None], explained)
