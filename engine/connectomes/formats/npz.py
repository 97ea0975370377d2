"""A NumPy .npz: several arrays, a scipy sparse matrix, or a connectome as this project keeps them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from engine.component import Invalid
from engine.connectomes.formats import limits
from engine.connectomes.formats.archive import bag, zip_names
from engine.connectomes.formats.found import Edges, Found
from engine.connectomes.formats.limits import shown
from engine.connectomes.formats.npy import plain_array
from engine.connectomes.formats.variables import compressed_edges, found_among, likeliest, sparse_edges

SPARSE = {"data", "shape", "format"}


def claims(head: bytes, path: Path) -> bool:
    """Whether this is a zip of .npy files only."""
    names = zip_names(path) if head.startswith(b"PK") else ()
    return bool(names) and all(name.endswith(".npy") for name in names)


def read(path: Path, chosen: str = "") -> Found:
    """A matrix with what else the file says of its units; objects are refused by name."""
    members = bag(path)
    limits.require_bytes(sum(members.members.values()), path.name)
    arrays = {
        name.removesuffix(".npy"): plain_array(members.read(name), f"{path.name}: {name}") for name in members.members
    }
    if arrays.keys() >= SPARSE:
        return _sparse(arrays, path.name)
    kept = [name.removesuffix(".weight") for name in arrays if name.endswith(".weight")]
    kept += [name.removesuffix(".upper") for name in arrays if name.endswith(".upper")]
    return _asset(path, arrays, kept, chosen) if kept else found_among("NumPy arrays", path.name, arrays, chosen)


def _sparse(arrays: Mapping[str, np.ndarray], file: str) -> Found:
    with limits.reading(file, "scipy sparse matrix"):
        form = str(arrays["format"].astype("U").item())
        n, columns_of = (int(side) for side in arrays["shape"].tolist())
    if form == "coo":
        rows, columns = (arrays.get(part, np.zeros(0, int)).ravel() for part in ("row", "col"))
    elif form in ("csr", "csc"):
        limits.require_edges(arrays["data"].size, max(n, columns_of), file)
        lines = n if form == "csr" else columns_of
        rows, columns = compressed_edges(_part(arrays, "indices", file), _part(arrays, "indptr", file), lines, file)
        rows, columns = (rows, columns) if form == "csr" else (columns, rows)
    else:
        raise Invalid(f"{shown(file)} is a sparse matrix of the form '{shown(form, 9)}'; save it as 'csr'.")
    edges = sparse_edges(rows, columns, arrays["data"], (n, columns_of), file)
    return Found("scipy sparse matrix", tuple(map(str, range(n))), edges=edges, remarks=("Entries run [row, column].",))


def _part(arrays: Mapping[str, np.ndarray], name: str, file: str) -> np.ndarray:
    if name not in arrays:
        raise Invalid(f"The sparse matrix in {shown(file)} lacks its '{name}'.")
    return arrays[name]


def _asset(path: Path, arrays: Mapping[str, np.ndarray], kept: list[str], chosen: str) -> Found:
    """As in assets/connectomes: lists of (post, pre, weight), or upper triangles, with a .json beside."""
    name = likeliest(kept, chosen, path.name)
    record = _record(path.with_suffix(".json"))
    matrix = next((m for m in record.get("matrices", ()) if m["name"] == name), {})
    nodes = record.get("nodes", {}).get(matrix.get("nodes"), {})
    edges, n = _upper(arrays, name) if f"{name}.upper" in arrays else _listed(arrays, name, path.name)
    names = tuple(nodes.get("names") or map(str, range(n)))
    if len(names) < n:
        raise Invalid(f"{shown(path.name)} has {n:,} units but its .json names {len(names):,}.")
    places = arrays.get(f"positions_um.{matrix.get('nodes')}")
    return Found(
        "Connectarium connectome", limits.labels(names, path.name), edges=edges, rows_are="source",
        directed=matrix.get("directed"), labels={k: tuple(map(str, v)) for k, v in nodes.get("labels", {}).items()},
        positions_um=None if places is None else limits.numbers(places, path.name), position_unit="um",
        choices=tuple(kept) if len(kept) > 1 else (), chosen=name,
        facts={k: str(record[k]) for k in ("title", "species", "licence", "citation", "doi") if record.get(k)},
    )  # fmt: skip


def _record(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        return {}
    with limits.reading(path.name, "record of a connectome"):
        found = json.loads(limits.text(limits.content(path), path.name))
    if not isinstance(found, dict):
        raise Invalid(f"{shown(path.name)} is no record of a connectome.")
    return found


def _listed(arrays: Mapping[str, np.ndarray], name: str, file: str) -> tuple[Edges, int]:
    post, pre, weight = (_part(arrays, f"{name}.{part}", file).ravel() for part in ("post", "pre", "weight"))
    if post.dtype.kind not in "iu" or pre.dtype.kind not in "iu":
        raise Invalid(f"The list '{shown(name)}' in {shown(file)} has no whole numbers for its units.")
    n = 1 + max((int(ends.max()) for ends in (post, pre) if ends.size), default=-1)
    edges = sparse_edges(pre, post, weight, (n, n), file)
    sign = arrays.get(f"{name}.sign")
    same = sign is not None and sign.size == weight.size and sign.dtype.kind == "i"
    return (Edges(edges.source, edges.target, edges.weight, np.sign(sign).astype(np.int8)) if same else edges), n


def _upper(arrays: Mapping[str, np.ndarray], name: str) -> tuple[Edges, int]:
    upper = limits.numbers(arrays[f"{name}.upper"].ravel(), name)
    n = round((1 + np.sqrt(1 + 8 * upper.size)) / 2)
    if n * (n - 1) // 2 != upper.size:
        raise Invalid(f"The upper triangle '{shown(name)}' has {upper.size:,} values, which fit no square matrix.")
    limits.require_side((n, n), name)
    post, pre = np.triu_indices(n, 1)
    both = np.flatnonzero(upper)
    post, pre, weight = post[both], pre[both], upper[both]
    return Edges(np.r_[pre, post], np.r_[post, pre], np.r_[weight, weight]), n
