"""Files that are whole or absent: a reader, a crash or a kill never meets half of one. And the folder they lie in."""

import json
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import platformdirs

from engine.component import Invalid

VARIABLE = "CONNECTARIUM_STORE"
MEGABYTE = 1 << 20


def data_folder(explicit: str | Path | None = None) -> Path:
    """Where all that a user keeps lies: the folder asked for, else that of the environment variable, else their own."""
    chosen = explicit or os.environ.get(VARIABLE) or platformdirs.user_data_dir("connectarium", appauthor=False)
    return Path(chosen).expanduser().absolute()


def within(folder: Path, name: str) -> Path | None:
    """What lies below the folder under the name that somebody gave; None if nothing does, or not in there."""
    root = folder.resolve()
    try:
        path = (root / name).resolve()
        is_there = path.exists()
    except (OSError, ValueError):  # longer than names of files are, or with a character that none has
        return None
    return path if is_there and path != root and path.is_relative_to(root) else None


def write_bytes(path: Path, content: bytes, durable: bool = True) -> None:
    """The file at `path` holds `content`; `durable` also survives a power cut."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(part, "wb") as file:
            file.write(content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        _patiently(lambda: os.replace(part, path))
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def write_json(path: Path, value: Any, durable: bool = True) -> None:
    """The file at `path` holds `value` as strict JSON."""
    text = json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False)
    write_bytes(path, text.encode(), durable)


def read_bytes(path: Path, limit: int) -> bytes:
    """The content of a regular file of at most `limit` bytes. Raises Invalid with one sentence otherwise."""
    try:
        found = os.lstat(path)
        if not stat.S_ISREG(found.st_mode):
            raise Invalid(f"{path.name} is not a plain file.")
        if found.st_size > limit:
            raise Invalid(f"{path.name} has {found.st_size / MEGABYTE:.0f} MB, far more than it should.")
        return _patiently(path.read_bytes)
    except FileNotFoundError:
        raise Invalid(f"{path.name} is missing.") from None
    except OSError as error:
        raise Invalid(f"{path.name} cannot be read: {error.strerror or error}.") from None


def read_json(path: Path, limit: int = 4 * MEGABYTE) -> dict[str, Any]:
    """The JSON object in a file. Raises Invalid with one sentence if there is none."""
    content = read_bytes(path, limit)
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        raise Invalid(f"{path.name} is truncated or not JSON.") from None
    if not isinstance(value, dict):
        raise Invalid(f"{path.name} holds no JSON object.")
    return value


def _patiently(act: Callable[[], Any]) -> Any:
    """Windows refuses a file for the moment that another process holds it open; elsewhere the first try counts."""
    for _ in range(20 if os.name == "nt" else 0):
        try:
            return act()
        except PermissionError:
            time.sleep(0.01)
    return act()
