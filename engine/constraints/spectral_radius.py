"""Spectral radius: the largest absolute eigenvalue of recurrent weights."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from jaxtyping import Float
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import ArpackError, eigs
from torch import Tensor

MOST_DENSE = 1000  # units up to which all eigenvalues are computed
BASIS, RESTARTS = 100, 15  # of the Arnoldi iteration: what converges at all has done so by then (measured)


def spectral_radius(weights: Float[Tensor, "units units"]) -> float:
    """The largest absolute eigenvalue, in the precision of the weights; NaN if one of these is not finite.

    Of many units only the largest eigenvalues are computed, to double precision and 8 to 30 times faster, loop by loop
    of the wiring: what leads from one group of units to another without a way back does not count.
    """
    if not torch.isfinite(weights).all():
        return math.nan
    values = weights.detach().cpu()
    return _of_all(values) if len(values) <= MOST_DENSE else _of_groups(values.double().numpy())


def _of_all(weights: Float[Tensor, "units units"]) -> float:
    with _one_thread():
        return float(torch.linalg.eigvals(weights).abs().max())


def _of_groups(weights: Float[np.ndarray, "units units"]) -> float:
    """The largest of all groups of units that reach each other, and of all self-connections."""
    _, group = connected_components(csr_array(weights), connection="strong")
    found = [float(np.abs(weights.diagonal()).max())]
    for one in np.flatnonzero(np.bincount(group) > 1):
        units = np.flatnonzero(group == one)
        found.append(_of_group(weights[np.ix_(units, units)] if len(units) < len(weights) else weights))
    return max(found)


def _of_group(weights: Float[np.ndarray, "units units"]) -> float:
    if len(weights) > MOST_DENSE:
        start = np.random.default_rng(0).normal(size=len(weights))
        try:
            few = eigs(csr_array(weights), 2, ncv=BASIS, maxiter=RESTARTS, v0=start, return_eigenvectors=False)
            return float(np.abs(few).max())
        except ArpackError:  # many eigenvalues are as large, as those of a rotation
            pass
    return _of_all(torch.from_numpy(weights))


@contextmanager
def _one_thread() -> Iterator[None]:
    """Eigenvalues gain nothing from a second thread, and lose up to tenfold when that one's core is busy (measured)."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
