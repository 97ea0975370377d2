"""Kernels: the ways in which a pass through time is computed. All give the same numbers; one is the reference."""

from collections.abc import Callable
from typing import Literal

from torch import Tensor

from engine.component import Invalid
from engine.networks.activity import Activity
from engine.networks.kernels import dense, reference

Kernel = Literal["auto", "dense", "reference"]


def choose(kernel: Kernel, like: Tensor) -> Callable[..., Activity]:
    """The kernel for tensors like this one; "auto" is the fastest that computes in its dtype and on its device."""
    if kernel == "reference" or (kernel == "auto" and not dense.supports(like)):
        return reference.run
    if not dense.supports(like):
        raise Invalid(f"The dense kernel computes in float32 or float64, not {like.dtype}; use the reference kernel.")
    return dense.run
