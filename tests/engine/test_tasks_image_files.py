"""A user's own images: MNIST as IDX files or as an .npz, and what is refused."""

import gzip
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from engine.component import Invalid
from engine.randomness import torch_stream
from engine.tasks import ImageRows
from engine.tasks.image_files import choices
from engine.whole_file import VARIABLE

SIDE = 28


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    (tmp_path / "images").mkdir()
    return tmp_path / "images"


def pictures(n: int, first: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Images that are told apart by the pixel in their corner."""
    images = np.zeros((n, SIDE, SIDE), np.uint8)
    images[:, 0, 0] = np.arange(first, first + n)
    return images, np.arange(n, dtype=np.uint8) % 10


def idx(array: np.ndarray) -> bytes:
    return bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def corners(task: ImageRows, held_out: bool) -> set[int]:
    draw = task.held_out if held_out else task.trials
    trials = draw(400, 20.0, torch_stream(0))
    return set((trials.inputs[:, 0, 0] * 255).round().int().tolist())


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_the_four_files_of_mnist_are_read_and_the_ten_thousand_kept_back(folder, packed):
    for name, (images, labels) in {"train": pictures(40), "t10k": pictures(20, 100)}.items():
        for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
            content = idx(array)
            path = folder / f"{name}-{kind}-ubyte{'.gz' * packed}"
            path.write_bytes(gzip.compress(content) if packed else content)
    name = f"train-images-idx3-ubyte{'.gz' * packed}"
    assert [value for value, _ in choices()] == ["digits", name]
    task = ImageRows(images=name, row_ms=20.0, response_ms=0.0)
    trials = task.trials(10, 20.0, torch_stream(0))
    assert trials.inputs.shape == (10, 28, 28)
    assert trials.scored.sum() == 10
    assert corners(task, False) <= set(range(40))
    assert corners(task, True) <= set(range(100, 120))


def test_an_npz_as_keras_keeps_mnist_is_read(folder):
    (x_train, y_train), (x_test, y_test) = pictures(40), pictures(20, 100)
    np.savez(folder / "mnist.npz", x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    assert corners(ImageRows(images="mnist.npz"), True) <= set(range(100, 120))


def test_of_images_without_a_test_set_every_fifth_is_kept_back(folder):
    images, _ = pictures(100)
    np.savez(folder / "own.npz", images=images, labels=np.arange(100) // 5 % 10)
    task = ImageRows(images="own.npz")
    assert corners(task, True) == set(range(0, 100, 5))
    assert not corners(task, True) & corners(task, False)


def refused(name: str) -> str:
    with pytest.raises(Invalid) as fault:
        ImageRows(images=name).trials(4, 20.0, torch_stream(0))
    assert fault.value.address == "task.images"
    assert "\n" not in str(fault.value)
    return str(fault.value)


@pytest.mark.parametrize("name", ["../secret.npz", "/etc/passwd", "a/b.npz", "", ".npz", "..", "a" * 300])
def test_a_path_is_no_name(folder, name):
    with pytest.raises(Invalid):
        ImageRows.read({"images": name})


def test_a_link_to_elsewhere_is_not_followed(folder, tmp_path):
    images, labels = pictures(20)
    np.savez(tmp_path / "elsewhere.npz", images=images, labels=labels)
    (folder / "link.npz").symlink_to(tmp_path / "elsewhere.npz")
    assert "There is no file 'link.npz'" in refused("link.npz")


def test_a_pickle_is_never_opened(folder):
    np.savez(folder / "bad.npz", images=np.array([{"a": 1}], dtype=object), labels=np.zeros(1, int))
    assert "cannot be read as images" in refused("bad.npz")


def test_a_file_that_is_no_archive_is_refused(folder):
    (folder / "bad.npz").write_bytes(b"\x80\x04\x95not a zip")
    assert "cannot be read as images" in refused("bad.npz")


def test_what_unpacks_to_too_much_is_refused_before_it_does(folder, monkeypatch):
    monkeypatch.setattr("engine.tasks.image_files.MOST_BYTES", 10_000)
    with zipfile.ZipFile(folder / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("images.npy", b"\0" * 1_000_000)
    assert "unpacks to more" in refused("bomb.npz")
    (folder / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(b"\0" * 1_000_000))
    assert "unpacks to more" in refused("train-images-idx3-ubyte.gz")


def test_labels_that_do_not_lie_beside_the_images_are_missed(folder):
    (folder / "train-images-idx3-ubyte").write_bytes(idx(pictures(20)[0]))
    assert "cannot be read as images" in refused("train-images-idx3-ubyte")


@pytest.mark.parametrize(
    ("images", "labels", "said"),
    [
        (np.zeros((20, 4), np.uint8), np.arange(20) % 10, "grey images"),
        (np.zeros((20, 4, 4), np.uint8), np.arange(19) % 10, "one whole number per image"),
        (np.zeros((20, 4, 4), np.uint8), np.arange(20) / 2, "one whole number per image"),
        (np.full((20, 4, 4), np.nan), np.arange(20) % 10, "negative or no numbers"),
        (np.zeros((20, 4, 4)), np.arange(20) - 1, "labels outside"),
        (np.zeros((20, 4, 4)), np.arange(20) * 2, "no image of class"),
        (np.zeros((0, 4, 4)), np.zeros(0, int), "grey images"),
    ],
)
def test_images_that_are_none_are_refused_in_one_sentence(folder, images, labels, said):
    np.savez(folder / "bad.npz", images=images, labels=labels)
    assert said in refused("bad.npz")


def test_a_shortened_idx_file_is_refused(folder):
    images, labels = pictures(20)
    (folder / "train-images-idx3-ubyte").write_bytes(idx(images)[:-7])
    (folder / "train-labels-idx1-ubyte").write_bytes(idx(labels))
    assert "cannot be read as images" in refused("train-images-idx3-ubyte")
