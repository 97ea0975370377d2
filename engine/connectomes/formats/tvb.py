"""A connectome of The Virtual Brain: a zip or a folder of weights, tract lengths and centres as text."""

import io
import shlex
from pathlib import Path

import numpy as np

from engine.component import Invalid
from engine.connectomes.formats import limits
from engine.connectomes.formats.archive import Bag, bag, base, zip_names
from engine.connectomes.formats.found import Found
from engine.connectomes.formats.limits import shown

SIDES = {0: "left", 1: "right"}  # hemispheres.txt says 1 for the right
PARTS = {0: "subcortical", 1: "cortical"}
TEXTS = (".txt", ".txt.bz2", ".txt.gz")


def claims(head: bytes, path: Path) -> bool:
    """Whether weights and centres lie together."""
    names = zip_names(path) if head.startswith(b"PK") else tuple(_names(path))
    texts = [base(name) for name in names if base(name).endswith(TEXTS)]
    return all(any(part in name for name in texts) for part in ("weight", "cent"))


def read(path: Path, chosen: str = "") -> Found:
    """The weights with all that lies beside them. Whether rows are sources is not stated there, so it is asked."""
    files = bag(path)
    weights = matrix(files, files.named("weight"))
    n = len(weights)
    if weights.shape != (n, n):
        raise Invalid(f"The weights in {shown(path.name)} are {n} x {weights.shape[1]}; a connectome is square.")
    names, positions = _centres(files, n)
    lengths = files.named("tract", "length")
    marks = {"hemisphere": ("hemispher", SIDES), "part": ("cortical", PARTS)}
    labels = {label: _marks(files, part, words, n) for label, (part, words) in marks.items() if files.named(part)}
    return Found(
        "TVB connectivity", names, weights, labels=labels, positions_um=positions, position_unit="mm",
        pairs={"length_mm": _fitting(matrix(files, lengths), (n, n), files, lengths)} if lengths else {},
        facts={"level": "region"},
        remarks=("TVB means rows to be targets, but some of its own files have rows as sources.",),
    )  # fmt: skip


def matrix(files: Bag, member: str) -> np.ndarray:
    """A member as numbers between spaces or commas. Raises Invalid if it is none."""
    whole = f"{files.path.name}/{member}"
    text = files.text(member).replace(",", " ").replace(";", " ")
    first = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")), "")
    limits.require_side((text.count("\n"), len(first.split())), whole)
    if not first:
        raise Invalid(f"{shown(whole)} is empty.")
    with limits.reading(whole, "table of numbers"):
        return np.loadtxt(io.StringIO(text), ndmin=2)


def _names(path: Path) -> list[str]:
    return [entry.name for entry in path.iterdir()] if path.is_dir() else []


def _centres(files: Bag, n: int) -> tuple[tuple[str, ...], np.ndarray]:
    member = files.named("cent")
    lines = [line for line in files.text(member).splitlines() if line.strip() and not line.startswith("#")]
    if len(lines) != n:
        raise Invalid(f"{shown(files.path.name)} has {n} rows of weights but {len(lines)} centres.")
    with limits.reading(f"{files.path.name}/{member}", "list of centres"):
        rows = [_split(_words(line)) for line in lines]
        names = limits.labels((label for label, _ in rows), member)
    return (names if all(names) else tuple(f"r{i + 1}" for i in range(n))), np.array([place for _, place in rows])


def _words(line: str) -> list[str]:
    """A label, which may have quotes or spaces, and three numbers."""
    if '"' in line:
        return shlex.split(line.replace("'", r"\'"))
    return line.replace("'", "").replace(",", " ").split()


def _split(words: list[str]) -> tuple[str, tuple[float, ...]]:
    """The label and its place: the last three words that are numbers (a word like None may follow)."""
    for at in range(len(words) - 3, -1, -1):
        try:
            return " ".join(words[:at]), tuple(float(word) for word in words[at : at + 3])
        except ValueError:
            continue
    raise ValueError("no three numbers")


def _marks(files: Bag, part: str, words: dict[int, str], n: int) -> tuple[str, ...]:
    member = files.named(part)
    values = _fitting(matrix(files, member).ravel(), (n,), files, member)
    return tuple(words.get(int(value), "unknown") if np.isfinite(value) else "unknown" for value in values)


def _fitting(values: np.ndarray, shape: tuple[int, ...], files: Bag, member: str) -> np.ndarray:
    if values.shape != shape:
        size = " x ".join(map(str, values.shape))
        raise Invalid(f"{shown(member)} in {shown(files.path.name)} is {size}, but there are {shape[0]} units.")
    return values
