"""Files of the user's own that a task is made from: only those that he keeps where he said so."""

import os
from pathlib import Path

from engine.component import Invalid
from engine.whole_file import data_folder, within

FOLDER = "CONNECTARIUM_OWN_TASKS"  # the folder whose Python files may be run; set by --own-tasks only
FILE_BYTES = 256 * 2**20
CODE_BYTES = 2**20


def allow(folder: str | None) -> None:
    """From now on, in this process and its children, Python files of this folder may be run as tasks."""
    if folder is None:
        return
    path = Path(folder).expanduser().absolute()
    if not path.is_dir():
        raise Invalid(f"There is no folder {path}; --own-tasks names the one with your task files.")
    os.environ[FOLDER] = str(path)


def data_file(name: str) -> Path:
    """A file of arrays in the folder `tasks` of the data folder, or in the folder of --own-tasks."""
    folders = _data_folders()
    return _inside(folders, name, FILE_BYTES, f"put it into {folders[0]}, or name its folder with --own-tasks")


def data_files() -> tuple[str, ...]:
    """The files of arrays that `data_file` would find."""
    return _listed(_data_folders(), (".npz", ".csv"))


def code_files() -> tuple[str, ...]:
    """The Python files that `code_file` would find."""
    return _listed([Path(os.environ[FOLDER])] if os.environ.get(FOLDER) else [], (".py",))


def code_file(name: str) -> Path:
    """A Python file that may be run. Raises Invalid unless the server or command was started with --own-tasks."""
    allowed = os.environ.get(FOLDER)
    if not allowed:
        raise Invalid(
            f"The task '{name}' is a Python file, run only if Connectarium is started with --own-tasks FOLDER.",
            "task.file",
        )
    return _inside([Path(allowed)], name, CODE_BYTES, f"it must lie in {allowed}")


def _data_folders() -> list[Path]:
    return [data_folder() / "tasks", *([Path(os.environ[FOLDER])] if os.environ.get(FOLDER) else [])]


def _listed(folders: list[Path], endings: tuple[str, ...]) -> tuple[str, ...]:
    found = {p.name for folder in folders if folder.is_dir() for p in folder.iterdir() if p.suffix.lower() in endings}
    return tuple(sorted(found))


def _inside(folders: list[Path], name: str, most: int, where: str) -> Path:
    if not name:
        raise Invalid(f"No file is named; {where}.", "task.file")
    for folder in folders:
        path = within(folder, name)
        if path is not None and path.is_file():
            if not 0 < path.stat().st_size <= most:
                size = f"{path.stat().st_size:,} bytes"
                said = f"has {size}, but at most {most:,} are read" if path.stat().st_size else "is empty"
                raise Invalid(f"{path.name} {said}.", "task.file")
            return path
    raise Invalid(f"There is no file '{name}'; {where}.", "task.file")
