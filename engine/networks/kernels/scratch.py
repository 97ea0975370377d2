"""Memory that passes through time hand on to each other, since fresh pages cost as much as a third of a small pass."""

from typing import Any

import torch
from torch import Tensor

KEPT = 8  # kinds of buffers kept before all are let go, e.g. after the batch has changed


class Buffer:
    """A tensor of the scratch memory; `generation` counts its users, so that a late reader can tell that it is not his."""

    def __init__(self, tensor: Tensor):
        self.tensor = tensor
        self.generation = 0


class Scratch:
    """Buffers that nobody uses. A buffer is given back by its last user only; one that never is, is simply garbage."""

    def __init__(self) -> None:
        self._free: dict[tuple[Any, ...], list[Buffer]] = {}

    def take(self, like: Tensor, *shape: int) -> Buffer:
        """A buffer of this shape with the dtype and device of `like`, and arbitrary content."""
        free = self._free.get((shape, like.dtype, like.device))
        buffer = free.pop() if free else Buffer(torch.empty(shape, dtype=like.dtype, device=like.device))
        buffer.generation += 1
        return buffer

    def give(self, *buffers: Buffer) -> None:
        """Let others use these buffers."""
        for buffer in buffers:
            key = (tuple(buffer.tensor.shape), buffer.tensor.dtype, buffer.tensor.device)
            if key not in self._free and len(self._free) >= KEPT:
                self._free.clear()
            self._free.setdefault(key, []).append(buffer)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Scratch":
        return Scratch()

    def __reduce__(self) -> tuple[type["Scratch"], tuple[()]]:
        return Scratch, ()
