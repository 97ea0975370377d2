"""Entropy of the weights: how evenly they fill their own range."""

import numpy as np
from jaxtyping import Float
from scipy.stats import gaussian_kde

POINTS = 100


def weight_entropy(weights: Float[np.ndarray, "post pre"]) -> float:
    """Shannon entropy, in bits, of the density of all signed weights on 100 points from the least to the largest.

    The most is log2 100 = 6.64. The range is that of the outliers: a few large weights push it towards 0. All weights
    alike have none. source: Shakiba et al. (2026) arXiv:2606.14975, code (Scott's bandwidth).
    """
    values = weights.ravel()
    if not np.ptp(values):
        return 0.0
    density = gaussian_kde(values)(np.linspace(values.min(), values.max(), POINTS))
    share = density / density.sum()
    share = share[share > 0]
    return float(-(share * np.log2(share)).sum())
