"""Tuning: how the rate of every unit depends on a task variable, and which units are tuned beyond chance."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from engine.analysis import tuning_shape as shape
from engine.analysis.connectivity import Ordering, order_by
from engine.analysis.significance import ShuffleTest, benjamini_hochberg, shuffle_test
from engine.analysis.variable_bins import Bins, finite_rates, steps_of, unit_names, within
from engine.recording import Recording


@dataclass(frozen=True, eq=False)
class VectorLength:
    """Mean vector length of every unit, |Σ m e^iθ| / Σ |m| over the bins' mean rates m: 0 = untuned, 1 = one direction.

    The unit's mean over all samples is taken off m in the first sum, which changes nothing where directions are evenly
    spaced; where some are missing, an untuned unit would else seem to prefer the others.
    Finite samples make it larger than the truth. `expected_by_chance` is its mean over shuffles and `unbiased` =
    sqrt(max(0, R² - mean of R² over shuffles)). `circular_sd` is in the variable's unit.
    """

    length: Float[np.ndarray, " units"]
    expected_by_chance: Float[np.ndarray, " units"]
    unbiased: Float[np.ndarray, " units"]
    circular_sd: Float[np.ndarray, " units"]


@dataclass(frozen=True, eq=False)
class Tuning:
    """Tuning curves of all units with their shape, reliability and significance. Rates are dimensionless.

    `sem` is over trials. `preferred` is the direction of the mean vector of a circular variable, else the bin of
    highest rate; `half_width` the half width at half maximum (above the minimum), None for categories; both are in the
    variable's unit. `depth` is maximum minus minimum, `depth_index` that over |maximum| + |minimum|. `explained` is the
    share of the variance over samples that lies between bins. `reliability` is the split-half correlation of the curve
    (odd and even trials, Spearman-Brown), None below 3 bins. `q` is `p` corrected for the number of units (Benjamini-
    Hochberg), None without shuffles. Flat units (silent or constant) have 0 everywhere, p = q = 1, and no preference.
    """

    bins: Bins
    names: tuple[str, ...]
    mean: Float[np.ndarray, "bins units"]
    sem: Float[np.ndarray, "bins units"]
    trials_per_bin: Int[np.ndarray, " bins"]
    samples_per_bin: Int[np.ndarray, " bins"]
    preferred: Float[np.ndarray, " units"]
    half_width: Float[np.ndarray, " units"] | None
    depth: Float[np.ndarray, " units"]
    depth_index: Float[np.ndarray, " units"]
    explained: Float[np.ndarray, " units"]
    vector: VectorLength | None
    reliability: Float[np.ndarray, " units"] | None
    p: Float[np.ndarray, " units"] | None
    q: Float[np.ndarray, " units"] | None
    is_tuned: Bool[np.ndarray, " units"]
    is_flat: Bool[np.ndarray, " units"]
    remarks: tuple[str, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row per unit and bin: the curves."""
        bins, units = (index.ravel() for index in np.indices(self.mean.shape))
        return pd.DataFrame({
            "unit": np.array(self.names, dtype=object)[units],
            self.bins.column: self.bins.values[bins],
            "label": np.array(self.bins.labels, dtype=object)[bins],
            "rate_mean": self.mean.ravel(),
            "rate_sem": self.sem.ravel(),
            "trials": self.trials_per_bin[bins],
            "samples": self.samples_per_bin[bins],
        })  # fmt: skip

    def unit_table(self) -> pd.DataFrame:
        """One row per unit; the preference of a flat unit is left empty."""
        of, vector = self.bins.column, self.vector
        circular = {} if vector is None else {
            "mean_vector_length": vector.length, "mean_vector_length_by_chance": vector.expected_by_chance,
            "mean_vector_length_unbiased": vector.unbiased, f"circular_sd_of_{of}": vector.circular_sd,
        }  # fmt: skip
        optional = {f"half_width_of_{of}": self.half_width, "split_half_reliability": self.reliability}
        return pd.DataFrame({
            "unit": self.names, f"preferred_{of}": np.where(self.is_flat, np.nan, self.preferred),
            "depth": self.depth, "depth_index": self.depth_index, "variance_explained_share": self.explained,
            **circular, **{k: v for k, v in {**optional, "p": self.p, "q": self.q}.items() if v is not None},
            "is_tuned": self.is_tuned, "is_flat": self.is_flat,
        })  # fmt: skip

    def order(self, groups: tuple[str, ...] | None = None, blocks: tuple[str, ...] | None = None) -> Ordering:
        """Units sorted by preference, within groups if given; flat units last."""
        return order_by(np.where(self.is_flat, np.nan, self.preferred), groups, blocks)


def tuning(
    recording: Recording, bins: Bins, rng: torch.Generator, epoch: str = "", shuffles: int = 500,
    false_discovery_rate: float = 0.05, names: tuple[str, ...] | None = None,
) -> Tuning:  # fmt: skip
    """The tuning of every unit to a binned variable.

    A variable fixed within a trial is compared with the trial's mean rate in the epoch, one that changes within it
    step by step. Without a name of an epoch, all scored steps count.
    """
    rates, index, bins = _samples(recording, bins, epoch)
    sums, counts = _sums(rates, index, bins.n)
    mean = sums.sum(0) / counts.sum(0)[:, None]
    curves, flat = mean.numpy(), shape.is_flat(mean.numpy())
    test = shuffle_test(rates.float(), index, _weights(bins, counts.sum(0)), shuffles, rng)
    p = np.where(flat, 1.0, test.p) if shuffles else None
    q = benjamini_hochberg(p) if p is not None else None
    is_tuned = (q <= false_discovery_rate) & ~flat if q is not None else np.zeros(len(flat), dtype=bool)
    ordered, period = bins.variable.kind != "categorical", bins.variable.period
    depth = np.where(flat, 0.0, np.ptp(curves, axis=0))
    extremes = np.abs(curves.max(0)) + np.abs(curves.min(0))
    return Tuning(
        bins=bins,
        names=unit_names(names, len(flat)),
        mean=curves,
        sem=_standard_error(sums, counts, mean),
        trials_per_bin=(counts > 0).sum(0).numpy(),
        samples_per_bin=counts.sum(0).long().numpy(),
        preferred=np.where(flat, 0.0, _preferred(bins, curves)),
        half_width=shape.half_width(bins.values, curves, period) if ordered else None,
        depth=depth,
        depth_index=np.divide(depth, extremes, out=np.zeros(len(depth)), where=extremes > 0),
        explained=_explained(rates, index, sums, counts, mean, flat),
        vector=_vector_length(test, curves, flat, period) if bins.variable.kind == "circular" else None,
        reliability=_reliability(sums, counts, bins),
        p=p,
        q=q,
        is_tuned=is_tuned,
        is_flat=flat,
        remarks=_remarks(bins, flat, is_tuned, shuffles, false_discovery_rate),
    )


def _samples(
    recording: Recording, bins: Bins, epoch: str
) -> tuple[Float[Tensor, "trials samples units"], Int[Tensor, "trials samples"], Bins]:
    """Rates and the bin of each: every step of a trace, or the trial's mean over the epoch."""
    rates, steps = finite_rates(recording), steps_of(recording.trials, epoch)
    bins = within(bins, steps)
    if bins.is_trace:
        return rates, bins.index, bins
    counted = steps.sum(1)  # may be 0 in trials that `within` has left out
    means = torch.einsum("tsu,ts->tu", rates.double(), steps.double()) / counted.clamp(min=1)[:, None]
    return means[:, None], bins.index[:, None], bins


def _sums(
    rates: Float[Tensor, "trials samples units"], index: Int[Tensor, "trials samples"], bins: int
) -> tuple[Float[Tensor, "trials bins units"], Float[Tensor, "trials bins"]]:
    """Per trial and bin: the sum of the rates and the number of samples."""
    member = (index[:, None, :] == torch.arange(bins)[:, None]).to(rates.dtype)
    return torch.bmm(member, rates).double(), member.sum(2).double()


def _standard_error(
    sums: Float[Tensor, "trials bins units"], counts: Float[Tensor, "trials bins"], mean: Float[Tensor, "bins units"]
) -> Float[np.ndarray, "bins units"]:
    """Standard error over trials of a mean in which trials weigh by their samples; 0 in bins of a single trial.

    With one sample per trial it is the standard deviation over sqrt(n). source: Cochran (1977) Sampling Techniques,
    section 6.3 (ratio estimator).
    """
    away = (sums - counts[..., None] * mean).square().sum(0)
    n = (counts > 0).sum(0).double()[:, None]
    factor = torch.where(n > 1, n / (n - 1).clamp(min=1), torch.zeros_like(n))
    return ((factor * away).sqrt() / counts.sum(0)[:, None]).numpy()


def _weights(bins: Bins, counts: Float[Tensor, " bins"]) -> Float[Tensor, "rows bins"]:
    """What the shuffle test measures: the mean vector of a circular variable, else the spread between bins."""
    if bins.variable.kind != "circular":
        return torch.diag(counts.sqrt())
    angles = torch.as_tensor(2 * np.pi * bins.values / bins.variable.period)
    return torch.stack([angles.cos(), angles.sin()])


def _preferred(bins: Bins, curves: Float[np.ndarray, "bins units"]) -> Float[np.ndarray, " units"]:
    if bins.variable.kind != "circular":
        return bins.values[curves.argmax(0)]
    period = bins.variable.period
    return shape.preferred_direction(2 * np.pi * bins.values / period, curves) * period / (2 * np.pi)


def _explained(rates, index, sums, counts, mean, flat) -> Float[np.ndarray, " units"]:
    """Eta squared: between-bin over total sum of squares, in 0..1."""
    used = rates[index >= 0].double()
    total = (used - used.mean(0)).square().sum(0).numpy()
    between = (counts.sum(0)[:, None] * (mean - used.mean(0)).square()).sum(0).numpy()
    return np.divide(between, total, out=np.zeros(len(total)), where=(total > 0) & ~flat).clip(0, 1)


def _vector_length(
    test: ShuffleTest, curves: Float[np.ndarray, "bins units"], flat: Bool[np.ndarray, " units"], period: float
) -> VectorLength:
    size = np.abs(curves).sum(0)
    scale = np.divide(1.0, size, out=np.zeros(len(size)), where=~flat)
    length, null = (test.observed * scale).clip(0, 1), test.null * scale
    chance, square = (null.mean(0), (null**2).mean(0)) if len(null) else (np.zeros(len(size)),) * 2
    spread = np.where(flat, 0.0, shape.circular_sd(length)) * period / (2 * np.pi)
    return VectorLength(length, chance, np.sqrt((length**2 - square).clip(min=0)), spread)


def _reliability(
    sums: Float[Tensor, "trials bins units"], counts: Float[Tensor, "trials bins"], bins: Bins
) -> Float[np.ndarray, " units"] | None:
    """Split-half reliability. Odd and even trials are counted within each condition, so that both halves hold all."""
    trials = torch.arange(len(sums))[:, None].expand(-1, bins.n)
    number = trials if bins.is_trace else (counts > 0).long().cumsum(0)
    even = (number % 2 == 0)[..., None]
    halves, samples = [], []
    for half in (even, ~even):
        samples.append((counts[..., None] * half).sum(0))
        halves.append((sums * half).sum(0) / samples[-1].clamp(min=1))
    shared = ((samples[0] > 0) & (samples[1] > 0)).squeeze(1).numpy()
    if shared.sum() < 3:
        return None
    return shape.spearman_brown(shape.correlation(*(half.numpy()[shared] for half in halves)))


def _remarks(bins: Bins, flat, is_tuned, shuffles: int, rate: float) -> tuple[str, ...]:
    said = []
    if bins.n < 2:
        said.append(f"'{bins.variable.name}' takes one value only, so no unit can be tuned to it.")
    if flat.any():
        said.append(f"{flat.sum()} of {len(flat)} units never change their mean rate; they have no preference.")
    if bins.variable.kind == "circular":
        said.append("Few samples make the mean vector length too large; in the unbiased one chance is taken off.")
    if shuffles:
        statistic = "mean vector length" if bins.variable.kind == "circular" else "variance explained"
        said.append(
            f"{is_tuned.sum()} of {len(flat)} units are tuned beyond chance: {statistic} against {shuffles} shuffles "
            f"of trials, false discovery rate {rate:g}. This holds for these trials of one network."
        )
    return tuple(said)
