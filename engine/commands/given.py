"""What is given to an option: a number within its limits, or a file that can be written; known before any work."""

import argparse
import os
from collections.abc import Callable
from pathlib import Path

from engine.component import Invalid


def number(most: float, unit: str) -> Callable[[str], float]:
    """For an option that takes a number above 0 and up to `most`; nan and inf are none."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = 0.0
        if not 0 < value <= most:  # nan is neither
            raise argparse.ArgumentTypeError(f"'{text}' is not a number above 0 and up to {most:,g} {unit}.")
        return value

    return read


def file_to_write(text: str) -> Path:
    """The path of a file that can be written. Raises Invalid if it lies in no folder, is one, or may not be written."""
    path = Path(text).absolute()
    folder = path.parent
    if path.is_dir():
        raise Invalid(f"{path} is a folder; name a file in it.")
    if not folder.is_dir():
        what = "is a file, no folder" if folder.exists() else "does not exist"
        raise Invalid(f"{path} cannot be written: {folder} {what}; make the folder, or name another file.")
    if not os.access(folder, os.W_OK | os.X_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise Invalid(f"{path} cannot be written: you may not write there; name another file.")
    return path


def folder_to_make(text: str) -> Path:
    """The path of a folder that can be made. Raises Invalid if a file is in its way, or it may not be made there."""
    path = Path(text).absolute()
    nearest = next(each for each in path.parents if each.exists())
    if not nearest.is_dir():
        raise Invalid(f"{path} cannot be made: {nearest} is a file, no folder; name another with --out.")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise Invalid(f"{path} cannot be made: you may not write in {nearest}; name another with --out.")
    return path
