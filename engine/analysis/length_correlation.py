"""Weights and distance: whether short connections are the strong ones."""

import numpy as np
from jaxtyping import Float


def length_correlation(weights: Float[np.ndarray, "post pre"], distance: Float[np.ndarray, "post pre"]) -> float:
    """Pearson correlation of |w| and distance over pairs of different units that both have a place; nan if either
    does not vary.

    source: Achterberg et al. (2023) Nat Mach Intell 5: 1369.
    """
    different = ~np.eye(len(weights), dtype=bool) & np.isfinite(distance)
    size, far = np.abs(weights[different]), distance[different]
    return float(np.corrcoef(size, far)[0, 1]) if size.size and np.ptp(size) and np.ptp(far) else float("nan")
