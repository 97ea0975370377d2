"""Memory that passes through time hand on to each other, since fresh pages cost as much as a third of a small pass."""

from typing import Any

from torch import Tensor

KEPT = 8  # kinds of buffers kept before all are let go, e.g. after the batch has changed
CACHE_LINE_BYTES = 64


def single(tensor: Tensor) -> Tensor:
    """A population of one goes without its axis: mm has less overhead than bmm, and gives the same bits."""
    return tensor[0] if tensor.shape[0] == 1 else tensor


class Buffer:
    """A tensor of the scratch memory; `generation` counts its users, so that a late reader sees that it is not his."""

    def __init__(self, role: str, tensor: Tensor):
        self.role = role
        self.tensor = tensor
        self.generation = 0
        self.is_lent = False
        self._steps: dict[tuple[int, int], tuple[Tensor, ...]] = {}

    def steps(self, start: int, stop: int) -> tuple[Tensor, ...]:
        """Columns start to stop of every time step, `[trials, width]` each, networks first if there are several.

        The views are made once, since a hundred of them cost as much as four products of a small network.
        """
        if (start, stop) not in self._steps:
            self._steps[start, stop] = single(self.tensor[..., start:stop]).unbind(-3)
        return self._steps[start, stop]


class Scratch:
    """Buffers that nobody uses. The last user of a buffer gives it back; others are garbage."""

    def __init__(self) -> None:
        self._free: dict[tuple[Any, ...], list[Buffer]] = {}

    def take(self, role: str, like: Tensor, *shape: int) -> Buffer:
        """A buffer with the dtype and device of `like`: zeros, or what its last user in this role left."""
        free = self._free.get((role, shape, like.dtype, like.device))
        buffer = free.pop() if free else Buffer(role, _aligned(like, shape))
        buffer.generation += 1
        buffer.is_lent = True
        return buffer

    def give(self, *buffers: Buffer) -> None:
        """Let others use these buffers; one that was given back before stays as it is."""
        for buffer in buffers:
            if not buffer.is_lent:
                continue
            buffer.is_lent = False
            key = (buffer.role, tuple(buffer.tensor.shape), buffer.tensor.dtype, buffer.tensor.device)
            if key not in self._free and len(self._free) >= KEPT:
                self._free.clear()
            self._free.setdefault(key, []).append(buffer)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Scratch":
        return Scratch()

    def __reduce__(self) -> tuple[type["Scratch"], tuple[()]]:
        return Scratch, ()


def _aligned(like: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Zeros whose rows each begin a cache line: products of a small network take a tenth less time (measured)."""
    line = CACHE_LINE_BYTES // like.element_size()
    return like.new_zeros(*shape[:-1], -(-shape[-1] // line) * line)[..., : shape[-1]]
