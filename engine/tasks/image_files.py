"""Images of a user's own, such as MNIST: `.npz` or IDX files in the folder `images` of the data folder.

A file is named, never a path, so that a link cannot make a server read what lies elsewhere; nothing that a file holds
is ever run, and every size is checked before memory is taken.
"""

import gzip
import os
import re
import struct
import zipfile
import zlib
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch

from engine.component import Invalid, near
from engine.tasks.digits import Images, digits
from engine.whole_file import data_folder

DIGITS = "digits"
NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,120}$"
MOST_BYTES = 2**28  # of a file, packed or unpacked; MNIST has 47 MB
MOST_CLASSES = 1000
ADDRESS = "task.images"
HOLDS = "an .npz holds x_train, y_train, x_test and y_test, or images and labels"


def choices() -> list[tuple[str, str]]:
    """What can be chosen: the digits, and the files of images that are there."""
    names = sorted(name for name in _listed() if name.endswith(".npz") or _is_idx(name))
    return [(DIGITS, "Handwritten digits, 8 x 8 (scikit-learn)"), *((name, name) for name in names)]


def images_called(name: str) -> Images:
    """The images of that name, read once. Raises Invalid with one sentence about the file."""
    if name == DIGITS:
        return digits()
    path = folder() / name
    if re.match(NAME, name) is None or name not in _listed():
        known = [value for value, _ in choices()]
        raise Invalid(f"There is no file '{name[:80]}' in {folder()}.{near(name, known)}", ADDRESS)
    return _read(path, path.stat().st_mtime_ns)


def folder() -> Path:
    """Where a user's own images lie."""
    return data_folder() / "images"


def _listed() -> list[str]:
    try:
        with os.scandir(folder()) as entries:
            return [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
    except OSError:
        return []


def _is_idx(name: str) -> bool:
    return "images" in name and "idx3" in name and "t10k" not in name


@lru_cache(maxsize=4)
def _read(path: Path, _changed_ns: int) -> Images:
    if path.stat().st_size > MOST_BYTES:
        raise Invalid(f"{path.name} is larger than {MOST_BYTES // 2**20} MB; keep fewer images.", ADDRESS)
    try:
        arrays = _npz(path) if path.suffix == ".npz" else _idx_pair(path)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error, struct.error) as error:
        said = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise Invalid(f"{path.name} cannot be read as images: {said}; {HOLDS}.", ADDRESS) from error
    sets = [_checked(path.name, *arrays[i : i + 2]) for i in range(0, len(arrays), 2)]
    if len(sets) == 1:
        (shown, labels), kept = sets[0], torch.arange(len(sets[0][0])) % 5 == 0
        sets = [(shown[~kept], labels[~kept]), (shown[kept], labels[kept])]
    return _fitting(path.name, Images(*sets[0], *sets[1]))


def _npz(path: Path) -> list[np.ndarray]:
    with zipfile.ZipFile(path) as archive:
        if sum(member.file_size for member in archive.infolist()) > MOST_BYTES:
            raise ValueError(f"it unpacks to more than {MOST_BYTES // 2**20} MB")
    with np.load(path, allow_pickle=False) as held:
        names = ["x_train", "y_train", "x_test", "y_test"] if "x_train" in held else ["images", "labels"]
        return [held[name] for name in names]


def _idx_pair(path: Path) -> list[np.ndarray]:
    """Images and the labels beside them; and those kept for testing, if they lie there too."""
    found = []
    for images in dict.fromkeys((path.name, path.name.replace("train", "t10k"))):
        labels = images.replace("images", "labels").replace("idx3", "idx1")
        if images in _listed():
            found += [_idx(path.with_name(images), 3), _idx(path.with_name(labels), 1)]
    return found


def _idx(path: Path, dimensions: int) -> np.ndarray:
    """Unsigned bytes in the IDX format of MNIST: 0, 0, 8, number of dimensions, their sizes, the bytes."""
    with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as stream:
        content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise ValueError(f"it unpacks to more than {MOST_BYTES // 2**20} MB")
    if content[:4] != bytes((0, 0, 8, dimensions)):
        raise ValueError(f"{path.name} is not an IDX file of {dimensions}-dimensional bytes")
    shape = struct.unpack(f">{dimensions}I", content[4 : 4 + 4 * dimensions])
    return np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def _checked(name: str, images: np.ndarray, labels: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """Images as numbers 0..1 and labels as whole numbers, or an Invalid that says what is wrong."""
    labels = labels.squeeze(-1) if labels.ndim == 2 and labels.shape[-1] == 1 else labels
    if images.ndim != 3 or images.dtype.kind not in "uif" or 0 in images.shape:
        raise Invalid(f"{name} needs grey images, images x rows x columns; it has shape {images.shape}.", ADDRESS)
    if labels.shape != images.shape[:1] or labels.dtype.kind not in "ui":
        raise Invalid(f"{name} needs one whole number per image as its label.", ADDRESS)
    if labels.min() < 0 or labels.max() >= MOST_CLASSES:
        raise Invalid(f"{name} has labels outside 0..{MOST_CLASSES - 1}.", ADDRESS)
    pixels = images.astype(np.float32)
    if not np.isfinite(pixels).all() or pixels.min() < 0:
        raise Invalid(f"{name} has pixels that are negative or no numbers.", ADDRESS)
    scale = 255 if images.dtype == np.uint8 else max(float(pixels.max()), 1.0)
    return torch.from_numpy(pixels / scale), torch.from_numpy(labels.astype(np.int64))


def _fitting(name: str, images: Images) -> Images:
    if images.training.shape[1:] != images.testing.shape[1:]:
        raise Invalid(f"{name} has images of one size for training and of another for testing.", ADDRESS)
    classes = int(max(images.training_digits.max(), images.testing_digits.max())) + 1
    for labels, use in ((images.training_digits, "training"), (images.testing_digits, "testing")):
        absent = (labels.bincount(minlength=classes) == 0).nonzero().flatten().tolist()
        if absent:
            raise Invalid(f"{name} has no image of class {absent[0]} for {use}; number the classes 0, 1, 2, …", ADDRESS)
    return images
