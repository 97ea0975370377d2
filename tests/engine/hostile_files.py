"""Files that mean harm, or that only a broken program writes: each builder writes one and returns its path."""

import bz2
import gzip
import io
import os
import pickle
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

from tests.fuzz.seeds import make

MB = 2**20


class Evil:
    """Unpickled, it makes a folder beside the file."""

    def __init__(self, folder: Path):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder / "harm"),)


def _npy(shape: object, dtype: str = "<f8", body: bytes = b"\0" * 64, fortran: bool = False) -> bytes:
    head = f"{{'descr': '{dtype}', 'fortran_order': {fortran}, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + body


def _objects(folder: Path) -> bytes:
    return _npy("(4,)", "|O", pickle.dumps(np.array([Evil(folder)] * 4, dtype=object), protocol=4))


def _zip(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def _file(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def _tvb(folder: Path, **changed: bytes) -> Path:
    rows = b"0 1 2\n3 0 4\n5 6 0\n"
    members = {"weights.txt": rows, "centres.txt": b"a 1 2 3\nb 1 2 3\nc 1 2 3\n"}
    return _zip(folder / "tvb.zip", members | {name.replace("__", "."): data for name, data in changed.items()})


def _field(folder: Path, positions: bytes) -> Path:
    table = b",0,1,2,3\n" + b"".join(b"%d,0,1,0,2\n" % row for row in range(4))
    return _zip(folder / "field.zip", {"connectome_1.csv": table, "positions_1.npy": positions})


def _linked(folder: Path) -> Path:
    path = folder / "linked.zip"
    entry = zipfile.ZipInfo("weights.txt")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, "/etc/passwd")
        archive.writestr("centres.txt", "a 1 2 3")
    return path


def _lying_zip(folder: Path) -> Path:
    """The directory of the zip announces 20 GB."""
    path = _tvb(folder)
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 0xFFFFFFFE)
    return _file(path, bytes(data))


def _xml(folder: Path, inner: str, encoding: str = "utf-8") -> Path:
    declared = f'<?xml version="1.0" encoding="{encoding}"?>'
    return _file(folder / "graph.graphml", f"{declared}{inner}".encode(encoding))


def _laughs() -> str:
    lines = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    return f'<!DOCTYPE g [<!ENTITY l0 "ha">{lines}]><graphml><graph><node id="&l9;"/></graph></graphml>'


def _workbook_with_entities(folder: Path) -> Path:
    path = next(path for path in make(folder / "seeds") if path.name == "sheet.xlsx")
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    sheet = next(name for name in members if "sheet1" in name)
    entities = _laughs().partition("<graphml>")[0]
    body = members[sheet].decode()
    members[sheet] = (entities + body[body.index("<worksheet") :].replace("</v>", "&l9;</v>", 1)).encode()
    return _zip(folder / "book.xlsx", members)


def _h5(folder: Path, write: Callable[[h5py.File], object]) -> Path:
    with h5py.File(folder / "file.h5", "w") as file:
        write(file)
    return folder / "file.h5"


def _virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((4, 4), "f8")
    layout[:] = h5py.VirtualSource("/etc/other.h5", "x", (4, 4))
    file.create_virtual_dataset("weights", layout)


def _deep_groups(file: h5py.File) -> None:
    group = file
    for _ in range(300):
        group = group.create_group("g")
    group["weights"] = np.ones((4, 4))


def _mat(folder: Path, *parts: bytes, packed: bool = False) -> Path:
    body = b"".join(parts)
    element = struct.pack("<II", 14, len(body)) + body
    if packed:
        element = zlib.compress(element)
        element = struct.pack("<II", 15, len(element)) + element
    return _file(folder / "file.mat", b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM" + element)


def _part(kind: int, data: bytes) -> bytes:
    return struct.pack("<II", kind, len(data)) + data + b"\0" * (-len(data) % 8)


def _array(form: int, rows: int, columns: int) -> list[bytes]:
    return [_part(6, struct.pack("<II", form, 0)), _part(5, struct.pack("<ii", rows, columns)), _part(1, b"W")]


def _many(folder: Path) -> Path:
    for index in range(2100):
        (folder / f"{index}.csv").touch()
    return folder


def _fifo(folder: Path) -> Path:
    os.mkfifo(folder / "pipe.csv")
    return folder / "pipe.csv"


OUT, OBJECTS = "points out of the archive", "Python objects"
HUGE = "(36000, 36000)"
# name: how it is written, and what its sentence says
HOSTILE: dict[str, tuple[Callable[[Path], Path], str]] = {
    "object array": (lambda d: _file(d / "x.npy", _objects(d)), OBJECTS),
    "object array in an npz": (lambda d: _zip(d / "x.npz", {"weights.npy": _objects(d)}), OBJECTS),
    "program in the positions of a field": (lambda d: _field(d, _objects(d)), OBJECTS),
    "bare pickle": (lambda d: _file(d / "x.pkl", pickle.dumps(Evil(d))), "pickle"),
    "torch file": (lambda d: _zip(d / "x.pt", {"archive/data.pkl": pickle.dumps(Evil(d))}), "pickle"),
    "object array that is no pickle": (lambda d: _file(d / "x.npy", _npy("(4,)", "|O")), OBJECTS),
    "10 GB in the header of an npy": (lambda d: _file(d / "x.npy", _npy(HUGE)), "announces"),
    "10 GB in the header within an npz": (lambda d: _zip(d / "x.npz", {"W.npy": _npy(HUGE)}), "announces"),
    "texts of 4 GB": (lambda d: _file(d / "x.npy", _npy("(1, 1)", "<U99999999")), "announces"),
    "negative shape": (lambda d: _file(d / "x.npy", _npy("(-4, -4)")), "negative"),
    "code in the header": (lambda d: _file(d / "x.npy", _npy(f"__import__('os').mkdir('{d}/harm')")), "damaged"),
    "deep header": (lambda d: _file(d / "x.npy", _npy("(" * 60 + ")" * 50)), "damaged"),
    "zip that announces 4 GB": (_lying_zip, "more than"),
    "bz2 bomb in a zip": (lambda d: _tvb(d, weights__txt=bz2.compress(b"\0" * 100 * MB)), "as only a trap does"),
    "bz2 bomb as the packing of a zip": (
        lambda d: _zip(d / "x.zip", {"weights.txt": b"0" * 100 * MB, "centres.txt": b"1"}, zipfile.ZIP_BZIP2),
        "a trap",
    ),
    "gz bomb of many parts": (
        lambda d: _file(d / "x.csv.gz", gzip.compress(b"0" * 10 * MB) * 50),
        "as only a trap does",
    ),
    "gz without an end": (lambda d: _file(d / "x.csv.gz", gzip.compress(b"0,1\n1,0\n" * 99)[:-12]), "too early"),
    "way out of a zip": (lambda d: _tvb(d, **{"../../harm/areas.txt": b"1"}), OUT),
    "absolute name in a zip": (lambda d: _tvb(d, **{"/harm/areas.txt": b"1"}), OUT),
    "drive in a zip": (lambda d: _tvb(d, **{"C:\\harm\\areas.txt": b"1"}), OUT),
    "link in a zip": (_linked, "is a link"),
    "zip in a zip": (lambda d: _zip(d / "x.zip", {"a.zip": b"PK\x03\x04", "b.txt": b"1"}), "zip in a zip"),
    "3000 files in a zip": (lambda d: _zip(d / "x.zip", {f"{i}.csv": b"" for i in range(3000)}), "3,000 files"),
    "entities that laugh": (lambda d: _xml(d, _laughs()), "document type"),
    "entities that laugh in UTF-16": (lambda d: _xml(d, _laughs(), "utf-16"), "UTF-16"),
    "entity from another file": (
        lambda d: _xml(d, '<!DOCTYPE g [<!ENTITY f SYSTEM "file:///etc/passwd">]><graphml>&f;</graphml>'),
        "document type",
    ),
    "entities in a workbook": (_workbook_with_entities, ""),
    "deep XML": (lambda d: _xml(d, "<graphml>" + "<g>" * 100_000), "deep"),
    "deep GML": (lambda d: _file(d / "x.gml", b"graph [\n" + b"a [\n" * 100_000), "deep"),
    "10 GB in the header of a MATLAB file": (
        lambda d: _mat(d, *_array(6, 36000, 36000), _part(9, b"\0" * 64)),
        "damaged",
    ),
    "a million cells that are not there": (lambda d: _mat(d, *_array(1, 1000, 1000)), "no numbers"),
    "variable larger than its file": (lambda d: _mat(d, *_array(6, 4, 4), struct.pack("<II", 9, 2**31)), "damaged"),
    "zlib bomb in a MATLAB file": (lambda d: _mat(d, b"\0" * 100 * MB, packed=True), "a trap"),
    "link to another HDF5 file": (
        lambda d: _h5(d, lambda f: f.__setitem__("W", h5py.ExternalLink("/etc/x.h5", "/W"))),
        "another file",
    ),
    "array stitched from other files": (lambda d: _h5(d, _virtual), "other files"),
    "numbers in another file": (
        lambda d: _h5(d, lambda f: f.create_dataset("W", (4, 4), "f8", external=[("/etc/passwd", 0, 128)])),
        "other files",
    ),
    "8 TB that are not there": (
        lambda d: _h5(d, lambda f: f.create_dataset("W", (10**6, 10**6), "f8", chunks=(100, 100))),
        "more than",
    ),
    "piece of 2 GB": (
        lambda d: _h5(d, lambda f: f.create_dataset("W", (4, 4), "f8", maxshape=(None, None), chunks=(2**14, 2**14))),
        "in pieces",
    ),
    "deep groups": (lambda d: _h5(d, _deep_groups), "deep"),
    "group in itself": (lambda d: _h5(d, lambda f: f.create_group("a").__setitem__("b", f["/"])), "no numbers"),
    "line of 2 MB": (lambda d: _file(d / "x.csv", b"1," * MB), "line of over"),
    "text in latin-1": (lambda d: _file(d / "x.csv", ",é,b\né,0,1\nb,1,0\n".encode("latin-1")), "UTF-8"),
    "ids as weights": (lambda d: _saved(d, np.full((4, 4), 2**60)), "2^53"),
    "ids as floats": (lambda d: _saved(d, np.full((9, 3), 2.0**60)), "no ids"),
    "folder of 2100 files": (_many, ""),
    "pipe": (_fifo, "is not a file"),
    "device": (lambda d: Path("/dev/zero"), "is not a file"),
    "nothing": (lambda d: d / "nowhere.csv", "missing"),
    "empty file": (lambda d: _file(d / "x.csv", b""), "empty"),
}


def _saved(folder: Path, array: np.ndarray) -> Path:
    stream = io.BytesIO()
    np.save(stream, array)
    return _file(folder / "x.npy", stream.getvalue())
