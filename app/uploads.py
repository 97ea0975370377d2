"""What a visitor uploads lies in a private folder for as long as it is needed."""

import tempfile
from pathlib import Path

from engine.component import Invalid
from engine.connectomes.formats import limits

LONGEST_NAME = 120


class Uploads:
    """Files that arrive piece by piece. Nothing is taken that was not announced, and `close` removes all of it.

    `folder` is what the visitor calls the folder in which they all lie, if they came as one.
    """

    def __init__(self, announced: list[tuple[str, int]], folder: str = ""):
        require_bearable(announced)
        self.folder = folder
        self._folder = tempfile.TemporaryDirectory(prefix="connectarium_upload_")
        self.sizes = [size for _, size in announced]
        self.paths = tuple(Path(self._folder.name) / _safe(name) for name, _ in announced)

    def take(self, index: int, piece: bytes) -> None:
        """The next piece of a file. Raises Invalid if it is more than was announced, or cannot be written."""
        path = self.paths[index]
        here = path.stat().st_size if path.exists() else 0
        if here + len(piece) > self.sizes[index]:
            raise Invalid(f"{path.name} is longer than it was when it was chosen; choose it again.")
        try:
            with path.open("ab") as file:
                file.write(piece)
        except OSError as error:
            raise Invalid(f"{path.name} cannot be kept on the server ({error.strerror}).") from None

    @property
    def is_whole(self) -> bool:
        """Whether every file has arrived."""
        return all(p.exists() and p.stat().st_size == s for p, s in zip(self.paths, self.sizes, strict=True))

    def close(self) -> None:
        """The files and their folder are gone."""
        self._folder.cleanup()


def require_bearable(announced: list[tuple[str, int]]) -> None:
    """Raises Invalid for no file, too many files, files that are too large or share a name."""
    if not announced:
        raise Invalid("No file was chosen.")
    if len(announced) > limits.MEMBERS:
        raise Invalid(f"{len(announced):,} files were chosen; at most {limits.MEMBERS:,} make a connectome.")
    names = [_safe(name) for name, _ in announced]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise Invalid(f"Two of the files are called {limits.shown(twice)}; choose those of one connectome.")
    for name, size in announced:
        limits.require_bytes(size, name, limits.FILE_BYTES)
    limits.require_bytes(sum(size for _, size in announced), "The choice", limits.FILE_BYTES)


def _safe(name: str) -> str:
    """The last part of a name, so that it stays in its folder."""
    plain = name.replace("\\", "/").rpartition("/")[2].replace("\0", "").strip()
    if plain in ("", ".", "..") or len(plain.encode()) > 2 * LONGEST_NAME or not plain.isprintable():
        raise Invalid(f"A file called '{limits.shown(name, 40)}' cannot be kept; give it another name.")
    return plain
