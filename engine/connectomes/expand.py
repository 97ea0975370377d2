"""Several units in the place of one region."""

import numpy as np
from jaxtyping import Shaped


def expanded(region: Shaped[np.ndarray, "post pre"], units: int) -> Shaped[np.ndarray, "posts pres"]:
    """Every entry becomes a block of `units` x `units` equal entries."""
    return region if units == 1 else np.repeat(np.repeat(region, units, 0), units, 1)


def expanded_weights(region: Shaped[np.ndarray, "post pre"], units: int) -> Shaped[np.ndarray, "posts pres"]:
    """A unit receives from all units of a region together what its region received: region weight / units from each."""
    return expanded(region / units, units)


def unit_names(regions: tuple[str, ...], units: int) -> tuple[str, ...]:
    """Region r becomes r.1 … r.n."""
    return regions if units == 1 else tuple(f"{region}.{k}" for region in regions for k in range(1, units + 1))


def repeated(values: tuple[str, ...], units: int) -> tuple[str, ...]:
    """One value per region as one value per unit."""
    return tuple(value for value in values for _ in range(units))
