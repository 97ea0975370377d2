"""A NumPy .npy file: one array. Its header is checked against its size; objects in it are never made."""

import io
import math
import sys
from pathlib import Path

import numpy as np

from engine.component import Invalid
from engine.connectomes.formats import limits
from engine.connectomes.formats.found import Found
from engine.connectomes.formats.limits import shown
from engine.connectomes.formats.variables import edges_of_table

MAGIC = b"\x93NUMPY"
HEADER = 1000  # characters of a header: that of a plain array has 118
HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
SAVE_AGAIN = "open it where you trust it and save np.array(x.tolist()), or a CSV"


def claims(head: bytes, path: Path) -> bool:
    """Whether this is an .npy file."""
    return head.startswith(MAGIC)


def read(path: Path, chosen: str = "") -> Found:
    """A square matrix, or rows (source, target, weight)."""
    array = plain_array(limits.content(path), path.name)
    if array.ndim != 2:
        size = " x ".join(map(str, array.shape)) or "a single number"
        raise Invalid(f"{shown(path.name)} holds {size}, not a matrix of rows and columns.")
    if array.shape[0] == array.shape[1]:
        limits.require_side(array.shape, path.name)
        return Found("NumPy array", None, limits.numbers(array, path.name))
    if array.shape[1] in (2, 3) and array.dtype.kind in "iuf":
        names, edges = edges_of_table(array, path.name)
        said = "Each row was read as source, target, weight." if array.shape[1] > 2 else "Each row: source, target."
        return Found("NumPy list of connections", names, edges=edges, remarks=(said,))
    size = f"{array.shape[0]:,} rows and {array.shape[1]:,} columns"
    raise Invalid(f"{shown(path.name)} has {size}; a connectome has as many rows as columns.")


def plain_array(data: bytes, name: str) -> np.ndarray:
    """The array in the bytes of an .npy file: numbers or texts. Raises Invalid for objects and lying headers."""
    shape, in_columns, dtype, start = header(data, name)
    count = math.prod(shape)
    if count * dtype.itemsize > len(data) - start:
        raise Invalid(f"{shown(name)} announces {count:,} values but is too short to hold them; copy it again.")
    with limits.reading(name, "NumPy array"):
        array = np.frombuffer(data, dtype, count, start) if count else np.zeros(0, dtype)
        if dtype.kind == "U" and count and array.view(f"{dtype.byteorder}u4").max() > sys.maxunicode:
            raise ValueError("no character")
        return array.reshape(shape, order="F" if in_columns else "C")


def is_of_objects(data: bytes, name: str) -> int:
    """The first byte of the pickle if the array is one of Python objects, else 0."""
    dtype, start = _announced(data, name)[2:]
    return start if dtype.hasobject else 0


def header(data: bytes, name: str) -> tuple[tuple[int, ...], bool, np.dtype, int]:
    """Shape, whether columns come first, type and first byte of the values. Raises Invalid for any but a plain type."""
    shape, in_columns, dtype, start = _announced(data, name)
    if dtype.hasobject:
        raise Invalid(f"{shown(name)} holds Python objects (a pickle), which could run code; {SAVE_AGAIN}.")
    if dtype.kind not in "biufUS" or dtype.subdtype is not None or not dtype.itemsize:
        raise Invalid(f"{shown(name)} holds {shown(dtype, 30)}, not plain numbers or texts.")
    if min(shape, default=0) < 0:
        raise Invalid(f"{shown(name)} announces a negative size.")
    return shape, in_columns, dtype, start


def _announced(data: bytes, name: str) -> tuple[tuple[int, ...], bool, np.dtype, int]:
    stream = io.BytesIO(data)
    with limits.reading(name, "NumPy array"):
        version = np.lib.format.read_magic(stream)
        if version not in HEADERS:
            raise Invalid(f"{shown(name)} has columns of different kinds; save it as a CSV.")
        return *HEADERS[version](stream, max_header_size=HEADER), stream.tell()
