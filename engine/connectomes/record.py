"""A record says of one measured connectome what it is, whose, under which licence, and what was done to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Float, Int8

Level = Literal["neuron", "type", "region", "population"]


@dataclass(frozen=True)
class MatrixRecord:
    """One measured matrix. `edges` and `density` leave self-connections out; an undirected connection counts twice."""

    name: str
    title: str
    unit: str
    nodes: str
    directed: bool
    signed: bool
    n: int
    edges: int
    density: float
    self_connections: int


@dataclass(frozen=True)
class Record:
    """One data set. `n`, `edges` and `density` are those of its first matrix.

    `sign` says where signs come from: 'edge' = each connection is signed, 'node' = each unit, 'none' = assigned.
    `area_labels` lists the labels that areas may be read from with their values; `area_by` is the one used by default.
    `source_convention` is how the source stored the matrix; here it is always W[post, pre].
    `unknown` names matrices with a mask of pairs never measured. One that is not `available` says `how_to_get` it, or
    which `fault` its file has.
    """

    id: str
    title: str
    about: str
    species: str
    level: Level
    directed: bool
    sign: Literal["none", "edge", "node"]
    matrices: tuple[MatrixRecord, ...]
    area_by: str
    area_labels: Mapping[str, tuple[str, ...]]
    signs_offered: tuple[str, ...]
    source_convention: str
    licence: str
    licence_url: str
    citation: str
    doi: str
    source: str
    steps: tuple[str, ...]
    remarks: tuple[str, ...]
    licence_files: tuple[str, ...] = ()
    terms_url: str = ""
    sha256: str = ""
    cell_type: str = ""
    space: str = ""
    pairs: tuple[str, ...] = ()
    maps: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    available: bool = True
    how_to_get: str = ""
    fault: str = ""

    @property
    def n(self) -> int:
        """Number of units of the first matrix."""
        return self.matrices[0].n

    @property
    def edges(self) -> int:
        """Connections between different units in the first matrix."""
        return self.matrices[0].edges

    @property
    def density(self) -> float:
        """Share of the possible connections between different units that exist in the first matrix."""
        return self.matrices[0].density

    @property
    def convention(self) -> str:
        """Rows of a matrix are the postsynaptic units."""
        return "post_rows"

    @property
    def transmitter(self) -> bool:
        """Whether transmitters of the units are known."""
        return "transmitter" in self.area_labels

    @property
    def hemisphere(self) -> bool:
        """Whether the side of the units is known."""
        return "hemisphere" in self.area_labels


@dataclass(frozen=True, eq=False)
class Measurement:
    """The numbers of one matrix of a record; the arrays are read-only, since they are shared.

    `strengths[post, pre]` >= 0; `edge_signs` are -1, 0 (unknown) or 1, and None where the data sign no connection.
    `pairs` are symmetric measures per pair of units (length_mm, bold_correlation), `maps` values per unit (myelin, …).
    """

    record: Record
    matrix: MatrixRecord
    strengths: Float[np.ndarray, "post pre"]
    edge_signs: Int8[np.ndarray, "post pre"] | None
    names: tuple[str, ...]
    labels: Mapping[str, tuple[str, ...]]
    positions_um: Float[np.ndarray, "units 3"] | None = None
    pairs: Mapping[str, Float[np.ndarray, "units units"]] = field(default_factory=dict)
    maps: Mapping[str, Float[np.ndarray, " units"]] = field(default_factory=dict)
    tables: Mapping[str, np.ndarray] = field(default_factory=dict)
    unknown: Bool[np.ndarray, "post pre"] | None = None

    @property
    def weights(self) -> Float[np.ndarray, "post pre"]:
        """Signed where the data know the sign; a connection of unknown sign counts as positive."""
        if self.edge_signs is None:
            return self.strengths
        return np.where(self.edge_signs < 0, -self.strengths, self.strengths)

    @property
    def n(self) -> int:
        """Number of units."""
        return len(self.names)


def record_of(content: Mapping[str, Any]) -> Record:
    """The record in the parsed JSON of an asset."""
    told = {f.name: content[f.name] for f in fields(Record) if f.name in content}
    told |= {name: tuple(value) for name, value in told.items() if isinstance(value, list)}
    matrices = tuple(MatrixRecord(**matrix) for matrix in content["matrices"])
    labels = content["area_labels"] if "area_labels" in content else _labels(content["nodes"])
    area_labels = {label: tuple(values) for label, values in labels.items()}
    found = {"directed": matrices[0].directed, "sign": _sign(matrices, labels), "area_labels": area_labels}
    return Record(**told | found | {"matrices": matrices})


def _labels(node_sets: Mapping[str, Any]) -> Mapping[str, Any]:
    labels: dict[str, dict[str, None]] = {}
    for nodes in node_sets.values():
        for label, values in nodes["labels"].items():
            labels.setdefault(label, {}).update(dict.fromkeys(values))
    return labels


def _sign(matrices: tuple[MatrixRecord, ...], labels: Mapping[str, Any]) -> Literal["none", "edge", "node"]:
    if matrices[0].signed:
        return "edge"
    return "node" if "transmitter" in labels else "none"
