"""How many threads a training step can use."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

WORTH_SHARING = 20_000  # states per time step below which a second thread costs more than it gives (measured)


def set_threads(units: int, batch: int, networks: int = 1) -> int:
    """One thread for small problems, all available cores for larger ones; set explicitly, never left to the default.

    Small means fewer than 20,000 states (units x trials x networks) per time step. Returns the number set.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    limit = int(os.environ.get("OMP_NUM_THREADS") or cores)
    threads = 1 if units * batch * networks < WORTH_SHARING else max(1, min(cores, limit))
    torch.set_num_threads(threads)
    return threads


@contextmanager
def without_denormals() -> Iterator[None]:
    """Numbers below 1e-38 count as 0 meanwhile, if the processor can.

    The moments of Adam for weights without a gradient decay until they get there, and each then costs a hundred times
    more than another number: after some 500 steps of a quiet network a step took 3.5 times as long (measured).
    """
    can = torch.set_flush_denormal(True)
    try:
        yield
    finally:
        if can:
            torch.set_flush_denormal(False)
