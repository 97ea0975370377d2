"""The record of a user's own connectome: made from a graph and what its owner said, and read again with suspicion."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pydantic

from engine.component import Invalid
from engine.connectomes.graph import Graph
from engine.connectomes.record import MatrixRecord, Record, record_of

MATRIX = "weights"  # the one matrix of a connectome here
UNLABELLED = "unlabelled"  # stands for a label that a unit lacks
MOST_VALUES = 200  # of a label that areas may be read from
LONGEST = 4000  # characters of one text in a record
_ID = re.compile(r"[a-z0-9][a-z0-9_]{0,60}_[0-9a-f]{6,12}")
_RECORD = pydantic.TypeAdapter(Record)


def is_own(id: str) -> bool:
    """Whether a name has the form of an id of this library, and so cannot lead out of it."""
    return _ID.fullmatch(id) is not None


def json_object(content: bytes) -> dict[str, Any]:
    """The JSON object in the bytes of a record. Raises Invalid if there is none."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Invalid("The record of the connectome is not JSON.")
    return found


def record_of_graph(
    graph: Graph, facts: Mapping[str, str], remarks: tuple[str, ...], steps: tuple[str, ...], digest: str
) -> Record:
    """What the gallery says of a graph of the user's own; `digest` is the hash of its arrays."""
    told = {name: " ".join(str(value).split())[:LONGEST] for name, value in facts.items()}
    title = told.get("title") or "My connectome"
    slug = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")[:40] or "connectome"
    signed = graph.edge_signs is not None and bool(graph.edge_signs.any())
    majority = ("edge_majority",) if signed else ()
    transmitter = ("transmitter",) if "transmitter" in graph.labels else ()
    labels = {name: tuple(dict.fromkeys(v or UNLABELLED for v in values)) for name, values in graph.labels.items()}
    fit = {name: values for name, values in labels.items() if len(values) <= MOST_VALUES}
    form = told.get("format", "")
    return Record(
        id=f"{slug}_{digest[:6]}", title=title, about=told.get("about", "") or f"Your own: {form or 'made here'}.",
        species=told.get("species", "") or "not stated", level=told.get("level", "neuron"),  # type: ignore[arg-type]
        directed=is_directed(graph), sign="edge" if signed else "node" if transmitter else "none",
        matrices=(_matrix(graph, told.get("unit", ""), signed),),
        area_by=told["area_by"] if told.get("area_by") in graph.labels else "one", area_labels=fit,
        signs_offered=(*majority, *transmitter, "ratio_by_unit", "ratio_by_region", "unsigned"),
        source_convention=told.get("convention", ""), licence=told.get("licence", "") or "not stated",
        licence_url=told.get("licence_url", ""), citation=told.get("citation", "") or "not stated",
        doi=told.get("doi", ""), source=told.get("source", "") or form, steps=steps, remarks=remarks, sha256=digest,
        cell_type=next((name for name in ("cell_type", "type", "class") if name in graph.labels), ""),
        pairs=tuple(graph.pairs), maps=tuple(graph.maps), unknown=(MATRIX,) if graph.unknown is not None else (),
    )  # fmt: skip


def _matrix(graph: Graph, unit: str, signed: bool) -> MatrixRecord:
    title = f"Connections, {unit}" if unit else "Connections"
    own = len(graph.strengths) - graph.edges
    return MatrixRecord(
        MATRIX, title, unit, "units", is_directed(graph), signed, graph.n, graph.edges, graph.density, own
    )


def is_directed(graph: Graph) -> bool:
    """Whether some connection has another weight on the way back."""
    there, back = (
        np.sort(a.astype(np.int64) * graph.n + b) for a, b in ((graph.post, graph.pre), (graph.pre, graph.post))
    )
    if not np.array_equal(there, back):
        return True
    order = [np.lexsort(ends) for ends in ((graph.pre, graph.post), (graph.post, graph.pre))]
    return not np.allclose(graph.strengths[order[0]], graph.strengths[order[1]], rtol=1e-9)


def record_in(content: dict[str, Any], id: str) -> Record:
    """The record in parsed JSON, which must be that of `id` if one is named. Raises Invalid if it is none."""
    try:
        found = _RECORD.validate_python(asdict(record_of(content)), strict=False)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        raise Invalid("Its record does not say what a record must.") from None
    if not is_own(found.id) or (id and found.id != id) or len(found.matrices) != 1:
        raise Invalid("Its record is that of another connectome.")
    if max(map(len, (found.title, found.about, found.licence, found.citation, *found.remarks))) > LONGEST:
        raise Invalid("Its record holds texts without end.")
    return replace(found, available=True, how_to_get="", fault="")


def spoilt(id: str, fault: str) -> Record:
    """What the gallery says of a connectome that cannot be read."""
    matrix = MatrixRecord(MATRIX, "Connections", "", "units", True, False, 0, 0, 0.0, 0)
    return Record(
        id=id, title=id, about="", species="not stated", level="neuron", directed=True, sign="none",
        matrices=(matrix,), area_by="one", area_labels={}, signs_offered=("unsigned",), source_convention="",
        licence="not stated", licence_url="", citation="not stated", doi="", source="", steps=(), remarks=(),
        available=False, fault=fault,
    )  # fmt: skip
