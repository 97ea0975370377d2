"""The measured connectomes: those that everybody has, two more with `tvb-data`, and the user's own."""

import io
import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from engine.component import Invalid, near
from engine.connectomes import tvb
from engine.connectomes.graph import Graph
from engine.connectomes.kept_record import UNLABELLED, is_own
from engine.connectomes.library import Library
from engine.connectomes.record import MatrixRecord, Measurement, Record, record_of
from engine.connectomes.wiring import MOST_UNITS

ASSETS = Path(__file__).parents[2] / "assets" / "connectomes"
SHIPPED = (
    "human_dk84", "human_schaefer100", "mouse_dmri232", "fly_larva_mb", "fly_opticlobe65",
    "worm_cook2019", "worm_signed_fenyves", "worm_functional_randi", "column_pd14",
)  # fmt: skip


def catalogue() -> tuple[Record, ...]:
    """Every connectome that we know, in the order of the gallery; those not at hand say how to get them."""
    found = tvb.folder() is not None
    optional = {"available": found, "how_to_get": "" if found else tvb.HOW_TO_GET}
    return (*(_record(id) for id in SHIPPED), *(replace(_record(id), **optional) for id in tvb.ZIPS), *_own())


def record(id: str) -> Record:
    """The record called `id`. Raises Invalid with the nearest name if there is none."""
    found = next((r for r in catalogue() if r.id == id), None)
    if found is None:
        known = [r.id for r in catalogue()]
        if is_own(id):
            said = "it was somebody's own: open the bundle of the run that used it, or import its file again"
            raise Invalid(f"There is no connectome '{id}' in {Library().path}; {said}.", "wiring.connectome")
        said = near(id, known) or f" Known are {', '.join(known)}."
        raise Invalid(f"There is no connectome '{id}'.{said}", "wiring.connectome")
    return found


def measurement(id: str, matrix: str = "") -> Measurement:
    """The numbers of one matrix of a connectome, the first if `matrix` is empty. Raises Invalid if not at hand."""
    found, name = _named(id, matrix)
    if not is_own(id):
        return _measurement(id, name)
    if found.n > MOST_UNITS:
        raise Invalid(
            f"'{id}' has {found.n:,} units, more than the {MOST_UNITS:,} of a matrix; cut it to some of them.",
            "wiring.cuts",
        )
    return measured_graph(Library().graph(id), id)


def graph(id: str, matrix: str = "") -> Graph:
    """The connections of one matrix of a connectome as a list, however many units it has."""
    _named(id, matrix)
    return Library().graph(id) if is_own(id) else graph_of(measurement(id, matrix))


def labels_of(id: str, matrix: str = "") -> tuple[Mapping[str, tuple[str, ...]], int]:
    """The labels of the units of a connectome of any size, and how many units there are."""
    found, _ = _named(id, matrix)
    told = Library().graph(id) if is_own(id) else measurement(id, matrix)
    return _labelled(told.labels), found.n if is_own(id) else told.n


def _labelled(labels: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    return {name: tuple(value or UNLABELLED for value in values) for name, values in labels.items()}


def measured_graph(graph: Graph, id: str, matrix: str = "") -> Measurement:
    """A graph that fits into a matrix, as the numbers of a connectome of which it is a part."""
    found, name = _named(id, matrix)
    whole = next(m for m in found.matrices if m.name == name)
    own = len(graph.strengths) - graph.edges
    strengths, signs = graph.dense()
    labels = _labelled(graph.labels)
    return _frozen(
        Measurement(
            found, replace(whole, n=graph.n, edges=graph.edges, density=graph.density, self_connections=own),
            strengths, signs, graph.names, labels, graph.positions_um, graph.pairs, graph.maps,
            unknown=graph.unknown,
        )
    )  # fmt: skip


def graph_of(measured: Measurement) -> Graph:
    """The numbers of a matrix as a list of connections."""
    post, pre = np.nonzero(measured.strengths)
    signs = None if measured.edge_signs is None else measured.edge_signs[post, pre]
    return Graph(
        measured.names, pre, post, measured.strengths[post, pre], signs, measured.labels, measured.positions_um,
        measured.pairs, measured.maps, measured.unknown,
    )  # fmt: skip


def choices() -> tuple[tuple[str, str], ...]:
    """The connectomes as (id, title)."""
    return tuple((r.id, f"{r.title}{_why_not(r)}") for r in catalogue())


def assets() -> Path:
    """The folder of the shipped connectomes, their licences and the NOTICE."""
    return ASSETS


def _own() -> tuple[Record, ...]:
    return Library().records()


def _why_not(record: Record) -> str:
    if record.available:
        return ""
    return " (not readable)" if record.fault else " (not installed)"


def _named(id: str, matrix: str) -> tuple[Record, str]:
    """The record and the name of one of its matrices. Raises Invalid if either is not at hand."""
    found = record(id)
    if found.fault:
        raise Invalid(f"The connectome '{id}' cannot be read: {found.fault}", "wiring.connectome")
    if not found.available:
        raise Invalid(f"The connectome '{id}' is not installed; get it with: {found.how_to_get}", "wiring.connectome")
    names = [m.name for m in found.matrices]
    name = matrix or names[0]
    if name not in names:
        said = near(name, names) or f" It has {', '.join(names)}."
        raise Invalid(f"The connectome '{id}' has no matrix '{name}'.{said}", "wiring.matrix")
    return found, name


@lru_cache(maxsize=32)
def _measurement(id: str, name: str) -> Measurement:
    found = _record(id)
    matrix = next(m for m in found.matrices if m.name == name)
    return _frozen(_shipped(found, matrix) if id in SHIPPED else tvb.measurement(found, matrix))


def _shipped(record: Record, matrix: MatrixRecord) -> Measurement:
    nodes = _json(record.id)["nodes"][matrix.nodes]
    arrays = _arrays(record.id)
    strengths, signs = _strengths(arrays, matrix)
    labels = {label: tuple(values) for label, values in nodes["labels"].items()}
    positions = arrays.get(f"positions_um.{matrix.nodes}")
    return Measurement(
        record, matrix, strengths, signs, tuple(nodes["names"]), labels,
        None if positions is None else positions.astype(float),
        {name: _mirrored(arrays[f"pair.{name}"], matrix.n) for name in record.pairs},
        {name: arrays[f"map.{name}"].astype(float) for name in record.maps},
        {key.removeprefix("table."): array for key, array in arrays.items() if key.startswith("table.")},
    )  # fmt: skip


def _strengths(arrays: Mapping[str, np.ndarray], matrix: MatrixRecord) -> tuple[np.ndarray, np.ndarray | None]:
    if f"{matrix.name}.upper" in arrays:
        return _mirrored(arrays[f"{matrix.name}.upper"], matrix.n), None
    post, pre, weight = (arrays[f"{matrix.name}.{part}"] for part in ("post", "pre", "weight"))
    strengths = np.zeros((matrix.n, matrix.n))
    strengths[post, pre] = weight
    if not matrix.signed:
        return strengths, None
    signs = np.zeros((matrix.n, matrix.n), np.int8)
    signs[post, pre] = arrays[f"{matrix.name}.sign"]
    return strengths, signs


def _mirrored(upper: np.ndarray, n: int) -> np.ndarray:
    whole = np.zeros((n, n))
    whole[np.triu_indices(n, 1)] = upper
    return whole + whole.T


def _frozen(measured: Measurement) -> Measurement:
    single = (measured.strengths, measured.edge_signs, measured.positions_um)
    for array in (*single, *measured.pairs.values(), *measured.maps.values(), *measured.tables.values()):
        if array is not None:
            array.setflags(write=False)
    return measured


@lru_cache(maxsize=16)
def _record(id: str) -> Record:
    return record_of(_json(id))


@lru_cache(maxsize=16)
def _json(id: str) -> Mapping[str, Any]:
    return json.loads(_content(f"{id}.json"))


def _arrays(id: str) -> dict[str, np.ndarray]:
    with np.load(io.BytesIO(_content(f"{id}.npz")), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def _content(name: str) -> bytes:
    try:
        return (ASSETS / name).read_bytes()
    except OSError as error:
        raise Invalid(
            f"The file {name} of the shipped connectomes cannot be read from {ASSETS} ({error.strerror}): reinstall."
        ) from None
