"""A table says how densely each cell type projects to each cell type."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Int
from pydantic import Field

from engine.component import Invalid
from engine.connectomes.connectome import Connectome
from engine.connectomes.steps.filling import exact_counts, with_counts
from engine.connectomes.steps.selection import codes, require_known
from engine.connectomes.steps.shuffling import block_of_pair
from engine.connectomes.steps.step import Step

Probability = Annotated[float, Field(ge=0, le=1)]


class TypeDensities(Step):
    """Connections are added or removed by chance until every pair of types has the density of the table.

    Exact counts are exact in every pair of areas to below one and in the sum. Types that the table leaves out stay as
    they are. An added connection takes the weight of one that is there.
    """

    kind: Literal["type_densities"] = "type_densities"
    title: ClassVar[str] = "Densities by cell type"
    source: ClassVar[str] = (
        "Balwani et al. (2025) Sci Adv adw4970, whose pruning overshoots the table by about 5 %; ours does not"
    )
    types: Annotated[tuple[str, ...], Field(max_length=200, description="Cell types of rows and columns.")] = ("E", "I")
    densities: Annotated[
        tuple[tuple[Probability, ...], ...],
        Field(description="Share of connected pairs to the type of the row from the type of the column."),
    ] = ((0.1, 0.3), (0.3, 0.3))
    where: Annotated[
        Literal["everywhere", "within_areas", "between_areas"], Field(description="Which pairs of units are meant.")
    ] = "everywhere"
    counts: Annotated[
        Literal["exact", "drawn"],
        Field(description="Counts are the densities rounded, or drawn (each pair by chance)."),
    ] = "exact"

    def change(self, connectome: Connectome, rng: np.random.Generator) -> Connectome:
        """Raises Invalid if the table does not fit the types, or names one that no unit has."""
        self._require_a_fitting_table(connectome)
        pairs, kinds = self._pairs(connectome)
        areas = block_of_pair(connectome.areas).ravel()[pairs]
        found, block = np.unique(kinds * (areas.max(initial=0) + 1) + areas, return_inverse=True)
        sizes, kind = np.bincount(block, minlength=len(found)), found // (areas.max(initial=0) + 1)
        counts = np.zeros(len(found), dtype=np.int64)
        for here, density in enumerate(np.ravel(self.densities)):
            mine = sizes[kind == here]
            exact = self.counts == "exact"
            counts[kind == here] = exact_counts(density, mine, rng) if exact else rng.binomial(mine, density)
        result, added, removed = with_counts(connectome, pairs, block, counts, rng)
        of = {"everywhere": "", "within_areas": " within areas", "between_areas": " between areas"}[self.where]
        return result.but(f"Densities by cell type set{of}: {added} connections added, {removed} removed.")

    def _pairs(self, connectome: Connectome) -> tuple[Int[np.ndarray, " pairs"], Int[np.ndarray, " pairs"]]:
        """The pairs that the table is about, as places in the flat matrix, and the place of each in the flat table."""
        place = {name: k for k, name in enumerate(self.types)}
        kind = np.array([place.get(name, -1) for name in connectome.types])
        area = codes(connectome.areas)
        same = area[:, None] == area[None, :]
        meant = {"everywhere": np.ones_like(same), "within_areas": same, "between_areas": ~same}[self.where]
        meant = meant & ~np.eye(connectome.n, dtype=bool) & (kind >= 0)[:, None] & (kind >= 0)[None, :]
        return np.flatnonzero(meant), (kind[:, None] * len(self.types) + kind[None, :])[meant]

    def _require_a_fitting_table(self, connectome: Connectome) -> None:
        n = len(self.types)
        if len(self.densities) != n or any(len(row) != n for row in self.densities):
            raise Invalid(f"The table of densities must have {n} x {n} entries, a row and a column for each type.")
        if len(set(self.types)) != n:
            raise Invalid("A cell type is listed twice; each has one row and one column.")
        require_known(self.types, connectome.types, "cell type")
