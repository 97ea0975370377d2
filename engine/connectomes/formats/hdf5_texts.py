"""Texts of any length in an HDF5 file, read from its global heap without the HDF5 library, which damaged heaps halt.

`source`: HDF5 File Format Specification 3.0, III.E (global heap) and VIII.A (variable-length elements on the disk).
"""

import mmap
import struct
from pathlib import Path

import numpy as np

from engine.connectomes.formats import limits

ELEMENT = np.dtype([("length", "<u4"), ("heap", "<u8"), ("index", "<u4")])  # on the disk
OBJECT = struct.Struct("<HHIQ")  # index, references, nothing, bytes
HEAD = 16  # bytes before the first object of a heap


def texts_of(path: Path, start: int | None, count: int, base: int) -> list[str | None]:
    """The texts of `count` elements that lie from byte `start` on; None for all that are packed or lie elsewhere.

    Addresses in the file count from `base`. Raises ValueError for a damaged heap.
    """
    if start is None:
        return [None] * count
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        elements = np.frombuffer(data[start : start + count * ELEMENT.itemsize], ELEMENT, count)
        heaps: dict[int, dict[int, tuple[int, int]]] = {}
        return [_text(data, heaps, base, *element) for element in elements.tolist()]


def _text(
    data: mmap.mmap, heaps: dict[int, dict[int, tuple[int, int]]], base: int, length: int, heap: int, index: int
) -> str:
    if not length:
        return ""
    if length > 4 * limits.LABEL:
        raise ValueError("a label without end")
    if heap not in heaps:
        heaps[heap] = _objects(data, base + heap)
    at, size = heaps[heap][index]
    return data[at : at + min(length, size)].split(b"\0")[0].decode("utf-8", "replace")


def _objects(data: mmap.mmap, at: int) -> dict[int, tuple[int, int]]:
    """Where the objects of a heap begin, and their sizes, by their indices."""
    if data[at : at + 4] != b"GCOL":
        raise ValueError("no heap")
    end = min(len(data), at + struct.unpack_from("<Q", data, at + 8)[0])
    found, at = {}, at + HEAD
    while at + OBJECT.size <= end:
        index, _, _, size = OBJECT.unpack_from(data, at)
        if not index:
            break
        found[index] = (at + OBJECT.size, size)
        at += OBJECT.size + size + (-size % 8)
    return found
