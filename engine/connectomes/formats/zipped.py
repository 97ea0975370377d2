"""A zip of other files, e.g. tables that belong together: unpacked where nothing else lies, and read as a folder."""

import tempfile
from pathlib import Path

from engine.component import Invalid
from engine.connectomes.formats.archive import bag, base
from engine.connectomes.formats.found import Found
from engine.connectomes.formats.limits import shown


def claims(head: bytes, path: Path) -> bool:
    """Whether this is a zip; the readers of particular zips come first."""
    return head.startswith(b"PK\x03\x04")


def read(path: Path, chosen: str = "") -> Found:
    """What its files hold together; folders within it do not count."""
    from engine.connectomes.formats.look import look  # a zip holds what any reader reads

    files = bag(path)
    names = [base(member) for member in files.members]
    if not names or len(set(names)) != len(names):
        raise Invalid(f"{shown(path.name)} holds no files, or two of the same name; pack those of one connectome.")
    if any(name.endswith(".zip") for name in names):
        raise Invalid(f"{shown(path.name)} holds a zip in a zip; unpack it first.")
    with tempfile.TemporaryDirectory(prefix="connectarium_") as place:
        folder = Path(place) / shown(path.stem)  # sentences name it
        folder.mkdir()
        for name, member in zip(names, files.members, strict=True):
            (folder / shown(name, 100)).write_bytes(files.read(member))
        entries = list(folder.iterdir())
        return look(entries[0] if len(entries) == 1 else folder, chosen=chosen)
