"""What a recipe makes: the units, the matrices W[post, pre] and the facts of one data set."""

import csv
import io
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

FACTS = Path(__file__).parents[1] / "facts.toml"


class Wheels(Protocol):
    """The downloaded wheels."""

    def read(self, wheel: str, path: str) -> bytes:
        """The bytes of one file inside a wheel."""

    def list(self, wheel: str) -> list[str]:
        """The files inside a wheel."""


@dataclass
class Nodes:
    """The units of one or more matrices, with one value of every label per unit."""

    names: list[str]
    labels: dict[str, list[str]]
    positions_um: np.ndarray | None = None


@dataclass
class Matrix:
    """One measured matrix `weights[post, pre]` >= 0; `signs[post, pre]` are -1, 0 (unknown) or 1."""

    name: str
    title: str
    weights: np.ndarray
    unit: str
    nodes: str = "all"
    directed: bool = True
    signs: np.ndarray | None = None
    dtype: str = "float32"


@dataclass
class Dataset:
    """A data set as it goes into the assets. `pairs` are symmetric measures, `maps` values per unit."""

    id: str
    facts: dict[str, Any]
    nodes: dict[str, Nodes]
    matrices: list[Matrix]
    pairs: dict[str, np.ndarray] = field(default_factory=dict)
    maps: dict[str, np.ndarray] = field(default_factory=dict)
    tables: dict[str, np.ndarray] = field(default_factory=dict)


def facts(id: str, **counts: object) -> dict[str, Any]:
    """What facts.toml says of a data set, with counts filled in."""
    said = tomllib.loads(FACTS.read_text(encoding="utf-8"))[id]
    return said | {"remarks": [remark.format(**counts) for remark in said["remarks"]]}


def table(text: bytes, delimiter: str = ",") -> list[dict[str, str]]:
    """The rows of a delimited text with a header."""
    return list(csv.DictReader(io.StringIO(text.decode()), delimiter=delimiter))


def dense(rows: Sequence[tuple[str, str, float]], names: list[str]) -> np.ndarray:
    """W[post, pre] of (pre, post, value) rows; a pair that comes twice is an error."""
    index = {name: i for i, name in enumerate(names)}
    weights = np.zeros((len(names), len(names)))
    for pre, post, value in rows:
        if weights[index[post], index[pre]]:
            raise ValueError(f"{pre} to {post} comes twice")
        weights[index[post], index[pre]] = value
    return weights


def mixed_sources(signs: np.ndarray) -> tuple[list[int], int]:
    """Units with connections of both signs, and how many units have a signed connection at all (self excluded)."""
    off = np.where(np.eye(len(signs), dtype=bool), 0, signs)
    plus, minus = (off > 0).any(0), (off < 0).any(0)
    return np.flatnonzero(plus & minus).tolist(), int((plus | minus).sum())
