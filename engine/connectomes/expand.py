"""Several units in the place of one region: their names, their values, and what is lost or gained on the way."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Shaped


@dataclass(frozen=True)
class Size:
    """How large a connectome will be."""

    units: int
    synapses: int

    @property
    def density(self) -> float:
        """Share of all N x N pairs that are connected, a unit with itself being one of them."""
        return self.synapses / max(1, self.units) ** 2

    @property
    def memory_bytes(self) -> int:
        """Bytes of the connectome: per pair of units a weight in double precision and whether it exists."""
        return 9 * self.units**2


def expanded(
    region: Shaped[np.ndarray, "post pre"], sizes: Int[np.ndarray, " regions"]
) -> Shaped[np.ndarray, "posts pres"]:
    """Every entry becomes a block of equal entries."""
    return region if (sizes == 1).all() else np.repeat(np.repeat(region, sizes, 0), sizes, 1)


class PairsOfUnits(Mapping[str, np.ndarray]):
    """Measures of pairs of regions as measures of pairs of their units, made when asked for: each takes 8 N^2 bytes."""

    def __init__(self, regions: Mapping[str, Float[np.ndarray, "post pre"]], sizes: Int[np.ndarray, " regions"]):
        self._regions, self._sizes = dict(regions), sizes
        self.n = int(sizes.sum())

    def __getitem__(self, name: str) -> Float[np.ndarray, "posts pres"]:
        return expanded(self._regions[name], self._sizes)

    def __iter__(self) -> Iterator[str]:
        return iter(self._regions)

    def __len__(self) -> int:
        return len(self._regions)


def pair_shapes(pairs: Mapping[str, Float[np.ndarray, "rows columns"]]) -> dict[str, tuple[int, ...]]:
    """The shape of every measure, without making those that are made when asked for."""
    if isinstance(pairs, PairsOfUnits):
        return dict.fromkeys(pairs, (pairs.n, pairs.n))
    return {name: pair.shape for name, pair in pairs.items()}


def unit_names(regions: tuple[str, ...], sizes: Int[np.ndarray, " regions"]) -> tuple[str, ...]:
    """Region r becomes r.1 … r.n, or stays r where no region has more than one unit."""
    if (sizes <= 1).all():
        return repeated(regions, sizes)
    return tuple(f"{region}.{k}" for region, size in zip(regions, sizes, strict=True) for k in range(1, size + 1))


def repeated(values: tuple[str, ...], sizes: Int[np.ndarray, " regions"]) -> tuple[str, ...]:
    """One value per region as one value per unit."""
    return tuple(value for value, size in zip(values, sizes, strict=True) for _ in range(size))


def about_expansion(
    names: tuple[str, ...],
    measured: Float[np.ndarray, "post pre"],
    regions: Float[np.ndarray, "post pre"],
    sizes: Int[np.ndarray, " regions"],
) -> tuple[str, ...]:
    """What a user should know: regions left out, and what became of the connections within regions."""
    out = [name for name, size in zip(names, sizes, strict=True) if size == 0]
    said = []
    if out:
        shown = ", ".join(out[:5]) + (f" and {len(out) - 5} more" if len(out) > 5 else "")
        said.append(f"{len(out)} region{'s are' if len(out) > 1 else ' is'} left out: {shown}.")
    lost = (np.diag(measured) > 0) & (np.diag(regions) == 0) & (sizes > 0)
    if lost.any():
        said.append(f"The self-connections of {lost.sum()} regions of one unit are left out with self-synapses.")
    if (sizes > 1).any() and not np.diag(regions).any():
        said.append("Units of one region are not connected with each other.")
    return tuple(said)
