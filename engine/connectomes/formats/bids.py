"""Connectivity as BIDS keeps it (BEP017): `*_relmat.dense.tsv`, a sidecar `.json` and `*_nodeindices.tsv`."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.component import Invalid
from engine.connectomes.formats import limits
from engine.connectomes.formats.found import Found
from engine.connectomes.formats.matrix_text import read_matrix
from engine.connectomes.formats.table import table

ENDING = "_relmat.dense.tsv"
LENGTH, FUNCTION = ("length", "distance"), ("correlation", "functional", "coherence")


def claims(head: bytes, path: Path) -> bool:
    """Whether a folder holds matrices of relations."""
    return path.is_dir() and any(path.glob(f"*{ENDING}"))


def read(path: Path, chosen: str = "") -> Found:
    """One matrix, by its measure; its siblings are measures of pairs: lengths, correlations."""
    files = {_measure(file): file for file in sorted(path.glob(f"*{ENDING}"))[:20]}
    best = next((name for name in files if not _is_about(name, (*LENGTH, *FUNCTION))), next(iter(files)))
    chosen = chosen or best
    if chosen not in files:
        raise Invalid(f"{path.name} has no matrix '{chosen}'; it has {', '.join(files)}.")
    found = _matrix(files[chosen])
    sidecar = _json(_sidecar(files[chosen]))
    names, labels = _nodes(path, sidecar, len(found.matrix))
    others = {name: _matrix(file).matrix for name, file in files.items() if name != chosen}
    same = {_called(name): matrix for name, matrix in others.items() if matrix.shape == found.matrix.shape}
    directed = sidecar.get("Directed")
    return replace(
        found, format="BIDS connectivity", names=names or found.names, labels=labels, pairs=same,
        directed=directed if isinstance(directed, bool) else None, choices=tuple(files), chosen=chosen,
        facts=_facts(sidecar, _json(path / "dataset_description.json"), chosen),
    )  # fmt: skip


def _measure(file: Path) -> str:
    found = re.search(r"meas-([A-Za-z0-9]+)", file.name)
    return found[1] if found else file.name.removesuffix(ENDING)


def _sidecar(file: Path) -> Path:
    return file.with_name(file.name.removesuffix(".dense.tsv") + ".json")


def _matrix(file: Path) -> Found:
    return read_matrix(table(limits.content(file), file.name))


def _is_about(name: str, words: tuple[str, ...]) -> bool:
    return any(word in name.lower() for word in words)


def _called(measure: str) -> str:
    if _is_about(measure, LENGTH):
        return "length_mm"
    return "bold_correlation" if "correlation" in measure.lower() else measure


def _json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    limits.require_file(path, 4 * limits.MB)
    try:
        value = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise Invalid(f"{path.name} is not JSON.") from None
    return value if isinstance(value, dict) else {}


def _nodes(path: Path, sidecar: dict[str, Any], n: int) -> tuple[tuple[str, ...] | None, dict[str, tuple[str, ...]]]:
    axes = sidecar.get("Axes")
    named = axes[0].get("NodeFile") if isinstance(axes, list) and axes and isinstance(axes[0], dict) else None
    file = path / Path(str(named)).name if named else next(iter(sorted(path.glob("*_nodeindices.tsv"))), None)
    if file is None or not file.is_file():
        return None, {}
    nodes = table(limits.content(file), file.name)
    columns = {name: index for index, name in enumerate(nodes.header or ()) if name in ("label", "name", "node_label")}
    if not columns:
        return None, {}
    names = limits.labels(nodes.texts(next(iter(columns.values()))), file.name)
    if len(names) != n:
        raise Invalid(f"{file.name} names {len(names)} nodes, but the matrix has {n} rows.")
    return names, {}


def _facts(sidecar: dict[str, Any], data: dict[str, Any], measure: str) -> dict[str, str]:
    sources = data.get("SourceDatasets")
    source = sources[0] if isinstance(sources, list) and sources and isinstance(sources[0], dict) else {}
    told = {
        "title": data.get("Name"), "licence": data.get("License"), "doi": source.get("DOI"),
        "about": sidecar.get("Description"), "unit": sidecar.get("MeasureUnits") or measure, "level": "region",
    }  # fmt: skip
    return {key: limits.shown(value, 400) for key, value in told.items() if isinstance(value, str) and value.strip()}
