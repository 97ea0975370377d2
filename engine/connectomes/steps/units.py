"""A connectome of some of its units."""

import numpy as np
from jaxtyping import Bool

from engine.component import Invalid
from engine.connectomes.connectome import Connectome


def with_units(connectome: Connectome, kept: Bool[np.ndarray, " units"]) -> Connectome:
    """Only the kept units and the connections between them. Raises Invalid if none is kept."""
    if not kept.any():
        raise Invalid("No unit would be left; keep at least one.")
    where = np.flatnonzero(kept)
    both = np.ix_(where, where)

    def some(entries: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(entries[k] for k in where)

    return connectome.but(
        weights=connectome.weights[both],
        mask=connectome.mask[both],
        signs=connectome.signs[where],
        names=some(connectome.names),
        areas=some(connectome.areas),
        types=some(connectome.types),
        positions_um=None if connectome.positions_um is None else connectome.positions_um[where],
        unknown=None if connectome.unknown is None else connectome.unknown[both],
        pairs={name: matrix[both] for name, matrix in connectome.pairs.items()},
        labels={label: some(entries) for label, entries in connectome.labels.items()},
    )
