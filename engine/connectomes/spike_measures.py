"""What the spikes of two units share: correlation of binned trains, spike-time tiling, and precision.

Trains are spike times in seconds that count from 0, one array a unit. A unit that never fires shares nothing: 0 with
every other one, 1 with itself.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import csr_array

from engine.component import Invalid

TAIL_S = 0.1  # that a recording is taken to go on after its last spike, as published
LONGEST_S = 1e7  # of a recording: 115 days
MOST_SPIKES = 50_000_000
MOST_BINS = 50_000_000  # of a recording: 0.4 GB, however few spikes they hold
MOST_COUNTS = 100_000_000  # of a dense table of bins and units: 0.8 GB
NS = 1e9  # times are compared to the nanosecond, so that equal times are equal


@dataclass(frozen=True, eq=False)
class Spikes:
    """All spikes in the order of time: when, counted in ns, and of which unit. `end_ns` is when the recording ends."""

    times_ns: Int[np.ndarray, " spikes"]
    unit: Int[np.ndarray, " spikes"]
    units: int
    end_ns: int

    @property
    def per_unit(self) -> Int[np.ndarray, " units"]:
        """How many each unit fired."""
        return np.bincount(self.unit, minlength=self.units)


def spikes_of(trains: Sequence[Float[np.ndarray, " _"]]) -> Spikes:
    """The spikes of all units, sorted. Raises Invalid for times that are none, negative ones, and too many."""
    sizes = [len(train) for train in trains]
    if sum(sizes) > MOST_SPIKES:
        raise Invalid(f"These are {sum(sizes):,} spikes, more than the {MOST_SPIKES:,} that are read at once.")
    times = np.concatenate([*trains, np.zeros(0)]).astype(np.float64)
    unit = np.repeat(np.arange(len(sizes)), sizes)
    wrong = ~((times >= 0) & (times <= LONGEST_S))
    if wrong.any():
        first = int(np.argmax(wrong))
        said = f"Unit {unit[first] + 1} has a spike at {times[first]:g} s"
        raise Invalid(f"{said}; times count in seconds from the start of the recording, up to {LONGEST_S:,.0f}.")
    if not len(times):
        raise Invalid("No unit has a spike, so there is nothing that two of them could share.")
    exact = np.round(times * NS).astype(np.int64)
    order = np.argsort(exact, kind="stable")
    return Spikes(exact[order], unit[order], len(sizes), int(exact.max() + TAIL_S * NS))


def spike_counts(spikes: Spikes, bin_ms: float) -> csr_array:
    """How many spikes each unit has in each bin, `[bin, unit]`; the last bin may be a part of one.

    Raises Invalid for more bins than fit into memory.
    """
    width = max(1, round(bin_ms * 1e6))
    bins = -(-spikes.end_ns // width)
    if bins > MOST_BINS:
        said = f"A recording of {spikes.end_ns / NS:,.0f} s has {bins:,} bins of {bin_ms:g} ms"
        raise Invalid(f"{said}, more than {MOST_BINS:,}; widen them, or give the times in seconds.", "bin_ms")
    ones = np.ones(len(spikes.unit))
    return csr_array((ones, (spikes.times_ns // width, spikes.unit)), shape=(bins, spikes.units))


def correlation(counts: csr_array) -> Float[np.ndarray, "units units"]:
    """Pearson correlation of the spike counts of two units over all bins. source: as elephant's corrcoef."""
    covariance = _covariance(counts)
    size = np.sqrt(covariance.diagonal())
    varies = size > 0
    found = covariance / np.where(varies[:, None] & varies, np.outer(size, size), 1.0)
    return _with_itself(np.where(varies[:, None] & varies, found, 0.0).clip(-1, 1))


def tiling(spikes: Spikes, window_ms: float) -> Float[np.ndarray, "units units"]:
    """Spike-time tiling coefficient, -1 … 1: STTC = ((P_A - T_B) / (1 - P_A T_B) + (P_B - T_A) / (1 - P_B T_A)) / 2.

    P_A is the share of the spikes of A that lie within the window of any spike of B, T_A the share of the recording
    that lies within the window of any spike of A. A term whose P and T are both 1 is 1.
    source: Cutts & Eglen (2014) J. Neurosci. 34: 14288.
    """
    window, counts = round(window_ms * 1e6), spikes.per_unit
    near = np.zeros((spikes.units, spikes.units))  # [A, B]: spikes of A that are near to one of B
    covered = np.zeros(spikes.units)
    for b, times in enumerate(np.split(spikes.times_ns[np.argsort(spikes.unit, kind="stable")], counts.cumsum()[:-1])):
        if len(times):
            starts, ends = _tiles(times, window)
            covered[b] = (ends.clip(max=spikes.end_ns) - starts.clip(0)).sum() / spikes.end_ns
            first = np.searchsorted(spikes.times_ns, starts, "left")
            last = np.searchsorted(spikes.times_ns, ends, "right")
            near[:, b] = np.bincount(spikes.unit[_ranges(first, last)], minlength=spikes.units)
    share = near / np.maximum(counts, 1)[:, None]
    both = share * covered
    with np.errstate(invalid="ignore", divide="ignore"):
        term = np.where(both < 1, (share - covered) / (1 - both), 1.0)
    fires = counts > 0
    return _with_itself(np.where(fires[:, None] & fires, (term + term.T) / 2, 0.0))


def precision(counts: csr_array) -> Float[np.ndarray, "units units"]:
    """The inverse of the covariance of spike counts, sparse by a penalty that 5-fold cross-validation chooses.

    It takes some 20 s for 312 units and 30,000 bins. source: Friedman, Hastie & Tibshirani (2008)
    Biostatistics 9: 432, as scikit-learn's GraphicalLassoCV with its defaults.
    """
    from sklearn.covariance import GraphicalLassoCV  # takes a second to import, and few ask for it

    bins, units = counts.shape
    if bins * units > MOST_COUNTS:
        most = MOST_COUNTS // units
        raise Invalid(f"Precision of {units} units takes at most {most:,} bins, not {bins:,}; widen them.", "bin_ms")
    if not _covariance(counts).diagonal().all():
        raise Invalid("Some unit fires alike in every bin or never, so that precision is not defined.", "measures")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of penalties that the search then passes over
            return GraphicalLassoCV().fit(counts.toarray()).precision_
    except (FloatingPointError, ValueError, np.linalg.LinAlgError) as error:
        raise Invalid("Precision cannot be estimated from so few bins or spikes; widen the bins.", "bin_ms") from error


def _covariance(counts: csr_array) -> Float[np.ndarray, "units units"]:
    bins, means = counts.shape[0], np.asarray(counts.sum(0)).ravel() / counts.shape[0]
    return (counts.T @ counts).toarray() / bins - np.outer(means, means)


def _tiles(
    times: Int[np.ndarray, " spikes"], window: int
) -> tuple[Int[np.ndarray, " tiles"], Int[np.ndarray, " tiles"]]:
    """Begin and end of the stretches within the window of any of these sorted times; none touches another."""
    apart = np.flatnonzero(np.diff(times) > 2 * window)
    return times[np.r_[0, apart + 1]] - window, times[np.r_[apart, len(times) - 1]] + window


def _ranges(first: Int[np.ndarray, " ranges"], last: Int[np.ndarray, " ranges"]) -> Int[np.ndarray, " all"]:
    """All whole numbers from each first one up to, not including, its last one."""
    sizes = last - first
    return np.arange(sizes.sum()) + np.repeat(first - (sizes.cumsum() - sizes), sizes)


def _with_itself(found: Float[np.ndarray, "units units"]) -> Float[np.ndarray, "units units"]:
    np.fill_diagonal(found, 1.0)
    return found
