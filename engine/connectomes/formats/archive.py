"""A zip or a folder as a bag of named files, none of which is ever written to the disk."""

import stat
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from engine.component import Invalid
from engine.connectomes.formats import limits
from engine.connectomes.formats.limits import PIECE, inflated, reading, shown

ENCRYPTED = 0x1
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


@dataclass(frozen=True)
class Bag:
    """The files of a zip or a folder by their names within it; a member is read when asked for."""

    path: Path
    members: Mapping[str, int] = field(default_factory=dict)  # name to bytes

    def read(self, name: str) -> bytes:
        """The bytes of a member; one that is a gz or bz2 itself is unpacked."""
        whole = f"{shown(self.path.name)}/{shown(name)}"
        with reading(whole, "file"):
            if self.path.is_dir():
                return limits.content(self.path / name)
            with zipfile.ZipFile(self.path) as archive:
                return inflated(_member(archive, archive.getinfo(name), whole), whole)

    def text(self, name: str) -> str:
        """A member as text."""
        return limits.text(self.read(name), f"{self.path.name}/{name}")

    def named(self, *parts: str, ends: str = "") -> str | None:
        """The first member whose own name contains one of `parts`, upper or lower case alike."""
        return next((m for part in parts for m in self.members if part in base(m) and base(m).endswith(ends)), None)


def base(member: str) -> str:
    """The name of a member without its folders, in lower case."""
    return PurePosixPath(member).name.lower()


def bag(path: Path) -> Bag:
    """The content of a folder or zip. Raises Invalid for one that is a trap or beyond the limits."""
    return Bag(path, _of_folder(path) if path.is_dir() else _of_zip(path))


def zip_names(path: Path) -> tuple[str, ...]:
    """The names in a zip; none if it cannot be read as one. Judges nothing."""
    try:
        with zipfile.ZipFile(path) as archive:
            return tuple(archive.namelist())
    except Exception:  # zipfile raises a dozen kinds on damaged archives; then it is none
        return ()


def _of_folder(path: Path) -> dict[str, int]:
    found, total = {}, 0
    with reading(path.name, "folder"):
        for count, entry in enumerate(sorted(path.iterdir())):
            if count >= limits.MEMBERS:
                raise Invalid(f"{shown(path.name)} holds over {limits.MEMBERS} files; give a folder of one connectome.")
            if entry.is_symlink() or not entry.is_file() or entry.name.startswith("."):
                continue
            found[entry.name] = entry.stat().st_size
            total += found[entry.name]
    limits.require_bytes(total, path.name)
    if not found:
        raise Invalid(f"The folder {shown(path.name)} holds no files.")
    return found


def _of_zip(path: Path) -> dict[str, int]:
    limits.require_file(path)
    with reading(path.name, "zip"), zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
    if len(entries) > limits.MEMBERS:
        raise Invalid(f"{shown(path.name)} holds {len(entries):,} files, more than {limits.MEMBERS}.")
    total = sum(entry.file_size for entry in entries)
    limits.require_unpacked(total, max(1, path.stat().st_size), path.name)
    kept = [
        entry
        for entry in entries
        if entry.filename and not entry.filename.endswith("/") and not _is_clutter(entry.filename)
    ]
    for entry in kept:
        _require_harmless(entry, path.name)
    names = [entry.filename for entry in kept]
    if len(set(names)) != len(names):
        raise Invalid(f"{shown(path.name)} holds two files of the same name.")
    return {entry.filename: entry.file_size for entry in kept}


def _require_harmless(entry: zipfile.ZipInfo, name: str) -> None:
    inside = PurePosixPath(entry.filename.replace("\\", "/"))
    if inside.is_absolute() or ".." in inside.parts or ":" in inside.parts[0]:
        raise Invalid(f"{shown(name)} holds '{shown(entry.filename)}', which points out of the archive.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise Invalid(f"{shown(name)} holds '{shown(entry.filename)}', which is a link; pack the file itself.")
    if entry.flag_bits & ENCRYPTED:
        raise Invalid(f"{shown(name)} is locked with a password; unlock it first.")
    if entry.compress_type not in METHODS:
        raise Invalid(f"{shown(name)} is packed in a way that we cannot read; pack it as a plain zip.")


def _is_clutter(name: str) -> bool:
    return (
        not name
        or name.endswith("/")
        or "__MACOSX" in name
        or base(name).startswith(".")
        or base(name) in ("thumbs.db", "desktop.ini")
    )


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> bytes:
    pieces, size = [], 0
    dense = entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # these unpack a piece as a whole
    with archive.open(entry) as stream:
        while piece := stream.read(PIECE if dense else limits.MB):
            pieces.append(piece)
            size += len(piece)
            limits.require_unpacked(size, max(1, entry.compress_size), name)
    return b"".join(pieces)
