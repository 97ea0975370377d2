"""Area graph: which areas drive which, how strongly, and by which routes input can reach the readout."""

from dataclasses import dataclass
from typing import Literal

import networkx
import numpy as np
import pandas as pd
from jaxtyping import Bool, Int
from torch import Tensor

from engine.analysis.connectivity import Blocks, array, blocks, group_of_units
from engine.connectomes.connectome import Connectome

Grain = Literal["area", "area_and_sign"]


@dataclass(frozen=True, eq=False)
class AreaGraph:
    """Areas, or areas × sign of their units, as the nodes of a directed graph; an edge is a block with a weight.

    `synapses[post, pre]` counts the weights that are not 0. `receives` and `is_read` say whether any unit of a node
    receives input and whether any is read out. A route is a path of blocks: it says which areas can influence which,
    not that one chain of single units does.
    """

    blocks: Blocks
    synapses: Int[np.ndarray, "blocks blocks"]
    units: tuple[tuple[int, ...], ...]
    areas: tuple[str, ...]
    signs: tuple[str, ...]
    receives: Bool[np.ndarray, " blocks"]
    is_read: Bool[np.ndarray, " blocks"]
    remarks: tuple[str, ...] = ()

    @property
    def graph(self) -> networkx.DiGraph:
        """The graph for networkx: edges run from pre to post and carry the numbers of their block."""
        made = networkx.DiGraph()
        for k, name in enumerate(self.blocks.names):
            made.add_node(
                name, area=self.areas[k], sign=self.signs[k], units=len(self.units[k]),
                receives=bool(self.receives[k]), is_read=bool(self.is_read[k]),
            )  # fmt: skip
        for edge in self.table().query("synapses > 0").to_dict("records"):
            made.add_edge(edge.pop("pre"), edge.pop("post"), **edge)
        return made

    @property
    def loops(self) -> tuple[frozenset[str], ...]:
        """The strongly connected components: within each, every node reaches every other. Largest first."""
        found = networkx.strongly_connected_components(self.graph)
        return tuple(sorted(map(frozenset, found), key=lambda part: (-len(part), min(part))))

    @property
    def missing_routes(self) -> tuple[tuple[str, str], ...]:
        """Pairs of a node that receives input and one that is read out, with no route from the first to the second."""
        graph, names = self.graph, np.array(self.blocks.names, dtype=object)
        found = []
        for source in names[self.receives]:
            reached = {source} | networkx.descendants(graph, source)
            found += [(source, target) for target in names[self.is_read] if target not in reached]
        return tuple(found)

    def table(self) -> pd.DataFrame:
        """One row per pair of nodes, connected or not."""
        return self.blocks.table().assign(synapses=self.synapses.ravel())


def area_graph(
    weights: Tensor,
    connectome: Connectome,
    grain: Grain = "area",
    input_weights: Tensor | None = None,
    readout_weights: Tensor | None = None,
) -> AreaGraph:
    """The graph of the areas of a network with weights `[post, pre]`, input `[post, input]`, readout `[output, pre]`.

    Without input weights no node receives input; without readout weights none is read out.
    """
    groups = groups_of_areas(connectome, grain)
    names = _in_order(connectome, groups)
    found = array(weights)
    units = tuple(tuple(u for u, group in enumerate(groups) if group == name) for name in names)
    member = np.array([[group == name for group in groups] for name in names], dtype=float)
    synapses = (member @ (found != 0) @ member.T).astype(int)
    nothing = np.zeros(connectome.n, dtype=bool)
    receives = nothing if input_weights is None else (array(input_weights) != 0).any(1)
    is_read = nothing if readout_weights is None else (array(readout_weights) != 0).any(0)
    sign = group_of_units(connectome, "sign")
    return AreaGraph(
        blocks(weights, groups, names),
        synapses,
        units,
        tuple(connectome.areas[inside[0]] for inside in units),
        tuple(sign[inside[0]] if len({sign[u] for u in inside}) == 1 else "mixed" for inside in units),
        member @ receives > 0,
        member @ is_read > 0,
        connectome.remarks,
    )


def groups_of_areas(connectome: Connectome, grain: Grain = "area") -> tuple[str, ...]:
    """The node of every unit: its area, or its area and its sign where units differ in sign."""
    signs = group_of_units(connectome, "sign")
    if grain == "area" or len(set(signs)) == 1:
        return connectome.areas
    return tuple(f"{area} · {sign}" for area, sign in zip(connectome.areas, signs, strict=True))


def _in_order(connectome: Connectome, groups: tuple[str, ...]) -> tuple[str, ...]:
    """Areas in order of appearance; within an area E, then I, then free."""
    area = {name: k for k, name in enumerate(connectome.area_names)}
    sign = {1: 0, -1: 1, 0: 2}
    ranks = {g: (area[connectome.areas[u]], sign[int(connectome.signs[u])]) for u, g in enumerate(groups)}
    return tuple(sorted(ranks, key=ranks.__getitem__))
