"""Weight divergence: how far apart the weights of two networks are distributed, on common bins."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Real
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy, wasserstein_distance

from engine.component import Invalid

Values = Float[np.ndarray, " some"]
Shares = Real[np.ndarray, " bins"]


@dataclass(frozen=True)
class Divergence:
    """`shannon_bits` is the Jensen-Shannon divergence on common bins, 0 to 1; `wasserstein` is in units of weight.

    `as_published` is the Kullback-Leibler divergence of histograms that each have bins of their own, as the notebooks
    compute it: it does not see scale and is no divergence of the weights.
    """

    shannon_bits: float
    wasserstein: float
    as_published: float


def divergence(first: Values, second: Values, bins: int = 100) -> Divergence:
    """Of all weights, zeros included. Source of the published recipe: Balwani et al. (2025), 100 bins, 1e-7 added."""
    if not len(first) or not len(second):
        raise Invalid("A distribution without weights cannot be compared.")
    edges = np.histogram_bin_edges(np.concatenate([first, second]), bins)
    counts = [np.histogram(each, edges)[0] for each in (first, second)]
    own = [np.histogram(each, bins, density=True)[0] + 1e-7 for each in (first, second)]
    return Divergence(shannon_bits(*counts), float(wasserstein_distance(first, second)), float(entropy(*own)))


def shannon_bits(first: Shares, second: Shares) -> float:
    """The Jensen-Shannon divergence of two histograms on the same bins. source: Lin (1991) IEEE TIT 37: 145."""
    return float(jensenshannon(first, second, base=2) ** 2)
