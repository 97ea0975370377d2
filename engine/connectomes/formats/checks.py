"""What the numbers of a file look like: lopsided, signed, symmetric, lengths, fractions of labelled neurons …"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Int8

from engine.component import Invalid
from engine.connectomes.formats import limits
from engine.connectomes.formats.found import Found


@dataclass(frozen=True, eq=False)
class Entries:
    """The entries of a matrix that are not 0, or the rows of a list, as row, column and value."""

    n: int
    row: Int[np.ndarray, " entries"]
    column: Int[np.ndarray, " entries"]
    value: Float[np.ndarray, " entries"]
    sign: Int8[np.ndarray, " entries"] | None = None

    def at(self, which: np.ndarray) -> "Entries":
        """Only some of them."""
        sign = None if self.sign is None else self.sign[which]
        return Entries(self.n, self.row[which], self.column[which], self.value[which], sign)

    @property
    def key(self) -> Int[np.ndarray, " entries"]:
        """A number for every ordered pair."""
        return self.row.astype(np.int64) * self.n + self.column


def entries_of(found: Found) -> Entries:
    """The entries; columns that are the rows in another order count as the unit that they name."""
    if found.edges is not None:
        edges = found.edges
        return Entries(len(found.names), edges.source, edges.target, edges.weight, edges.sign)
    row, column = np.nonzero(found.matrix)
    order = column_order(found)
    n = max(found.matrix.shape)
    return Entries(n, row, column if order is None else order[column], found.matrix[row, column])


def column_order(found: Found) -> Int[np.ndarray, " columns"] | None:
    """The row of the unit that every column names, or None if columns are not the rows in another order."""
    if found.column_names is None or len(set(found.names)) < len(found.names):
        return None
    if sorted(found.column_names) != sorted(found.names):
        return None
    rows = {name: index for index, name in enumerate(found.names)}
    return np.array([rows[name] for name in found.column_names])


def require_connections(found: Found) -> None:
    """Raises Invalid if no answer could make a connectome of what was found."""
    if found.edges is not None:
        limits.require_edges(len(found.edges.weight), len(found.names), f"The {found.format}")
        none = not len(found.edges.weight) or not found.edges.weight.any()
        said = "The list holds no connection."
    else:
        limits.require_side(found.matrix.shape, f"The {found.format}")
        rows, columns = found.matrix.shape
        if rows != columns and (found.names is None or found.column_names is None):
            raise Invalid(f"The matrix has {rows} rows but {columns} columns, and no labels to tell which are missing.")
        none, said = not found.matrix.any(), f"The matrix holds no connection: all {found.matrix.size} entries are 0."
    if none:
        raise Invalid(said)


def off_diagonal(entries: Entries) -> Entries:
    """Entries between different units, and of finite value."""
    return entries.at((entries.row != entries.column) & np.isfinite(entries.value))


def repeats(keys: Int[np.ndarray, " entries"]) -> int:
    """How many keys there are beyond the different ones; of millions faster than np.unique."""
    ordered = np.sort(keys)
    return int((ordered[1:] == ordered[:-1]).sum())


def is_triangle(entries: Entries) -> bool:
    """Whether all entries lie above the diagonal, or all below."""
    above = entries.column > entries.row
    return len(above) > 1 and bool(above.all() or not above.any())


def is_symmetric(entries: Entries) -> bool:
    """Whether both directions of every pair agree, but for rounding."""
    if repeats(entries.key):
        return False
    there = np.argsort(entries.key)
    back = np.argsort(entries.column.astype(np.int64) * entries.n + entries.row)
    same = np.array_equal(entries.row[there], entries.column[back])
    same = same and np.array_equal(entries.column[there], entries.row[back])
    return bool(same and np.allclose(entries.value[there], entries.value[back], rtol=1e-5, atol=1e-12))


def look_like_lengths(entries: Entries) -> bool:
    """Whether a symmetric matrix is nearly full and its values are as alike as distances in a brain are."""
    value = entries.value
    if len(value) < 0.9 * entries.n * (entries.n - 1) or entries.n < 5 or (value <= 0).any():
        return False
    middle = float(np.median(value))
    return bool(middle > 1 and value.max() < 6 * middle and value.std() < 0.8 * value.mean() and value.std() > 0)


def look_like_correlations(entries: Entries) -> bool:
    """Whether all values lie between -1 and 1, and are symmetric."""
    return bool((np.abs(entries.value) <= 1 + 1e-9).all()) and is_symmetric(entries)


def fractions_axis(entries: Entries) -> str:
    """The source axis that sums suggest: fractions of labelled neurons of one target add up to 1 at most; or ''."""
    if not len(entries.value) or (entries.value < 0).any():
        return ""
    rows, columns = (np.bincount(ends, entries.value, entries.n).max() for ends in (entries.row, entries.column))
    if rows <= 1 + 1e-6 < columns:
        return "columns"
    return "rows" if columns <= 1 + 1e-6 < rows else ""


def signed_by_unit(entries: Entries) -> str:
    """The axis along which every unit has one sign, as Dale's law has it of sources; '' if none or both."""

    def pure(ends: np.ndarray) -> bool:
        plus, minus = (np.bincount(ends[which], minlength=entries.n) > 0 for which in (entries.value > 0, negative))
        return not (plus & minus).any()

    negative = entries.value < 0
    rows, columns = pure(entries.row), pure(entries.column)
    return ("rows" if rows else "columns") if rows != columns else ""
