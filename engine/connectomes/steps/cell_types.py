"""Units get cell types beyond E and I, and with them signs."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Float, Int
from pydantic import Field

from engine.component import Component, Invalid, Typical
from engine.connectomes.connectome import Connectome
from engine.connectomes.signs import SIGN_OF
from engine.connectomes.steps.selection import AreaNames, codes, members, named
from engine.connectomes.steps.shuffling import parts
from engine.connectomes.steps.sign_shuffle import with_signs
from engine.connectomes.steps.step import Step


class CellType(Component):
    """One cell type: how frequent it is and what its units do to others."""

    title: ClassVar[str] = "Cell type"
    name: Annotated[str, Field(min_length=1, max_length=80, description="Name, e.g. Pyr, PV, SST, VIP.")] = "Pyr"
    share: Annotated[
        float, Field(ge=0, le=1e9, description="How many units, relative to the other types."), Typical(0, 20, 1)
    ] = 1.0
    sign: Annotated[
        Literal["excitatory", "inhibitory", "free"], Field(description="What its units do to their targets.")
    ] = "excitatory"


class CellTypes(Step):
    """The units of every area are shared out among cell types; weights take the sign of the type of their source.

    Counts are the shares of each area rounded by the largest remainder; the first of equal ones comes first. Weights of
    a type with a free sign stay as they are.
    """

    kind: Literal["cell_types"] = "cell_types"
    title: ClassVar[str] = "Assign cell types"
    source: ClassVar[str] = "Balwani et al. (2025) Sci Adv adw4970: 12 Pyr : 2 SST : 1 VIP; the rule is ours"
    cell_types: Annotated[tuple[CellType, ...], Field(min_length=1, max_length=100, description="The types.")] = (
        CellType(name="Pyr", share=12.0),
        CellType(name="SST", share=2.0, sign="inhibitory"),
        CellType(name="VIP", share=1.0, sign="inhibitory"),
    )
    areas: Annotated[AreaNames, Field(description="Areas that get these types; empty for all.")] = ()
    order: Annotated[
        Literal["drawn", "in_order"],
        Field(description="Types drawn by chance, or one after the other along the units."),
    ] = "drawn"

    def change(self, connectome: Connectome, rng: np.random.Generator) -> Connectome:
        """Raises Invalid for an unknown area, two types of one name, or shares that are all 0."""
        self._require_fitting_types()
        units, kind = np.flatnonzero(members(connectome, "area", self.areas)), np.full(connectome.n, -1)
        shares = np.array([cell.share for cell in self.cell_types])
        for part in parts(codes(connectome.areas)[units]):
            dealt = np.repeat(np.arange(len(shares)), largest_remainder(shares, len(part)))
            kind[units[part]] = rng.permutation(dealt) if self.order == "drawn" else dealt
        signs = np.array([SIGN_OF[cell.sign] for cell in self.cell_types], np.int8)
        types = tuple(self.cell_types[k].name if k >= 0 else t for k, t in zip(kind, connectome.types, strict=True))
        counts = ", ".join(f"{(kind == k).sum()} {cell.name}" for k, cell in enumerate(self.cell_types))
        did = f"Cell types of {named(self.areas, 'all areas')}: {counts}."
        return with_signs(connectome, np.where(kind >= 0, signs[kind], connectome.signs), types).but(did)

    def _require_fitting_types(self) -> None:
        names = [cell.name for cell in self.cell_types]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise Invalid(f"Two cell types are called '{twice}'; each needs a name of its own.")
        if not any(cell.share for cell in self.cell_types):
            raise Invalid("The shares of all cell types are 0; give at least one a share.")


def largest_remainder(shares: Float[np.ndarray, " types"], total: int) -> Int[np.ndarray, " types"]:
    """`total` dealt out in proportion to the shares: rounded down, then one more by the largest remainder."""
    ideal = total * shares / shares.sum()
    counts = np.floor(ideal + 1e-9).astype(np.int64)
    rest = np.argsort(-(ideal - counts).round(9), kind="stable")[: total - int(counts.sum())]
    counts[rest] += 1
    return counts
