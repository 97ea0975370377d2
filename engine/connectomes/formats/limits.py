"""How large a foreign file may be, and how a damaged one is said: every limit is checked before memory is taken.

Nothing that a file holds is ever run. What a library makes of a damaged file is told in one sentence; the file stays
as it is.
"""

import bz2
import stat
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from engine.component import Invalid

MB = 2**20
FILE_BYTES = 1024 * MB  # of one file as it lies on the disk
UNPACKED_BYTES = 1024 * MB  # of all that one file or folder unpacks to
RATIO = 1000  # unpacked to packed, beyond 64 MB: plain zeros make 1032
MEMBERS = 2000  # of an archive, a folder, or objects of an HDF5 file
SIDE = 10_000  # rows of a dense matrix: 800 MB
UNITS = 1_000_000  # of a list of connections
EDGES = 20_000_000
LABEL = 200  # characters
LINE_BYTES = MB  # of one line of text: 10,000 columns of 100 characters
XML_BYTES = 32 * MB
DEPTH = 50  # of elements within elements, groups within groups
EXACT = 2**53  # larger integers are not told apart by a double
PIECE = 4096  # packed bytes at a time: the densest bzip2 makes 90 MB of them
PACKED = {b"\x1f\x8b": lambda: zlib.decompressobj(wbits=31), b"BZh": bz2.BZ2Decompressor}


def stated() -> str:
    """The limits in one sentence, for all who offer to read a file."""
    return (
        f"Files are read up to {FILE_BYTES // MB:,} MB, packed or unpacked (GraphML and GML {XML_BYTES // MB} MB): "
        f"matrices of up to {SIDE:,} units, lists of up to {EDGES:,} connections between {UNITS:,} units."
    )


def shown(text: object, most: int = 80) -> str:
    """A foreign name as it may stand in a sentence: short and on one line."""
    line = str(text)
    if not line.isprintable():
        line = "".join(c if c.isprintable() else " " if c.isspace() else "?" for c in line)
    return line if len(line) <= most else f"{line[: most - 1]}…"


@contextmanager
def reading(name: str, form: str) -> Iterator[None]:
    """Whatever a library raises while it reads becomes one sentence; an Invalid of our own passes."""
    try:
        yield
    except Invalid:
        raise
    except MemoryError as error:
        raise Invalid(f"{shown(name)} needs more memory than there is.") from error
    except OSError as error:
        raise Invalid(f"{shown(name)} cannot be read ({error.strerror or 'damaged'}).") from error
    except Exception as error:
        raise Invalid(f"{shown(name)} is damaged, or is not a {form} as we know it.") from error


def require_file(path: Path, most: int = FILE_BYTES) -> None:
    """Raises Invalid if there is no plain file of a bearable size."""
    try:
        found = path.stat()
    except (OSError, ValueError) as error:
        raise Invalid(f"{shown(path)} is missing or cannot be read.") from error
    if not stat.S_ISREG(found.st_mode):
        raise Invalid(f"{shown(path.name)} is not a file.")
    if found.st_size == 0:
        raise Invalid(f"{shown(path.name)} is empty.")
    require_bytes(found.st_size, path.name, most)


def require_bytes(size: int, name: str, most: int = UNPACKED_BYTES) -> None:
    """Raises Invalid if something of `size` bytes is too large to be read."""
    if size > most:
        raise Invalid(f"{shown(name)} holds {size / MB:,.0f} MB, more than the {most // MB} MB that are read at once.")


def require_side(shape: tuple[int, ...], name: str) -> None:
    """Raises Invalid if a matrix of this shape is too large to be dense."""
    if any(side > SIDE for side in shape):
        size = " x ".join(f"{side:,}" for side in shape)
        raise Invalid(f"{shown(name)} is {size}, more than the {SIDE:,} units of a dense matrix; give it as a list.")


def require_edges(edges: int, units: int, name: str) -> None:
    """Raises Invalid if a list of connections is too long."""
    if edges > EDGES or units > UNITS:
        most = f"{EDGES:,} connections of {UNITS:,} units"
        raise Invalid(f"{shown(name)} lists {edges:,} connections of {units:,} units; at most {most} are read.")


def content(path: Path) -> bytes:
    """The bytes of a file, unpacked if it is a gz or bz2."""
    require_file(path)
    with reading(path.name, "file"):
        data = path.read_bytes()
    return inflated(data, path.name)


def inflated(data: bytes, name: str) -> bytes:
    """The bytes themselves, or what a gz or bz2 unpacks to within the limits."""
    make = next((make for magic, make in PACKED.items() if data.startswith(magic)), None)
    return data if make is None else _unpacked(make, data, name)


def _unpacked(make: Callable[[], Any], data: bytes, name: str) -> bytes:
    pieces, size, stream = [], 0, make()
    with reading(name, "packed file"):
        for start in range(0, len(data), PIECE):
            rest = data[start : start + PIECE]
            while rest:
                if stream.eof and not rest.startswith(tuple(PACKED)):
                    break  # padding
                stream = make() if stream.eof else stream  # some packers write one stream after the other
                pieces.append(stream.decompress(rest))
                size += len(pieces[-1])
                require_unpacked(size, start + PIECE, name)
                rest = stream.unused_data
    if not stream.eof:
        raise Invalid(f"{shown(name)} ends too early; copy or download it again.")
    return b"".join(pieces)


def require_unpacked(size: int, packed: int, name: str) -> None:
    """Raises Invalid if packed bytes grow beyond all measure."""
    require_bytes(size, name)
    if size > 64 * MB and size > RATIO * packed:
        raise Invalid(
            f"{shown(name)} unpacks to over {RATIO} times its size, as only a trap does; it was not unpacked."
        )


def text(data: bytes, name: str) -> str:
    """Bytes as text. Raises Invalid if they are not UTF-8, or if a line is endless."""
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n"))
    if np.diff(ends, prepend=-1, append=len(data)).max() > LINE_BYTES + 1:
        raise Invalid(f"{shown(name)} has a line of over {LINE_BYTES // MB} MB, so it is no table of ours.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(f"{shown(name)} is not UTF-8 text at byte {error.start}; save it as UTF-8.") from error


def labels(values: Iterable[object], name: str) -> tuple[str, ...]:
    """Texts of units, without spaces around them. Raises Invalid if one is too long."""
    found = tuple(shown(str(value).strip(), 2 * LABEL) for value in values)
    for value in found:
        if len(value) > LABEL:
            raise Invalid(f"A label of {shown(name)} has {len(value):,} characters, more than {LABEL}.")
    return found


def numbers(array: np.ndarray, name: str) -> np.ndarray:
    """Numbers as doubles. Raises Invalid if an integer is too large to stay itself."""
    if array.dtype.kind in "iu" and array.size and max(abs(int(array.max())), abs(int(array.min()))) > EXACT:
        raise Invalid(f"{shown(name)} holds integers beyond 2^53, as ids are; it is no matrix of weights.")
    if array.dtype.kind not in "biuf":
        raise Invalid(f"{shown(name)} holds no real numbers.")
    return np.ascontiguousarray(array, dtype=np.float64)
