"""Keeping a recording of one's own: files are tried, and then lie in the folder of recordings."""

import filecmp
import os
import shutil
from pathlib import Path

import numpy as np

from engine.component import Invalid
from engine.connectomes.formats.limits import shown
from engine.recordings.recording_file import ADDRESS, FORMS, read_session, recordings_folder
from engine.recordings.session import Session


def keep(paths: tuple[Path, ...]) -> tuple[str, str]:
    """The name by which `task.recording.file` finds them, and what still has to be said about them ('' if nothing).

    Several files are sessions of the same units and go into a folder. Raises Invalid for what cannot be read, and then
    keeps nothing.
    """
    odd = next((path.name for path in paths if path.suffix.lower() not in FORMS), None)
    if odd is not None:
        raise Invalid(f"{shown(odd)} is no recording; these end in {', '.join(FORMS)}.", ADDRESS)
    open_question = ""
    for path in paths:
        try:
            read_session(path)
        except Invalid as fault:
            if fault.address in ("", ADDRESS):
                raise
            open_question = str(fault)
    folder = recordings_folder()
    if len(paths) == 1:
        return _put(paths[0], folder).name, open_question
    target = _free(folder / f"{paths[0].stem}_sessions")
    for path in paths:
        _put(path, target)
    return target.name, open_question


def write_npz(session: Session, path: Path) -> None:
    """A session as an .npz file that is read as a recording. Conditions are kept as numbers, by their value."""
    np.savez(
        path, rates=session.rates.numpy(), inputs=session.inputs.numpy(), dt_ms=session.dt_ms,
        unit_names=np.array(session.unit_names), input_names=np.array(session.input_names),
        **{f"behaviour_{name}": values.numpy() for name, values in session.behaviour.items()},
        **{f"condition_{name}": values.numpy() for name, values in session.conditions.items()},
    )  # fmt: skip


def _put(path: Path, folder: Path) -> Path:
    """A copy in the folder, whole or absent; the same file twice is one."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / path.name
    if target.is_file() and filecmp.cmp(path, target, shallow=False):
        return target
    target, part = _free(target), folder / f".{path.name}.{os.getpid()}.part"
    try:
        shutil.copyfile(path, part)
        os.replace(part, target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise Invalid(f"{shown(path.name)} cannot be kept: {error.strerror or error}.", ADDRESS) from None
    return target


def _free(path: Path) -> Path:
    number, found = 2, path
    while found.exists():
        found = path.with_name(f"{path.stem}_{number}{path.suffix}")
        number += 1
    return found
