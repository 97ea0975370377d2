"""Look at a file, or at files that belong together: what they hold is recognised by content, never by name."""

import os
import shutil
import tempfile
import zlib
from pathlib import Path
from types import ModuleType

from engine.component import Invalid
from engine.connectomes.formats import (
    bids,
    cave,
    delimited,
    flywire,
    graphml,
    hdf5,
    limits,
    matlab,
    microns,
    neuprint,
    npy,
    npz,
    pickled,
    together,
    tvb,
    xlsx,
    zipped,
)
from engine.connectomes.formats.found import Found

HEAD = 1 << 16  # bytes that a reader may recognise a file by

# In this order: the first that claims a file reads it. A reader is a module with two functions,
#   claims(head: bytes, path: Path) -> bool     a cheap look; `head` is empty for a folder, unpacked for a gzip file
#   read(path: Path, chosen: str) -> Found      raises Invalid with the file's own sentence
READERS: tuple[ModuleType, ...] = (
    npy, npz, matlab, hdf5, microns, tvb, bids, together, xlsx, pickled, zipped,
    graphml, neuprint, flywire, cave, delimited,
)  # fmt: skip


def look(*paths: Path, chosen: str = "") -> Found:
    """What a file, a folder or several files together hold; `chosen` is one of `Found.choices`. Raises Invalid."""
    if len(paths) == 1:
        return _looked(paths[0], chosen)
    with tempfile.TemporaryDirectory(prefix="connectarium_") as place:
        folder = Path(place) / "the files"  # sentences name it
        folder.mkdir()
        for path in paths:
            _together(path, folder)
        return _looked(folder, chosen)


def head_of(path: Path) -> bytes:
    """The first bytes of a file, unpacked if it is a gzip file; none of a folder."""
    if path.is_dir():
        return b""
    try:
        with open(path, "rb") as file:
            head = file.read(HEAD)
        return zlib.decompressobj(wbits=31).decompress(head, HEAD) if head[:2] == b"\x1f\x8b" else head
    except OSError as error:
        raise Invalid(f"{path.name} cannot be read: {error.strerror or error}.") from None
    except zlib.error:
        raise Invalid(f"{path.name} is a damaged gzip file; get it again.") from None


def _looked(path: Path, chosen: str) -> Found:
    try:
        return _read(path, chosen)
    except Invalid as fault:
        raise Invalid(limits.shown(fault, 500), fault.address) from fault.__cause__  # on one line, whatever it quotes
    except Exception as error:  # a last net under all readers: what falls into it in the fuzz campaign is a finding
        raise Invalid(f"{limits.shown(path.name)} is damaged in a way that is new to us.") from error


def _read(path: Path, chosen: str) -> Found:
    if not path.is_dir():
        limits.require_file(path)
    head = head_of(path)
    if not head and not path.is_dir():
        raise Invalid(f"{path.name} is empty.")
    reader = next((reader for reader in READERS if reader.claims(head, path)), None)
    if reader is None and path.suffix.lower() in delimited.BINARY:
        raise Invalid(f"{path.name} is damaged, or is no {path.suffix} file; get it again.")
    if reader is None:
        raise Invalid(f"{path.name} is in no format that is known here; save it as CSV, GraphML, .npy or .mat.")
    return reader.read(path, chosen)


def _together(path: Path, folder: Path) -> None:
    """The file stands in the folder under its own name, without a copy where the file system allows it."""
    if not path.is_file():
        raise Invalid(f"{path.name} is not a file; give several files, or one folder.")
    if (folder / path.name).exists():
        raise Invalid(f"Two of the files are called {path.name}.")
    try:
        os.link(path.resolve(), folder / path.name)
    except OSError:
        shutil.copyfile(path, folder / path.name)
