"""Tables as text: separated by commas, semicolons, tabs or spaces."""

from pathlib import Path

from engine.component import Invalid
from engine.connectomes.formats.found import Found


def claims(head: bytes, path: Path) -> bool:
    """Whether this is text."""
    return bool(head) and b"\0" not in head


def read(path: Path, chosen: str = "") -> Found:
    """The table."""
    raise Invalid(f"{path.name} holds no table.")
