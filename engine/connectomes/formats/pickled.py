"""Pickles and PyTorch files: programs that build objects, so they are named and refused, never opened."""

from pathlib import Path

from engine.component import Invalid
from engine.connectomes.formats.archive import base, zip_names
from engine.connectomes.formats.found import Found
from engine.connectomes.formats.limits import shown

PROTOCOLS = tuple(bytes([0x80, protocol]) for protocol in range(2, 6))


def claims(head: bytes, path: Path) -> bool:
    """Whether this is a pickle, or a zip around one."""
    return head.startswith(PROTOCOLS) or (
        head.startswith(b"PK") and any(base(name).endswith((".pkl", ".pickle")) for name in zip_names(path))
    )


def read(path: Path, chosen: str = "") -> Found:
    """Always Invalid, with the safe way out."""
    raise Invalid(
        f"{shown(path.name)} is a pickle, which can run any code when it is opened; open it where you trust it and "
        "save its matrix with np.save or as a CSV, and its names as text."
    )
