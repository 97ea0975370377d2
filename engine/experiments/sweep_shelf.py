"""The sweeps that are kept on this machine, and the trash, whence a deleted one can be brought back."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from engine.component import Invalid, near
from engine.experiments.stand import read_standing
from engine.experiments.store import KEEP_DELETED_S
from engine.experiments.sweep_folder import FILE
from engine.whole_file import data_folder


def sweeps() -> list[Path]:
    """The folders of all sweeps that are kept here, the newest first."""
    try:
        found = [path for path in _shelf().iterdir() if (path / FILE).is_file()]
    except OSError:
        return []
    return sorted(found, key=lambda path: path.name, reverse=True)


def is_running(folder: Path) -> bool:
    """Whether a process works on it; a damaged note of that is as good as none."""
    try:
        found = read_standing(folder)
    except Invalid:
        return False
    return found is not None and found.state == "running"


def delete(name: str) -> Path:
    """The sweep is in the trash with all its runs, whence `restore` brings it back for 30 days; where it was.

    Raises Invalid while it runs, or if there is none of that name.
    """
    folder = next((one for one in sweeps() if one.name == name), None)  # never a path that somebody wrote
    if folder is None:
        raise Invalid(f"There is no sweep '{name[:80]}' in {_shelf()}.{near(name, [one.name for one in sweeps()])}")
    if is_running(folder):
        raise Invalid(f"The sweep {name} is still at work; stop it before you delete it.")
    purge()
    _attempt(lambda: _move(folder, _trash() / f"{name}~{time.time():.0f}"))
    return folder


def restore(name: str) -> Path:
    """The deleted sweep is back, with its runs; where it is. Raises Invalid if it is not in the trash."""
    kept = [path for path in _deleted() if path.name.rpartition("~")[0] == name]
    if not kept:
        raise Invalid(f"The sweep '{name[:80]}' is not in the trash of {data_folder()} any more.")
    _attempt(lambda: _move(kept[-1], _shelf() / name))
    return _shelf() / name


def purge(older_than_s: float = KEEP_DELETED_S) -> None:
    """Sweeps that were deleted longer ago than this are gone for good."""
    for path in _deleted():
        when = path.name.rpartition("~")[2]
        if when.isdigit() and time.time() - int(when) > older_than_s:
            shutil.rmtree(path, ignore_errors=True)


def _shelf() -> Path:
    return data_folder() / "sweeps"


def _trash() -> Path:
    return data_folder() / ".trash" / "sweeps"


def _deleted() -> list[Path]:
    return sorted(_trash().glob("*~*"))


def _move(source: Path, target: Path) -> None:
    if target.exists():
        raise FileExistsError(0, f"{target} is there already")
    target.parent.mkdir(parents=True, exist_ok=True)
    source.rename(target)


def _attempt(act: Callable[[], object]) -> None:
    try:
        act()
    except OSError as error:
        raise Invalid(f"The sweep cannot be moved: {error.strerror or error}.") from None
