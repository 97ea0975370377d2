"""Kernels: the ways in which a pass through time is computed. All give the same numbers; one is the reference."""

from collections.abc import Callable
from functools import partial
from typing import Literal

from torch import Tensor

from engine.component import Invalid
from engine.networks.activity import Activity
from engine.networks.dynamics import Dynamics
from engine.networks.kernels import dense, reference
from engine.networks.kernels.readout import read_out, reads_rates

Kernel = Literal["auto", "dense", "reference"]


def choose(kernel: Kernel, like: Tensor, dynamics: Dynamics | None = None) -> Callable[..., Activity]:
    """The kernel for tensors like this one; "auto" is the fastest that computes in its dtype and on its device.

    With dynamics whose readout is not the sum of rates, it is led through that readout.
    """
    run = _chosen(kernel, like)
    return run if dynamics is None or reads_rates(dynamics) else partial(read_out, run, dynamics)


def _chosen(kernel: Kernel, like: Tensor) -> Callable[..., Activity]:
    if kernel == "reference" or (kernel == "auto" and not dense.supports(like)):
        return reference.run
    if not dense.supports(like):
        raise Invalid(f"The dense kernel computes in float32 or float64, not {like.dtype}; use the reference kernel.")
    return dense.run
