"""The logarithmic scale of weights in pictures of matrices."""

import numpy as np
from jaxtyping import Float

DECADES = 3  # of |w| that the logarithmic scale tells apart


def symmetric_log(weights: Float[np.ndarray, "*shape"], extent: float) -> Float[np.ndarray, "*shape"]:
    """Weights on a scale from -1 to 1 that is logarithmic over the upper decades and linear around zero."""
    steep = 10**DECADES - 1
    return np.sign(weights) * np.log10(1 + np.abs(weights) / extent * steep) / DECADES
