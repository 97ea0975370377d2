"""MATLAB files of version 5, 6 and 7, through scipy: only arrays of numbers and texts, checked before they are made."""

import io
import math
import struct
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from engine.component import Invalid
from engine.connectomes.formats import limits
from engine.connectomes.formats.found import Found
from engine.connectomes.formats.limits import shown
from engine.connectomes.formats.variables import compressed_edges, found_among, sparse_edges

HEADER = 128
MATRIX, COMPRESSED = 14, 15
CELL, CHAR, SPARSE = 1, 4, 5
PLAIN = (CELL, CHAR, SPARSE, *range(6, 16))  # numbers are 6 to 15; not: structures, objects, functions
COMPLEX = 0x0800


def claims(head: bytes, path: Path) -> bool:
    """Whether this is a MATLAB file before version 7.3."""
    return head.startswith(b"MATLAB 5.0") and head[126:128] in (b"IM", b"MI")


def read(path: Path, chosen: str = "") -> Found:
    """A square variable that is `chosen` or called like a connectome, with the others that fit its units."""
    clean, skipped = plain_variables(limits.content(path), path.name)
    with limits.reading(path.name, "MATLAB file"):
        from scipy.io import loadmat

        found = loadmat(io.BytesIO(clean), chars_as_strings=True)
    variables = {name: value for name, value in found.items() if not name.startswith("__")}
    sparse = {name: value for name, value in variables.items() if hasattr(value, "indptr")}
    arrays = {name: as_texts(value) for name, value in variables.items() if name not in sparse}
    said = f"{skipped} variables that are structures or objects were left aside." if skipped else ""
    if sparse and chosen in ("", *sparse):
        result = _sparse(sparse[chosen or next(iter(sparse))], path.name)
    else:
        result = found_among("MATLAB file", path.name, arrays, chosen)
    return replace(result, remarks=(*result.remarks, said) if said else result.remarks)


def as_texts(array: np.ndarray) -> np.ndarray:
    """A cell array of texts as an array of texts; anything else as it is."""
    if array.dtype.kind != "O" or array.size > limits.UNITS:
        return array
    cells = [np.asarray(cell) for cell in array.ravel()]
    if not all(cell.dtype.kind == "U" and cell.size <= 1 for cell in cells):
        return array
    said = limits.labels((cell.item() if cell.size else "" for cell in cells), "a cell array")
    return np.array(said, dtype=f"U{max(map(len, said), default=0) or 1}")


def plain_variables(data: bytes, name: str) -> tuple[bytes, int]:
    """The file with its plain variables only, unpacked, every size in it checked; and how many were left out."""
    order = "<" if data[126:128] == b"IM" else ">"
    kept, at, size, skipped = [data[:HEADER]], HEADER, 0, 0
    with limits.reading(name, "MATLAB file"):
        while at + 8 <= len(data):
            kind, length = struct.unpack_from(f"{order}II", data, at)
            element, at = memoryview(data)[at : at + 8 + length], at + 8 + length
            if at > len(data):
                raise Invalid(f"{shown(name)} ends within a variable; copy it again.")
            if kind == COMPRESSED:
                element = memoryview(_inflated(element[8:], size, name))
                kind, length = struct.unpack_from(f"{order}II", element)
            if 8 + length > len(element):
                raise ValueError("a size that lies")
            plain = _is_plain(kind, element[8 : 8 + length], order)
            size, skipped = size + len(element), skipped + (not plain)
            kept += [element] if plain else []
    return b"".join(kept), skipped


def _inflated(packed: memoryview, before: int, name: str) -> bytes:
    stream, pieces, size = zlib.decompressobj(), [], 0
    for start in range(0, len(packed), limits.PIECE):
        pieces.append(stream.decompress(packed[start : start + limits.PIECE]))
        size += len(pieces[-1])
        limits.require_unpacked(before + size, start + limits.PIECE, name)
    return b"".join(pieces)


def _is_plain(kind: int, body: memoryview, order: str, depth: int = 0) -> bool:
    """Whether an element is an array of numbers or texts, as large as it says. Raises for one that lies."""
    if kind != MATRIX or depth > 5:
        return False
    parts = _parts(body, order)
    if not parts:  # an empty cell
        return True
    flags, shape = struct.unpack_from(f"{order}I", parts[0][1])[0], _shape(parts[1][1], order)
    form, content = flags & 0xFF, parts[3:]
    if form not in PLAIN or flags & COMPLEX:
        return False
    room = len(content) if form == CELL else len(content[0][1]) if content else 0
    if form != SPARSE and (len(shape) < 2 or math.prod(shape) > room):
        raise ValueError("a size that lies")
    return form != CELL or all(_is_plain(*part, order, depth + 1) for part in content)


def _shape(raw: memoryview, order: str) -> tuple[int, ...]:
    shape = struct.unpack(f"{order}{len(raw) // 4}i", raw[: len(raw) // 4 * 4])
    if min(shape, default=-1) < 0:
        raise ValueError("a size below 0")
    return shape


def _parts(body: memoryview, order: str) -> list[tuple[int, memoryview]]:
    """(kind, bytes) of the elements one after the other within a body; small ones keep their bytes in the tag."""
    found, at = [], 0
    while at + 8 <= len(body):
        kind, length = struct.unpack_from(f"{order}II", body, at)
        if kind >> 16:
            kind, length, start, at = kind & 0xFFFF, kind >> 16, at + 4, at + 8
            if length > 4:
                raise ValueError("a size that lies")
        else:
            start, at = at + 8, at + 8 + length + (-length % 8)
        if start + length > len(body):
            raise ValueError("a size that lies")
        found.append((kind, body[start : start + length]))
    return found


def _sparse(matrix: object, file: str) -> Found:
    n = matrix.shape[1]
    columns, rows = compressed_edges(matrix.indices, matrix.indptr, n, file)
    edges = sparse_edges(rows, columns, matrix.data, matrix.shape, file)
    return Found("MATLAB sparse matrix", tuple(map(str, range(1, n + 1))), edges=edges)
