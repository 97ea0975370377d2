"""Independent, named streams of randomness: the same seed and names give the same numbers on every machine."""

import hashlib

import numpy as np
import torch


def stream_seed(seed: int, *names: str | int) -> int:
    """A 63-bit seed for the stream called `names` below `seed`; other names give unrelated streams."""
    digest = hashlib.sha256("/".join(map(str, (seed, *names))).encode()).digest()
    return int.from_bytes(digest[:8], "little") >> 1


def torch_stream(seed: int, *names: str | int) -> torch.Generator:
    """A CPU generator for weights, trials and noise."""
    return torch.Generator().manual_seed(stream_seed(seed, *names))


def numpy_stream(seed: int, *names: str | int) -> np.random.Generator:
    """A generator for wiring."""
    return np.random.Generator(np.random.PCG64(stream_seed(seed, *names)))
