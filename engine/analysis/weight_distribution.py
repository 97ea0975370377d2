"""Weight distribution: how strong connections are, how many have vanished, and how log-normal they are."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int
from scipy.special import ndtr
from torch import Tensor

from engine.analysis.connectivity import array
from engine.component import Invalid


@dataclass(frozen=True)
class LogNormal:
    """The log-normal distribution of highest likelihood: ln |w| has mean `mu` and standard deviation `sigma`.

    `distance` is the largest gap between the two cumulative distributions (Kolmogorov-Smirnov, 0 = perfect fit).
    """

    n: int
    mu: float
    sigma: float
    distance: float

    @property
    def median(self) -> float:
        """Half of the weights are stronger."""
        return float(np.exp(self.mu))


@dataclass(frozen=True, eq=False)
class WeightDistribution:
    """Counts of excitatory (w > 0) and inhibitory (w < 0) weights on common edges, dimensionless.

    On the `log` scale the edges are those of |w|. `zero_share` is the share of the pairs of different units whose
    weight is 0; `lost_share` that of the connections which the mask allows (None without a mask). The fits are of |w|
    and None where fewer than 2 weights differ from 0.
    """

    edges: Float[np.ndarray, " edges"]
    excitatory: Int[np.ndarray, " bins"]
    inhibitory: Int[np.ndarray, " bins"]
    zero_share: float
    lost_share: float | None
    fit: LogNormal | None
    excitatory_fit: LogNormal | None
    inhibitory_fit: LogNormal | None
    scale: str
    remarks: tuple[str, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row per bin; edges are of w, or of |w| on the log scale."""
        of = "weight_magnitude" if self.scale == "log" else "weight"
        columns = {f"{of}_from": self.edges[:-1], f"{of}_to": self.edges[1:]}
        return pd.DataFrame({**columns, "excitatory_count": self.excitatory, "inhibitory_count": self.inhibitory})


def weight_distribution(
    weights: Tensor,
    bins: int = 40,
    scale: Literal["linear", "log"] = "linear",
    mask: Bool[np.ndarray, "post pre"] | None = None,
    edges: Float[np.ndarray, " edges"] | None = None,
) -> WeightDistribution:
    """The histogram of the weights that are not 0, on given edges (to compare before with after) or on `bins` bins."""
    found = array(weights)
    present = found[found != 0]
    values = np.abs(present) if scale == "log" else present
    edges = common_edges(weights, bins=bins, scale=scale) if edges is None else edges
    off = ~np.eye(len(found), dtype=bool) if found.shape[0] == found.shape[1] else np.ones(found.shape, dtype=bool)
    outside = int(((values < edges[0]) | (values > edges[-1])).sum())
    remarks = (*(() if len(present) else ("All weights are 0.",)), *_told(outside))
    return WeightDistribution(
        edges,
        np.histogram(values[present > 0], edges)[0],
        np.histogram(values[present < 0], edges)[0],
        float((found[off] == 0).mean()) if off.any() else 0.0,
        float((found[mask] == 0).mean()) if mask is not None and mask.any() else None,
        *(log_normal_fit(part) for part in (present, present[present > 0], present[present < 0])),
        scale,
        remarks,
    )  # fmt: skip


def common_edges(
    *weights: Tensor, bins: int = 40, scale: Literal["linear", "log"] = "linear"
) -> Float[np.ndarray, " edges"]:
    """Bin edges that hold the weights, other than 0, of several matrices; 0 is an edge on the linear scale."""
    if bins < 1:
        raise Invalid(f"A histogram needs at least one bin, not {bins}.", "bins")
    found = np.concatenate([array(w).ravel() for w in weights])
    found = found[found != 0] if (found != 0).any() else np.ones(1)
    if scale == "log":
        low, high = np.abs(found).min(), np.abs(found).max()
        edges = np.geomspace(low, high, bins + 1) if high > low else np.geomspace(low / 2, high * 2, bins + 1)
    else:
        low, high = min(found.min(), 0.0), max(found.max(), 0.0)
        width = (high - low) / bins
        edges = np.arange(-np.ceil(-low / width - 1e-9), np.ceil(high / width - 1e-9) + 1) * width
    edges[0], edges[-1] = min(edges[0], low), max(edges[-1], high)  # rounding must not drop the extremes
    return edges


def log_normal_fit(weights: Float[np.ndarray, " weights"]) -> LogNormal | None:
    """The log-normal distribution of |w|, by maximum likelihood; None for fewer than 2 weights."""
    if len(weights) < 2:
        return None
    logs = np.sort(np.log(np.abs(weights)))
    mu, sigma, n = float(logs.mean()), float(logs.std()), len(logs)
    if sigma < 1e-12:
        return LogNormal(n, mu, 0.0, 0.0)  # all weights are equal
    expected, ranks = ndtr((logs - mu) / sigma), np.arange(n + 1) / n
    return LogNormal(n, mu, sigma, float(max((ranks[1:] - expected).max(), (expected - ranks[:-1]).max())))


def _told(outside: int) -> tuple[str, ...]:
    return (f"{outside} weights lie outside the edges and are not shown.",) if outside else ()
