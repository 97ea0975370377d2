"""Two connectomes of the optional package `tvb-data` (GPL-3): never shipped, read as files where it is installed."""

import importlib.util
import io
import zipfile
from functools import lru_cache
from pathlib import Path

import numpy as np

from engine.connectomes.record import MatrixRecord, Measurement, Record

HOW_TO_GET = "pip install 'connectarium[primate]'"
ZIPS = {"macaque_cocomac96": "connectivity_96.zip", "human_hagmann66": "connectivity_66.zip"}
SIDES = {"L": "left", "R": "right"}
PARTS = {"TM": "thalamus", "BG": "basal ganglia"}  # prefixes in the 96-region map


def measurement(record: Record, matrix: MatrixRecord) -> Measurement:
    """The numbers of one of them."""
    names, weights, lengths, positions = _read(ZIPS[record.id])
    labels = _macaque_labels(names) if record.directed else _hagmann_labels(names)
    # rows are sources: cortex projects to the striatum, which projects to almost no cortex; else equal but for rounding
    weights = weights.T if record.directed else (weights + weights.T) / 2
    lengths_mm = (lengths + lengths.T) / 2
    return Measurement(record, matrix, weights, None, names, labels, positions, {"length_mm": lengths_mm})


@lru_cache(maxsize=1)
def folder() -> Path | None:
    """Where the package keeps its connectomes, found without importing it."""
    spec = importlib.util.find_spec("tvb_data")
    places = list(spec.submodule_search_locations or ()) if spec else []
    found = [Path(place) / "connectivity" for place in places]
    return next((path for path in found if all((path / name).is_file() for name in ZIPS.values())), None)


def _read(name: str) -> tuple[tuple[str, ...], np.ndarray, np.ndarray, np.ndarray]:
    with zipfile.ZipFile(folder() / name) as archive:
        weights, lengths = (np.loadtxt(io.BytesIO(archive.read(f))) for f in ("weights.txt", "tract_lengths.txt"))
        rows = [line.split() for line in archive.read("centres.txt").decode().splitlines() if line.strip()]
    positions = np.array([[float(x) for x in row[1:4]] for row in rows]) * 1000
    return tuple(row[0] for row in rows), weights, lengths, positions


def _macaque_labels(names: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    side = [SIDES[name[-1]] for name in names]
    part = ["amygdala" if "Amyg" in name else PARTS.get(name[:2], "cortex") for name in names]
    group = tuple(f"{s} {p}" for s, p in zip(side, part, strict=True))
    return {"group": group, "part": tuple(part), "hemisphere": tuple(side)}


def _hagmann_labels(names: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return {"hemisphere": tuple(SIDES[name[0].upper()] for name in names)}
