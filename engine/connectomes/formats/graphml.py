"""GraphML and GML: nodes and connections with attributes, read through networkx."""

import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.parsers import expat

import numpy as np

from engine.component import Invalid
from engine.connectomes.formats import limits
from engine.connectomes.formats.found import Edges, Found
from engine.connectomes.formats.limits import shown
from engine.connectomes.formats.variables import likeliest

XYZ = ("x", "y", "z")
GML = re.compile(rb"\s*(#[^\n]*\s*|[Cc]reator\s[^\n]*\s*|[Vv]ersion\s[^\n]*\s*)*graph\s*\[")


def claims(head: bytes, path: Path) -> bool:
    """Whether this is one of them."""
    return b"<graphml" in head[:8192] or _is_xml(head) or bool(GML.match(head[:4096]))


def read(path: Path, chosen: str = "") -> Found:
    """The nodes with their attributes, and the connections with the weight that is `chosen` or called like one."""
    data = limits.content(path)
    limits.require_bytes(len(data), path.name, limits.XML_BYTES)
    graph = _gml(data, path.name) if GML.match(data) else _graphml(data, path.name)
    if not len(graph):
        raise Invalid(f"{shown(path.name)} holds no nodes.")
    limits.require_edges(graph.number_of_edges(), len(graph), path.name)
    edges, choices, name = _edges(graph, chosen, path.name)
    remarks = () if choices else ("The connections have no weights; each counts 1.",)
    labels, positions, maps = _attributes(graph, path.name)
    return Found(
        "GML" if GML.match(data) else "GraphML", _names(graph, path.name), edges=edges, directed=graph.is_directed(),
        rows_are="source", labels=labels, positions_um=positions, maps=maps,
        choices=choices if len(choices) > 1 else (), chosen=name, remarks=remarks,
    )  # fmt: skip


def require_plain_xml(data: bytes, name: str) -> None:
    """Raises Invalid for XML with a document type (entities that grow without end live there), or too deep."""
    parser, depth = expat.ParserCreate(), [0]

    def enter(tag: str, attributes: Mapping[str, str]) -> None:
        depth[0] += 1
        if depth[0] > limits.DEPTH:
            raise Invalid(f"{shown(name)} nests elements over {limits.DEPTH} deep.")

    def leave(tag: str) -> None:
        depth[0] -= 1

    def refuse(*_: object) -> None:
        raise Invalid(f"{shown(name)} declares a document type or entities, as only a trap does; remove <!DOCTYPE …>.")

    parser.StartElementHandler, parser.EndElementHandler = enter, leave
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = parser.ExternalEntityRefHandler = refuse
    with limits.reading(name, "GraphML file"):
        parser.Parse(data, True)


def _is_xml(head: bytes) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:5] == b"<?xml" or b"<!DOCTYPE graphml" in head[:8192]


def _graphml(data: bytes, name: str) -> Any:
    import networkx  # half a second, so only when asked for

    require_plain_xml(data, name)
    if b"<graphml" not in data:
        raise Invalid(f"{shown(name)} is XML, but no GraphML.")
    with limits.reading(name, "GraphML file"):
        return networkx.read_graphml(io.BytesIO(data), node_type=str)


def _gml(data: bytes, name: str) -> Any:
    import networkx

    lines = limits.text(data, name).splitlines()
    depth = 0
    for line in lines:
        depth += line.count("[") - line.count("]")
        if depth > limits.DEPTH:
            raise Invalid(f"{shown(name)} nests lists over {limits.DEPTH} deep.")
    with limits.reading(name, "GML file"):
        return networkx.parse_gml(lines, label="id")


def _names(graph: Any, file: str) -> tuple[str, ...]:
    """The ids; or the labels that all nodes have, if no two are alike."""
    for key in ("label", "name"):
        said = [values.get(key) for _, values in graph.nodes(data=True)]
        if all(isinstance(text, str | int) for text in said) and len(set(map(str, said))) == len(said):
            return limits.labels(said, file)
    return limits.labels(graph.nodes, file)


def _edges(graph: Any, chosen: str, file: str) -> tuple[Edges, tuple[str, ...], str]:
    index = {node: i for i, node in enumerate(graph.nodes)}
    rows = list(graph.edges(data=True))
    known: dict[str, int] = {}
    for _, _, values in rows:
        for key, value in values.items():
            known[key] = known.get(key, 0) + (isinstance(value, int | float) and not isinstance(value, bool))
    numeric = tuple(key for key, count in known.items() if count == len(rows))
    name = likeliest(numeric, chosen, file) if numeric or chosen else ""
    with limits.reading(file, "graph"):
        weight = np.array([float(values[name]) if name else 1.0 for _, _, values in rows])
    source, target = (np.array([index[row[end]] for row in rows], dtype=np.int64) for end in (0, 1))
    if not graph.is_directed():
        other = source != target
        source, target = np.r_[source, target[other]], np.r_[target, source[other]]
        weight = np.r_[weight, weight[other]]
    return Edges(source, target, weight), numeric, name


def _attributes(graph: Any, file: str) -> tuple[dict[str, tuple[str, ...]], np.ndarray | None, dict[str, np.ndarray]]:
    nodes = [values for _, values in graph.nodes(data=True)]
    shared = [key for key in nodes[0] if all(key in values for values in nodes)]
    labels, maps = {}, {}
    for key in shared:
        values = [node[key] for node in nodes]
        if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
            with limits.reading(file, "graph"):
                maps[key] = np.array([float(value) for value in values])
        elif key not in ("label", "name") and all(isinstance(value, str | bool | int | float) for value in values):
            labels[key] = limits.labels(values, file)
    if all(axis in maps for axis in XYZ):
        return labels, np.stack([maps.pop(axis) for axis in XYZ], 1), maps
    return labels, None, maps
