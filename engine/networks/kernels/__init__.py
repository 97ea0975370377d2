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

    Gates and areas that hear each other within a step are computed by the reference, with autograd. With dynamics whose
    readout is not the sum of rates, it is led through that readout.
    """
    run = _chosen(kernel, like, dynamics is None or dynamics.is_plain)
    return run if dynamics is None or reads_rates(dynamics) else partial(read_out, run, dynamics)


def _chosen(kernel: Kernel, like: Tensor, is_plain: bool) -> Callable[..., Activity]:
    if kernel == "reference" or (kernel == "auto" and not (is_plain and dense.supports(like))):
        return reference.run
    if not is_plain:
        raise Invalid("The dense kernel knows no gates and no areas within a step; use the reference kernel.")
    if not dense.supports(like):
        raise Invalid(f"The dense kernel computes in float32 or float64, not {like.dtype}; use the reference kernel.")
    return dense.run
