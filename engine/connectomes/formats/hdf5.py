"""HDF5 files: MATLAB 7.3, The Virtual Brain, connectome-utilities, and any other with a square matrix in it."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from engine.component import Invalid
from engine.connectomes.formats import limits
from engine.connectomes.formats.found import Edges, Found
from engine.connectomes.formats.hdf5_texts import texts_of
from engine.connectomes.formats.limits import shown
from engine.connectomes.formats.variables import compressed_edges, found_among, last, likeliest, sparse_edges

MAGIC = b"\x89HDF\r\n\x1a\n"
CHUNK_BYTES = 256 * limits.MB
FILTERS = (1, 2, 3, 4, 5, 6, 32000)  # deflate, shuffle, checksum, szip, n-bit, scale and offset, lzf
TVB = {"weights", "centres"}


def claims(head: bytes, path: Path) -> bool:
    """Whether this is an HDF5 file, with or without the 512 bytes that MATLAB 7.3 writes before it."""
    return head.startswith((MAGIC, b"MATLAB 7.3")) or head[512:520] == MAGIC


def read(path: Path, chosen: str = "") -> Found:
    """The square matrix that is `chosen` or called like a connectome, with the others that fit its units."""
    import h5py  # only when asked for

    limits.require_file(path)
    with path.open("rb") as file:
        matlab = file.read(10) == b"MATLAB 7.3"
    with limits.reading(path.name, "HDF5 file"), h5py.File(path, "r", locking=False) as file:
        arrays = _arrays(file, path.name)
        sparse = {name: file[name] for name in _sparse_groups(file)} if matlab else {}
        if sparse and chosen in ("", *sparse):
            return _sparse(sparse[chosen or next(iter(sparse))], path.name)
    if matlab:
        arrays = {name: array.T if array.dtype.kind in "biuf" else array for name, array in arrays.items()}
    listed = [name.removesuffix("/block0_values") for name in arrays if name.endswith("edge_indices/block0_values")]
    if listed:
        return _listed(arrays, likeliest(listed, chosen, path.name), listed, path.name)
    found = found_among("MATLAB 7.3 file" if matlab else "HDF5 file", path.name, arrays, chosen)
    if {last(name) for name in arrays} >= TVB:
        return replace(found, format="TVB connectivity (HDF5)", position_unit="mm")
    return found


def plain_arrays(path: Path, most_axes: int = 3) -> dict[str, np.ndarray]:
    """All plain arrays of a file by their paths, as they are; those of more axes are left out."""
    import h5py  # only when asked for

    limits.require_file(path)
    with limits.reading(path.name, "HDF5 file"), h5py.File(path, "r", locking=False) as file:
        return _arrays(file, path.name, most_axes)


def require_harmless(path: Path) -> None:
    """Raises Invalid if a file points to others, or is packed as only a trap is; for libraries that read it after."""
    import h5py  # only when asked for

    with limits.reading(path.name, "HDF5 file"), h5py.File(path, "r", locking=False) as file:
        for name, dataset in _datasets(file, path.name):
            _require_harmless(dataset, f"{path.name}: {name}")


def _arrays(file: Any, name: str, most_axes: int = 2) -> dict[str, np.ndarray]:
    """Every plain array in the file by its path, within the limits; texts as texts."""
    found: dict[str, np.ndarray] = {}
    for path, dataset in _datasets(file, name):
        _require_harmless(dataset, f"{name}: {path}")
        limits.require_bytes(sum(a.nbytes for a in found.values()) + _bytes(dataset), f"{name}: {path}")
        array = _read(file, dataset, most_axes)
        if array is not None:
            found[path] = array
    return found


def _datasets(file: Any, name: str) -> Iterator[tuple[str, Any]]:
    """(path, dataset), through groups only; links to other files are refused, links within are not followed."""
    import h5py

    seen, waiting = set(), [("", file, 0)]
    while waiting:
        prefix, group, depth = waiting.pop()
        if depth > limits.DEPTH or len(group) > limits.MEMBERS:
            raise Invalid(f"{shown(name)} holds too many or too deep groups to be a connectome.")
        for key in group:
            link = group.get(key, getlink=True)
            if isinstance(link, h5py.ExternalLink):
                raise Invalid(f"{shown(name)} points to another file; copy the data into one file.")
            if not isinstance(link, h5py.HardLink) or (not prefix and key.startswith("#")):
                continue
            thing = group[key]
            address = h5py.h5o.get_info(thing.id).addr
            if address in seen:
                continue
            seen.add(address)
            if len(seen) > limits.MEMBERS:
                raise Invalid(f"{shown(name)} holds over {limits.MEMBERS} arrays; give a file of one connectome.")
            if isinstance(thing, h5py.Group):
                waiting.append((f"{prefix}{key}/", thing, depth + 1))
            elif isinstance(thing, h5py.Dataset):
                yield f"{prefix}{key}", thing


def _require_harmless(dataset: Any, name: str) -> None:
    plan = dataset.id.get_create_plist()
    if dataset.is_virtual or dataset.external:
        raise Invalid(f"{shown(name)} takes its numbers from other files; copy them into one file.")
    if any(plan.get_filter(i)[0] not in FILTERS for i in range(plan.get_nfilters())):
        raise Invalid(f"{shown(name)} is packed in a way that we cannot read; save it with gzip.")
    if dataset.chunks and math.prod(dataset.chunks) * dataset.dtype.itemsize > CHUNK_BYTES:
        raise Invalid(f"{shown(name)} is packed in pieces of over {CHUNK_BYTES // limits.MB} MB, as only a trap is.")


def _bytes(dataset: Any) -> int:
    return 0 if dataset.shape is None else math.prod(dataset.shape) * max(1, dataset.dtype.itemsize)


def _read(file: Any, dataset: Any, most_axes: int = 2) -> np.ndarray | None:
    """Numbers, or texts; None for what can be neither names nor weights."""
    import h5py

    shape, dtype = dataset.shape, dataset.dtype
    if shape is None or len(shape) > most_axes or 0 in shape or dtype.subdtype is not None:
        return None
    if dtype.kind in "biuf" and _is(dataset, b"char"):
        return _characters(dataset[()])
    if dtype.kind in "biuf":
        return np.asarray(dataset[()])
    if math.prod(shape) > limits.SIDE or (dtype.kind == "S" and dtype.itemsize > limits.LABEL):
        return None
    if dtype.kind == "S":
        return _texts(dataset[()].ravel().tolist())
    if h5py.check_string_dtype(dtype) is not None:
        return _texts(texts_of(Path(file.filename), dataset.id.get_offset(), math.prod(shape), file.userblock_size))
    if h5py.check_ref_dtype(dtype) is h5py.Reference:
        return _texts([_cell(file, dataset[index]) for index in np.ndindex(shape)])
    return None


def _texts(values: list[Any]) -> np.ndarray | None:
    if any(value is None for value in values):
        return None
    said = [value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value) for value in values]
    return np.array(limits.labels(said, "a list of texts"))


def _cell(file: Any, reference: Any) -> str | None:
    """The text in a cell of MATLAB."""
    cell = file[reference] if reference else None
    if cell is None or getattr(cell, "shape", None) is None or cell.dtype.kind != "u" or cell.size > limits.LABEL:
        return None
    return "".join(_characters(cell[()]))


def _characters(codes: np.ndarray) -> np.ndarray:
    """Texts of a character array of MATLAB, which lies on its side."""
    rows = np.atleast_2d(codes.T)
    return np.array(
        ["".join(chr(int(code)) for code in row) for row in rows] if rows.shape[1] <= limits.LABEL else [""]
    )


def _is(thing: Any, kind: bytes) -> bool:
    """Whether MATLAB says that this is of that class."""
    named = thing.attrs.get_id("MATLAB_class") if "MATLAB_class" in thing.attrs else None
    if named is None or named.dtype.kind != "S" or named.dtype.itemsize > 100 or named.shape != ():
        return False
    return bytes(thing.attrs["MATLAB_class"]) == kind


def _sparse_groups(file: Any) -> list[str]:
    import h5py

    plain = [key for key in file if isinstance(file.get(key, getlink=True), h5py.HardLink) and not key.startswith("#")]
    return [k for k in plain if isinstance(file[k], h5py.Group) and {"data", "ir", "jc"} <= set(file[k])]


def _sparse(group: Any, file: str) -> Found:
    for part in group.values():
        _require_harmless(part, file)
        limits.require_bytes(_bytes(part), file)
    told = group.attrs.get_id("MATLAB_sparse") if "MATLAB_sparse" in group.attrs else None
    plain = told is not None and told.dtype.kind in "iu" and told.shape in ((), (1,))
    n = int(np.ravel(group.attrs["MATLAB_sparse"])[0]) if plain else group["jc"].size - 1
    limits.require_edges(group["ir"].size, max(n, group["jc"].size - 1), file)
    columns, rows = compressed_edges(group["ir"][()], group["jc"][()], group["jc"].size - 1, file)
    edges = sparse_edges(rows, columns, group["data"][()], (n, group["jc"].size - 1), file)
    return Found("MATLAB 7.3 sparse matrix", tuple(map(str, range(1, n + 1))), edges=edges)


def _listed(arrays: Mapping[str, np.ndarray], name: str, listed: list[str], file: str) -> Found:
    """As connectome-utilities keep them: rows (source, target), properties of connections and of neurons beside."""
    ends, near = arrays[f"{name}/block0_values"], name.removesuffix("edge_indices")
    if ends.ndim != 2 or ends.shape[1] != 2 or ends.dtype.kind not in "iu":
        raise Invalid(f"{shown(file)} lists connections that are no pairs of whole numbers.")
    ids = next((a for k, a in arrays.items() if k.startswith(near) and k.endswith("vertex_properties/axis1")), None)
    n = max(int(ends.max(initial=-1)) + 1, 0 if ids is None else ids.size)
    weights = arrays.get(f"{near}edges/block0_values")
    fits = weights is not None and weights.ndim == 2 and len(weights) == len(ends) and weights.dtype.kind in "iuf"
    weight = limits.numbers(weights[:, 0], file) if fits else np.ones(len(ends))
    edges: Edges = sparse_edges(ends[:, 0], ends[:, 1], weight, (n, n), file)
    names = ids.ravel().tolist() if ids is not None and ids.size == n else range(n)
    remarks = () if fits else ("The connections have no weights; each counts 1.",)
    return Found(
        "connectome-utilities (HDF5)", limits.labels(names, file), edges=edges, rows_are="source", directed=True,
        choices=tuple(listed) if len(listed) > 1 else (), chosen=name, remarks=remarks,
    )  # fmt: skip
