"""MATLAB files of version 5, 6 and 7: arrays of numbers and texts, sparse matrices, and cells of texts.

`source`: MathWorks, MAT-file format. scipy.io reads more, but damaged files crash its reader of sparse matrices; here
every size is checked against the bytes that there are, and nothing but NumPy looks at them.
"""

import struct
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from engine.component import Invalid
from engine.connectomes.formats import limits
from engine.connectomes.formats.found import Found
from engine.connectomes.formats.limits import shown
from engine.connectomes.formats.variables import compressed_edges, found_among, sparse_edges

HEADER = 128
MATRIX, COMPRESSED = 14, 15
CELL, CHAR, SPARSE, NUMBERS = 1, 4, 5, range(6, 16)  # classes; the others are structures, objects and functions
COMPLEX, LOGICAL = 0x0800, 0x0200
KINDS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}  # of stored values
TEXTS = {16: "utf-8", 17: "utf-16", 18: "utf-32"}
Part = tuple[int, memoryview]  # what is stored, and its bytes


def claims(head: bytes, path: Path) -> bool:
    """Whether this is a MATLAB file before version 7.3."""
    return head.startswith(b"MATLAB 5.0") and head[126:128] in (b"IM", b"MI")


def read(path: Path, chosen: str = "") -> Found:
    """A square variable that is `chosen` or called like a connectome, with the others that fit its units."""
    found, skipped = variables(limits.content(path), path.name)
    sparse = {name: value for name, value in found.items() if isinstance(value, tuple)}
    arrays = {name: value for name, value in found.items() if name not in sparse}
    if sparse and chosen in ("", *sparse):
        result = _sparse(*sparse[chosen or next(iter(sparse))], path.name)
    else:
        result = found_among("MATLAB file", path.name, arrays, chosen)
    said = f"Left aside, since they are structures, objects or complex: {shown(', '.join(skipped))}."
    return replace(result, remarks=(*result.remarks, said)) if skipped else result


def variables(data: bytes, name: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Arrays by name, a sparse matrix as (shape, parts); and the names of what is neither."""
    order = "<" if data[126:128] == b"IM" else ">"
    found, skipped, at, size = {}, [], HEADER, 0
    with limits.reading(name, "MATLAB file"):
        while at + 8 <= len(data):
            kind, length = struct.unpack_from(f"{order}II", data, at)
            body, at = memoryview(data)[at + 8 : at + 8 + length], at + 8 + length
            if at > len(data):
                raise Invalid(f"{shown(name)} ends within a variable; copy it again.")
            if kind == COMPRESSED:
                body = memoryview(_inflated(body, size, name))
                size += len(body)
                kind, body = _parts(body, order)[0]
            if kind == MATRIX:
                called, value = _variable(body, order)
                skipped += [called] if value is None else []
                found |= {called: value} if called and value is not None else {}
    return found, tuple(skipped)


def _inflated(packed: memoryview, before: int, name: str) -> bytes:
    stream, pieces, size = zlib.decompressobj(), [], 0
    for start in range(0, len(packed), limits.PIECE):
        pieces.append(stream.decompress(packed[start : start + limits.PIECE]))
        size += len(pieces[-1])
        limits.require_unpacked(before + size, start + limits.PIECE, name)
    return b"".join(pieces)


def _variable(body: memoryview, order: str) -> tuple[str, Any]:
    """Name and value; None for a value that is neither numbers nor texts. Raises ValueError for one that lies."""
    if not len(body):  # an empty cell
        return "", np.zeros((0, 0), "U1")
    flags, shape, name, *content = _parts(body, order)
    form = struct.unpack_from(f"{order}I", flags[1])[0]
    size = tuple(_values(shape, order).tolist())
    if form & COMPLEX or len(size) != 2 or min(size) < 0:
        return str(name[1], "latin-1"), None
    if form & 0xFF == SPARSE and form & LOGICAL:  # said to be doubles, but stored as bytes
        content[2] = (2, content[2][1])
    return str(name[1], "latin-1"), _value(form & 0xFF, size, content, order)


def _value(form: int, shape: tuple[int, int], content: list[Part], order: str) -> Any:
    if form in NUMBERS:
        return _values(content[0], order).reshape(shape, order="F")
    if form == CHAR:
        return _rows(_characters(content[0], order), shape)
    if form == SPARSE:
        return shape, [_values(part, order) for part in content[:3]]
    if form == CELL and len(content) == shape[0] * shape[1]:
        cells = [_variable(part[1], order)[1] if _is_text(part, order) else None for part in content]
        if all(cell is not None and cell.size <= 1 for cell in cells):
            return np.array(
                limits.labels((cell.item() if cell.size else "" for cell in cells), "a cell array"), dtype="U"
            )
    return None


def _values(part: Part, order: str) -> np.ndarray:
    """Stored numbers as they are."""
    if part[0] not in KINDS:
        raise ValueError("an unknown kind of number")
    return np.frombuffer(part[1], np.dtype(f"{order}{KINDS[part[0]]}"))


def _characters(part: Part, order: str) -> str:
    if part[0] in TEXTS:
        ends = "" if part[0] == 16 else "-le" if order == "<" else "-be"
        return str(part[1], TEXTS[part[0]] + ends)
    return "".join(map(chr, _values(part, order).tolist()))


def _rows(text: str, shape: tuple[int, int]) -> np.ndarray:
    """The rows of a character array, which is stored by columns."""
    if len(text) != shape[0] * shape[1]:
        raise ValueError("a size that lies")
    return np.array(["".join(text[row :: shape[0]]) for row in range(shape[0] if text else 0)], dtype="U")


def _is_text(part: Part, order: str) -> bool:
    """Whether a cell is empty or holds characters."""
    if part[0] != MATRIX or not len(part[1]):
        return part[0] == MATRIX
    return struct.unpack_from(f"{order}I", _parts(part[1], order)[0][1])[0] & 0xFF == CHAR


def _parts(body: memoryview, order: str) -> list[Part]:
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


def _sparse(shape: tuple[int, int], parts: list[np.ndarray], file: str) -> Found:
    if len(parts) != 3:
        raise Invalid(f"The sparse matrix in {shown(file)} is damaged: a part is missing.")
    rows_of, starts, values = parts
    limits.require_edges(values.size, max(shape), file)
    columns, rows = compressed_edges(rows_of, starts, shape[1], file)
    edges = sparse_edges(rows, columns, values[: rows.size], shape, file)
    return Found("MATLAB sparse matrix", tuple(map(str, range(1, shape[0] + 1))), edges=edges)
