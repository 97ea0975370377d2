"""Learning speed: after how many epochs a network has learned nearly all that it will."""

import numpy as np
from jaxtyping import Float


def epochs_to(
    losses: Float[np.ndarray, "epochs networks"], share: float = 0.99, skipped: int = 1
) -> Float[np.ndarray, " networks"]:
    """The first epoch, counted from 1, by which the loss has made this share of its drop to the lowest.

    `losses` are those after every epoch. Where the drop begins is the highest loss after the first `skipped` epochs,
    whose loss tells the start more than the learning. NaN for a loss that is not a number or never drops.

    source: Goulas, Damicelli & Hilgetag (2021) Neural Netw. 142: 608: (L - min) / (max - min) ≤ 0.01, without the first
    epoch.
    """
    counted = losses[skipped:]
    if not len(counted):
        return np.full(losses.shape[1], np.nan)
    least, most = counted.min(0), counted.max(0)
    with np.errstate(invalid="ignore", divide="ignore"):
        there = (counted - least) / (most - least) <= 1 - share + 1e-12
    return np.where(there.any(0), there.argmax(0) + skipped + 1.0, np.nan)
