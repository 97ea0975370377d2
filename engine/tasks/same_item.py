"""Is it the same number? The odds that two noisy sightings are of one number rather than of two."""

import math

import torch
from jaxtyping import Float
from torch import Tensor


def log_sameness(
    one: Float[Tensor, "trials items"], other: Float[Tensor, "trials one"], spread: float
) -> Float[Tensor, "trials items"]:
    """Log likelihood of one number uniform in 0..1 behind both, less that of two independent such numbers.

    Both are seen with Gaussian noise of standard deviation `spread`.
    """
    middle, apart = (one + other) / 2, one - other
    together = -(apart**2) / (4 * spread**2) - 0.5 * math.log(4 * math.pi * spread**2)
    return together + _log_inside(middle, spread / math.sqrt(2)) - _log_inside(one, spread) - _log_inside(other, spread)


def _log_inside(seen: Float[Tensor, "trials items"], spread: float) -> Float[Tensor, "trials items"]:
    """Log probability that the number behind a sighting lies in 0..1; symmetric, so that both tails are exact."""
    below = -(seen - 0.5).abs() + 0.5  # distance to the nearer edge, negative outside
    near, far = torch.special.log_ndtr(below / spread), torch.special.log_ndtr((below - 1) / spread)
    return near + torch.log1p(-(far - near).exp().clamp(max=1 - 1e-12))
