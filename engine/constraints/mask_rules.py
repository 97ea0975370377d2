"""Rules that say what a mask says, entry by entry."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from jaxtyping import Shaped

from engine.connectomes.selectors import joined
from engine.constraints.synapse_rule import SynapseRule

KINDS = {"W_in": ("unit", "input"), "W_rec": ("unit", "unit"), "W_out": ("output", "unit")}


def rules_of(
    matrix: str,
    mask: Shaped[np.ndarray, "post pre"],
    names: tuple[Sequence[str], Sequence[str]],
    says: Callable[[Any], dict[str, Any] | None],
) -> Iterator[SynapseRule]:
    """As few rules as say the same as a mask of W_in, W_rec or W_out, given the names on its post and pre side.

    `says` tells the fields of a rule for a value of the mask, or None where there is nothing to say.
    """
    patterns, of = np.unique(mask, axis=1, return_inverse=True)
    for k, pattern in enumerate(patterns.T):
        pre = _selector(KINDS[matrix][1], names[1], of.reshape(-1) == k)
        for value in np.unique(pattern):
            if (fields := says(value.item())) is not None:
                post = _selector(KINDS[matrix][0], names[0], pattern == value)
                yield SynapseRule(matrix=matrix, pre=pre, post=post, **fields)


def _selector(kind: str, names: Sequence[str], chosen: np.ndarray) -> str:
    return "all" if chosen.all() else joined(kind, [names[k] for k in np.flatnonzero(chosen)])
