"""Prune: which connections a stage takes away, and how they are chosen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Bool, Int
from pydantic import Field

from engine.component import Component, Invalid, Typical
from engine.connectomes.connectome import Connectome
from engine.connectomes.probability_table import ProbabilityRow

Method = Literal["random", "magnitude", "top_prob", "top_prob_task_notebooks", "top_prob_cell_type_notebooks"]


@dataclass(frozen=True, eq=False)
class Block:
    """Connections that are pruned together: what is to be left of those from some units to some, as a share."""

    post: Int[np.ndarray, " post"]
    pre: Int[np.ndarray, " pre"]
    density: float
    is_of_pairs: bool
    called: str


class Prune(Component):
    """Takes connections away for good: at random, the weakest, or at random with the strongest kept most often.

    Top-prob keeps a connection with a probability proportional to its strength (topologically informed pruning: strong
    connections are the edges of the maximum spanning tree); ours spreads what exceeds 1 by water-filling, so that the
    wanted density is met on average. As published, it over-keeps where zeros exist: the task notebooks fill zeros
    with 1e-25 first and spread the excess evenly; the cell-type notebooks do not spread it.
    """

    title: ClassVar[str] = "Pruning"
    source: ClassVar[str] = "Balwani, Wang, Najafi & Choi (2025) Sci. Adv. doi:10.1126/sciadv.adw4970"

    method: Annotated[
        Method,
        Field(description="Random, weakest first, or by chance in proportion to strength, exact or as published."),
    ] = "magnitude"
    density: Annotated[
        float, Field(ge=0, le=1, description="Share that is left in every block."), Typical(0.05, 0.95, 0.05)
    ] = 0.5  # fmt: skip
    share_of: Annotated[
        Literal["connections", "pairs"],
        Field(description="The density is a share of the connections that may exist now, or of all pairs of units."),
    ] = "connections"
    matrix: Annotated[Literal["W_rec", "W_in", "W_out"], Field(description="Which weights.")] = "W_rec"
    where: Annotated[
        Literal["everywhere", "within_areas", "between_areas"], Field(description="Which recurrent connections.")
    ] = "everywhere"  # fmt: skip
    blocks: Annotated[
        Literal["whole", "areas", "areas_and_types"],
        Field(description="The density holds for all at once, or for every pair of areas, or of cell types of areas."),
    ] = "whole"
    table: Annotated[
        tuple[ProbabilityRow, ...],
        Field(description="Densities of blocks of their own; needs units with layers. Pairs are then its share."),
    ] = ()
    others: Annotated[
        Literal["as_they_are", "density"],
        Field(description="Blocks that the table does not name stay as they are, or get the density above."),
    ] = "as_they_are"
    moments: Annotated[
        Literal["keep", "mask", "reset"],
        Field(
            description="The optimiser's running means of gradients: as they are, 0 for pruned connections, or all of "
            "them forgotten."
        ),
    ] = "keep"
    rounds: Annotated[
        int, Field(ge=1, le=1000, description="Rounds in which the density falls evenly on a logarithmic scale."),
        Typical(1, 20),
    ] = 1  # fmt: skip
    every: Annotated[
        int, Field(ge=1, le=1_000_000, description="Steps from one round to the next."), Typical(10, 500)
    ] = 100  # fmt: skip

    def parts(self, connectome: Connectome, shape: tuple[int, int], address: str) -> tuple[Block, ...]:
        """The blocks of a matrix of this shape. Raises Invalid where the connectome lacks what they need."""
        if self.matrix != "W_rec" and (self.table or self.where != "everywhere"):
            said = f"Between areas, or as a table says, only W_rec can be pruned, not {self.matrix}"
            raise Invalid(f"{said}; prune it everywhere and without a table.", f"{address}.matrix")
        if self.table:
            return self._of_table(connectome, address)
        keys = self._keys(connectome)
        channels = [""] * max(shape)
        of_post = channels[: shape[0]] if self.matrix == "W_out" else keys
        of_pre = channels[: shape[1]] if self.matrix == "W_in" else keys
        is_of_pairs = self.share_of == "pairs"
        return tuple(
            Block(post, pre, self.density, is_of_pairs, f"{a or 'all'} to {b or 'all'}")
            for b, post in _groups(of_post)
            for a, pre in _groups(of_pre)
        )

    def scope(self, connectome: Connectome) -> Bool[np.ndarray, "#post #pre"]:
        """Which pairs of units it concerns at all."""
        areas = np.array(_areas(connectome))
        within = areas[:, None] == areas[None, :]
        return {"everywhere": np.ones((1, 1), bool), "within_areas": within, "between_areas": ~within}[self.where]

    def _keys(self, connectome: Connectome) -> Sequence[str]:
        if self.blocks == "whole":
            return [""] * connectome.n
        if self.blocks == "areas":
            return connectome.areas
        return [" ".join(of) for of in zip(connectome.areas, connectome.types, strict=True)]

    def _of_table(self, connectome: Connectome, address: str) -> tuple[Block, ...]:
        layers = connectome.labels.get("layer")
        if layers is None:
            said = "The table speaks of layers, but the units of this wiring have none"
            raise Invalid(f"{said}; choose a wiring with layers, or prune without a table.", f"{address}.table")
        groups = dict(_groups(list(zip(_areas(connectome), layers, connectome.types, strict=True))))
        densities = {row.pair: row.connection_probability for row in self.table}
        found = []
        for (b, post), (a, pre) in ((post, pre) for post in groups.items() for pre in groups.items()):
            anywhere = (("", *a[1:]), ("", *b[1:])) if a[0] == b[0] else None
            density = densities.get((a, b), densities.get(anywhere))
            if density is None and self.others == "density":
                density = self.density
            if density is not None:
                found.append(Block(post, pre, density, True, f"{' '.join(a)} to {' '.join(b)}"))
        return tuple(found)


def _areas(connectome: Connectome) -> Sequence[str]:
    return connectome.labels.get("area", connectome.areas)


def _groups(keys: Sequence) -> list[tuple]:
    """Every key with the indices at which it stands, in order of first appearance."""
    places: dict = {}
    for index, key in enumerate(keys):
        places.setdefault(key, []).append(index)
    return [(key, np.array(where)) for key, where in places.items()]
