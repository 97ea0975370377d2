"""A connectome: who connects to whom, how strongly, with which sign, and where the units lie."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Bool, Float, Int8

from engine.component import Invalid
from engine.connectomes.expand import pair_shapes


@dataclass(frozen=True, eq=False)
class Connectome:
    """Weights and existence of every connection of N units; checked once, here.

    `weights[post, pre]` are signed where a sign is known (negative = inhibitory) and 0 where no connection exists.
    `signs[pre]` is +1 for an excitatory unit, -1 for an inhibitory one and 0 for a unit whose sign is free.
    `unknown[post, pre]` marks pairs that were never measured, which is not the same as absent.
    `pairs` are further measures of pairs of units `[post, pre]`, e.g. correlation or length_mm; NaN where unknown.
    `labels` holds any further attribute of the units, e.g. hemisphere, group, transmitter, region.
    `provenance` tells in sentences what was done, in order; `remarks` what a user should know (isolated units, …).
    """

    weights: Float[np.ndarray, "post pre"]
    mask: Bool[np.ndarray, "post pre"]
    signs: Int8[np.ndarray, " pre"]
    names: tuple[str, ...]
    areas: tuple[str, ...]
    types: tuple[str, ...]
    positions_um: Float[np.ndarray, "units 3"] | None = None
    unknown: Bool[np.ndarray, "post pre"] | None = None
    pairs: Mapping[str, Float[np.ndarray, "rows columns"]] = field(default_factory=dict)
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    provenance: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        n = len(self.names)
        if n == 0:
            raise Invalid("The connectome has no units.")
        shapes = {"weights": self.weights.shape, "mask": self.mask.shape} | pair_shapes(self.pairs)
        if self.unknown is not None:
            shapes["unknown"] = self.unknown.shape
        for what, shape in shapes.items():
            if shape != (n, n):
                raise Invalid(f"The {what} of a connectome of {n} units must be {n} x {n}, not {shape}.")
        for what, entries in (
            ("signs", self.signs),
            ("areas", self.areas),
            ("types", self.types),
            *self.labels.items(),
        ):
            if len(entries) != n:
                raise Invalid(f"The connectome has {n} units but {len(entries)} {what}.")
        if len(set(self.names)) != n:
            twice = next(name for name in self.names if self.names.count(name) > 1)
            raise Invalid(f"Two units are called '{twice}'; each needs a name of its own.")
        self._check_weights()

    def _check_weights(self) -> None:
        """Finite, none without a connection, none against the sign of its unit."""
        lowest, highest = self.weights.min(0), self.weights.max(0)  # NaN if there is one
        if not np.isfinite([lowest, highest]).all():
            post, pre = np.argwhere(~np.isfinite(self.weights))[0]
            raise Invalid(f"The weight from {self.names[pre]} to {self.names[post]} is not a finite number.")
        if ((self.weights != 0) & ~self.mask).any():
            post, pre = np.argwhere((self.weights != 0) & ~self.mask)[0]
            raise Invalid(f"{self.names[pre]} to {self.names[post]} has a weight but no connection.")
        wrong = np.flatnonzero(((self.signs > 0) & (lowest < 0)) | ((self.signs < 0) & (highest > 0)))
        if wrong.size:
            pre = wrong[0]
            post = np.flatnonzero(self.weights[:, pre] * self.signs[pre] < 0)[0]
            raise Invalid(
                f"The weight from {self.names[pre]} to {self.names[post]} contradicts the sign of {self.names[pre]}."
            )

    @property
    def n(self) -> int:
        """Number of units."""
        return len(self.names)

    @property
    def density(self) -> float:
        """Share of the N(N-1) possible connections between different units that exist."""
        off = self.mask.sum() - np.trace(self.mask)
        return float(off) / max(1, self.n * (self.n - 1))

    @property
    def area_names(self) -> tuple[str, ...]:
        """The areas in order of first appearance."""
        return tuple(dict.fromkeys(self.areas))

    @property
    def isolated(self) -> tuple[int, ...]:
        """Units without any connection to another unit."""
        between = self.mask & ~np.eye(self.n, dtype=bool)
        return tuple(np.flatnonzero(~(between.any(0) | between.any(1))).tolist())

    def units_where(self, label: str, value: str) -> tuple[int, ...]:
        """The units whose `label` is `value`: those of a region, for instance; none if no unit has that label."""
        return tuple(i for i, found in enumerate(self.labels.get(label, ())) if found == value)

    def but(self, did: str = "", **changes: object) -> "Connectome":
        """A copy with some fields changed; `did` is added to the provenance."""
        provenance = (*self.provenance, did) if did else self.provenance
        return replace(self, provenance=provenance, **changes)  # type: ignore[arg-type]
