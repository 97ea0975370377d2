"""Which of the named arrays of a file is the connectome, and what the others say of its units."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from engine.component import Invalid, near
from engine.connectomes.formats import limits
from engine.connectomes.formats.found import Edges, Found
from engine.connectomes.formats.limits import shown

# What an array is by its name, the last part of it, in lower case. The first that fits.
WEIGHTS = r"^(weights?|w|w_?rec|sc|cij|c|a|adj\w*|conn\w*|cmat|matrix|strength\w*|counts?|fln\w*|data|arr_0)$"
LENGTHS = r"len|dist|delay|tract"
FUNCTION = r"^fc|corr|bold|func|coher|sttc|precision"
PLACES = r"coord|cent|pos|xyz|loc"
NAMES = r"label|name|region|acronym|parcel|roi|^ids?$|node"


def found_among(form: str, file: str, arrays: Mapping[str, np.ndarray], chosen: str = "", **more: object) -> Found:
    """The square matrix that is likeliest the connectome (or the `chosen` one), with what else fits its units.

    `arrays` are numbers, or texts. Raises Invalid if there is no square matrix or no such choice.
    """
    squares = _squares(arrays)
    if not squares:
        raise Invalid(_no_square(file, arrays))
    squares = [name for name in squares if not _is_pair(name)] or squares
    name = likeliest(squares, chosen, file)
    matrix = limits.numbers(arrays[name], f"{file}: {name}")
    rest = {other: array for other, array in arrays.items() if other != name}
    found = Found(form, None, matrix, choices=tuple(squares) if len(squares) > 1 else (), chosen=name, **more)
    return described(found, rest, len(matrix), file)


def likeliest(names: Iterable[str], chosen: str, file: str) -> str:
    """The one that was chosen, else the one that is called like a connectome, else the first."""
    names = tuple(names)
    if chosen and chosen not in names:
        said = near(chosen, list(names)) or f" It has {shown(', '.join(names), 200)}."
        raise Invalid(f"{shown(file)} has no matrix '{shown(chosen)}'.{said}", "variable")
    plain = [name for name in names if not _is_pair(name)]
    called = [n for n in plain if re.search(WEIGHTS, last(n))]
    return chosen or (called or plain or list(names))[0]


def described(found: Found, arrays: Mapping[str, np.ndarray], n: int, file: str) -> Found:
    """`found` with the names, labels, positions, maps and pairs that fit `n` units."""
    texts = {k: a.ravel() for k, a in arrays.items() if a.dtype.kind in "US" and a.size == n}
    names, labels = None, {}
    for name, values in sorted(texts.items(), key=lambda item: not re.search(NAMES, last(item[0]))):
        said = limits.labels(_decoded(values), f"{file}: {name}")
        if names is None and len(set(said)) == n:
            names = said
        else:
            labels[last(name)] = said
    numeric = {k: a for k, a in arrays.items() if a.dtype.kind in "biuf"}
    pairs = {pair_name(k): limits.numbers(a, k) for k, a in numeric.items() if a.shape == (n, n) and _is_pair(k)}
    maps = {last(k): limits.numbers(a.ravel(), k) for k, a in numeric.items() if _is_map(a, n)}
    positions = next((_places(a, n) for k, a in numeric.items() if re.search(PLACES, last(k)) and _fits(a, n)), None)
    return replace(
        found, names=found.names or names, labels=MappingProxyType({**found.labels, **labels}),
        positions_um=positions if found.positions_um is None else found.positions_um,
        pairs=MappingProxyType({**found.pairs, **pairs}), maps=MappingProxyType({**found.maps, **maps}),
    )  # fmt: skip


def edges_of_table(table: np.ndarray, file: str) -> tuple[tuple[str, ...], Edges]:
    """Rows (source, target[, weight]) of numbers as connections between the ids that occur in them."""
    ends = table[:, :2]
    whole = ends.astype(np.int64) if ends.dtype.kind in "iu" else _whole(ends, file)
    ids, indices = np.unique(whole, return_inverse=True)
    limits.require_edges(len(table), len(ids), file)
    indices = indices.reshape(whole.shape)
    weight = limits.numbers(table[:, 2], file) if table.shape[1] > 2 else np.ones(len(table))
    return tuple(map(str, ids.tolist())), Edges(indices[:, 0], indices[:, 1], weight)


def compressed_edges(indices: np.ndarray, starts: np.ndarray, n: int, file: str) -> tuple[np.ndarray, np.ndarray]:
    """The (line, index) pairs of a compressed sparse matrix of `n` lines. Raises Invalid if its parts disagree."""
    indices, starts = indices.ravel(), starts.ravel()
    if indices.dtype.kind not in "iu" or starts.dtype.kind not in "iu" or starts.size != n + 1:
        raise Invalid(f"The sparse matrix in {shown(file)} is damaged: its parts do not fit together.")
    starts = starts.astype(np.int64)
    if starts[0] != 0 or starts[-1] > indices.size or (np.diff(starts) < 0).any():
        raise Invalid(f"The sparse matrix in {shown(file)} is damaged: its lines do not follow each other.")
    return np.repeat(np.arange(n), np.diff(starts)), indices[: starts[-1]].astype(np.int64)  # room may be left


def sparse_edges(rows: np.ndarray, columns: np.ndarray, data: np.ndarray, shape: tuple[int, int], file: str) -> Edges:
    """Entries of a sparse matrix as connections from row to column. Raises Invalid if one lies outside."""
    if shape[0] != shape[1]:
        raise Invalid(f"The sparse matrix in {shown(file)} is {shape[0]:,} x {shape[1]:,}; a connectome is square.")
    limits.require_edges(data.size, shape[0], file)
    if not rows.size == columns.size == data.size:
        raise Invalid(f"The sparse matrix in {shown(file)} is damaged: its parts differ in length.")
    for ends in (rows, columns):
        if ends.size and not (ends.min() >= 0 and ends.max() < shape[0]):
            raise Invalid(f"The sparse matrix in {shown(file)} is damaged: an entry lies outside of it.")
    return Edges(rows.astype(np.int64), columns.astype(np.int64), limits.numbers(data.ravel(), file))


def last(name: str) -> str:
    """The last part of a path of groups, in lower case."""
    return name.rsplit("/", 1)[-1].lower()


def pair_name(name: str) -> str:
    """Lengths are called length_mm; any other measure of pairs keeps its name."""
    return "length_mm" if re.search(LENGTHS, last(name)) else last(name)


def _squares(arrays: Mapping[str, np.ndarray]) -> list[str]:
    found = [k for k, a in arrays.items() if a.dtype.kind in "biuf" and a.ndim == 2 and a.shape[0] == a.shape[1] > 1]
    for name in found:
        limits.require_side(arrays[name].shape, name)
    return found


def _no_square(file: str, arrays: Mapping[str, np.ndarray]) -> str:
    if not arrays:
        return f"{shown(file)} holds no numbers."
    sizes = ", ".join(f"{shown(k, 30)} {' x '.join(map(str, a.shape)) or 'a number'}" for k, a in arrays.items())
    return f"{shown(file)} holds no square matrix, but {shown(sizes, 160)}."


def _is_pair(name: str) -> bool:
    return bool(re.search(f"{LENGTHS}|{FUNCTION}", last(name)))


def _is_map(array: np.ndarray, n: int) -> bool:
    return array.size == n and max(array.shape, default=0) == n > 3 and array.ndim <= 2


def _fits(array: np.ndarray, n: int) -> bool:
    return array.ndim == 2 and array.shape in ((n, 3), (3, n))


def _places(array: np.ndarray, n: int) -> np.ndarray:
    return limits.numbers(array if array.shape == (n, 3) else array.T, "positions")


def _decoded(values: np.ndarray) -> Iterable[str]:
    return (v.decode("utf-8", "replace") if isinstance(v, bytes) else v for v in values.tolist())


def _whole(ends: np.ndarray, file: str) -> np.ndarray:
    if not np.isfinite(ends).all() or (ends != np.floor(ends)).any() or (np.abs(ends) >= limits.EXACT).any():
        raise Invalid(f"{shown(file)} is not square, and its first two columns are no ids of a list of connections.")
    return ends.astype(np.int64)
