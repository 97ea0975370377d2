"""A connectome as it stands now becomes a graph for the user's own library, and no rule has to make it again."""

from collections.abc import Mapping

import numpy as np

from engine.connectomes.connectome import Connectome
from engine.connectomes.graph import Graph


def frozen(
    connectome: Connectome, title: str, of: Mapping[str, str] | None = None
) -> tuple[Graph, dict[str, str], tuple[str, ...], tuple[str, ...]]:
    """What `Library.add` takes: the graph, the facts for its record, remarks, and the steps that led here.

    `of` are facts of the source that still hold (species, licence, citation …). Areas, cell types and signs of units
    become the labels `area`, `cell_type` and `sign`; connections keep their signs, from which those of units follow.
    """
    post, pre = np.nonzero(connectome.weights)
    weights = connectome.weights[post, pre]
    letters = tuple({1: "E", -1: "I", 0: "free"}[int(sign)] for sign in connectome.signs)
    graph = Graph(
        names=connectome.names,
        pre=pre,
        post=post,
        strengths=np.abs(weights),
        edge_signs=np.sign(weights).astype(np.int8) if connectome.signs.any() or (weights < 0).any() else None,
        labels={**connectome.labels, "area": connectome.areas, "cell_type": connectome.types, "sign": letters},
        positions_um=connectome.positions_um,
        pairs=connectome.pairs,
        unknown=connectome.unknown,
    )
    silent = int(connectome.mask.sum()) - len(weights)
    lost = (f"{silent} connections of weight 0 are left out: a graph has none.",) if silent else ()
    facts = {**(of or {}), "title": title, "area_by": "area", "unit": "weight"}
    return graph, facts, (*connectome.remarks, *lost), connectome.provenance
