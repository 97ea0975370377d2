"""Large matrices as pictures: connections by row and a pyramid of coarse cells, so that any window is drawn at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import coo_array, csr_array

Aggregator = Literal["strongest", "mean", "count"]
AGGREGATORS: Mapping[str, str] = {
    "strongest": "the strongest weight in each pixel",
    "mean": "the mean of the connections in each pixel",
    "count": "the number of connections in each pixel",
}
FINEST = 4  # pairs along the side of the finest cells that are kept
CELLS = 2500  # along the side of the finest level, at most
Window = tuple[float, float, float, float]  # left, right, first row, last row


@dataclass(frozen=True, eq=False)
class Cells:
    """What is in the cells of a grid: how many connections, the sum of their weights, the lowest and the highest.

    Without a connection the lowest is +inf and the highest -inf.
    """

    count: Int[np.ndarray, "rows columns"]
    total: Float[np.ndarray, "rows columns"]
    low: Float[np.ndarray, "rows columns"]
    high: Float[np.ndarray, "rows columns"]

    def coarser(self, rows: int, columns: int) -> "Cells":
        """Cells of `rows` × `columns` of these."""
        counted, summed = (_gathered(np.add, part, rows, columns) for part in (self.count, self.total))
        low, high = _gathered(np.minimum, self.low, rows, columns), _gathered(np.maximum, self.high, rows, columns)
        return Cells(counted, summed, low, high)

    def cut(self, rows: slice, columns: slice) -> "Cells":
        """The cells of a part of the grid."""
        return Cells(*(part[rows, columns] for part in (self.count, self.total, self.low, self.high)))

    def values(self, by: Aggregator) -> Float[np.ndarray, "rows columns"]:
        """One number per cell, NaN where there is no connection. Of two equally strong weights the positive counts."""
        there = self.count > 0
        if by == "count":
            return np.where(there, self.count, np.nan)
        if by == "mean":
            return np.divide(self.total, self.count, out=np.full(self.total.shape, np.nan), where=there)
        return np.where(there, np.where(-self.low > self.high, self.low, self.high), np.nan).astype(float)


@dataclass(frozen=True, eq=False)
class Picture:
    """The pixels of a window. Each is exactly `per_pixel` = (post, pre) pairs of units wide, counted from unit 0.

    So the box (left, right, first row, last row) may reach a little beyond the window that was asked for. Every pixel
    is an exact aggregate of its pairs; `from_pyramid` says whether it was put together from coarser cells.
    """

    pixels: Float[np.ndarray, "rows columns"]
    box: tuple[int, int, int, int]
    per_pixel: tuple[int, int]
    from_pyramid: bool


@dataclass(frozen=True, eq=False)
class MatrixRaster:
    """A matrix made ready to be looked at. Build it once, off the event loop; then ask for windows."""

    connections: csr_array
    size: int  # pairs along the side of a cell of the finest level
    levels: tuple[Cells, ...]

    @property
    def n(self) -> int:
        """Number of units along a side."""
        return self.connections.shape[0]

    @property
    def strongest(self) -> float:
        """The largest |w|; 0 without connections."""
        return float(np.abs(self.connections.data).max(initial=0.0))

    def picture(self, window: Window, pixels: int, by: Aggregator) -> Picture:
        """The window in at most about `pixels` × `pixels` pixels."""
        left, right, top, bottom = window
        across, down = _per_pixel(right - left, pixels), _per_pixel(bottom - top, pixels)
        columns, rows = _span(left, right, across, self.n), _span(top, bottom, down, self.n)
        coarse = min(across, down) >= self.size
        draw = self._from_cells if coarse else self._from_connections
        cells = draw(rows, columns, down, across)
        box = (columns.start * across, columns.stop * across, rows.start * down, rows.stop * down)
        return Picture(cells.values(by), box, (down, across), coarse)

    def _from_cells(self, rows: slice, columns: slice, down: int, across: int) -> Cells:
        level = int(np.log2(min(across, down) // self.size))
        tall, wide = down // (self.size << level), across // (self.size << level)
        part = slice(rows.start * tall, rows.stop * tall), slice(columns.start * wide, columns.stop * wide)
        return self.levels[level].cut(*part).coarser(tall, wide)

    def _from_connections(self, rows: slice, columns: slice, down: int, across: int) -> Cells:
        starts = self.connections.indptr[rows.start * down : min(rows.stop * down, self.n) + 1]
        part = slice(int(starts[0]), int(starts[-1]))
        pre, weights = self.connections.indices[part], self.connections.data[part]
        inside = np.flatnonzero((pre >= columns.start * across) & (pre < columns.stop * across))
        row = np.repeat(np.arange(len(starts) - 1) // down, np.diff(starts))[inside]
        shape = rows.stop - rows.start, columns.stop - columns.start
        return _binned(row * shape[1] + (pre[inside] // across - columns.start), weights[inside], shape)


def matrix_raster(
    connections: csr_array | Float[np.ndarray, "post pre"], order: Int[np.ndarray, " units"] | None = None
) -> MatrixRaster:
    """The connections made ready, unit `order[k]` at place k. In a dense matrix what is not 0 is a connection."""
    ordered = _ordered(connections, order)
    n = ordered.shape[0]
    size = FINEST
    while -(-n // size) > CELLS:
        size *= 2
    levels = [_finest(ordered, size)]
    while len(levels[-1].count) > 1:
        levels.append(levels[-1].coarser(2, 2))
    return MatrixRaster(ordered, size, tuple(levels))


def _ordered(connections: csr_array | np.ndarray, order: np.ndarray | None) -> csr_array:
    if isinstance(connections, np.ndarray):
        post, pre = np.divmod(np.flatnonzero(connections), len(connections))
        weights = connections[post, pre]
    else:
        listed = connections.tocoo()
        post, pre, weights = listed.row, listed.col, listed.data
    n, small = connections.shape[0], partial(np.asarray, dtype=np.int32)
    if order is not None:
        place = np.empty(n, np.int32)
        place[order] = np.arange(n, dtype=np.int32)
        post, pre = place[post], place[pre]
    made = coo_array((weights.astype(np.float32), (small(post), small(pre))), shape=(n, n))
    made.has_canonical_format = True  # each pair is there once: nothing to sum or sort, which would be slow
    return made.tocsr()


def _finest(connections: csr_array, size: int) -> Cells:
    side = -(-connections.shape[0] // size)
    bands = [_binned_rows(connections, size, k, side) for k in range(0, side, 64)]
    return Cells(*(np.concatenate(parts) for parts in zip(*bands, strict=True)))


def _binned_rows(connections: csr_array, size: int, first: int, side: int) -> tuple[np.ndarray, ...]:
    """64 rows of cells at a time, which stay in the processor's cache."""
    starts = connections.indptr[first * size : (first + 64) * size + 1]
    part = slice(int(starts[0]), int(starts[-1]))
    row = np.repeat(np.arange(len(starts) - 1, dtype=np.int32) // size * side, np.diff(starts))
    made = _binned(
        row + connections.indices[part] // size, connections.data[part], (min(64, side - first), side)
    )  # fmt: skip
    return made.count.astype(np.int32), made.total, made.low, made.high


def _binned(cell: np.ndarray, weights: np.ndarray, shape: tuple[int, int]) -> Cells:
    cells = shape[0] * shape[1]
    low, high = np.full(cells, np.inf, np.float32), np.full(cells, -np.inf, np.float32)
    np.minimum.at(low, cell, weights)
    np.maximum.at(high, cell, weights)
    count, total = np.bincount(cell, minlength=cells), np.bincount(cell, weights, cells).astype(float, copy=False)
    return Cells(*(part.reshape(shape) for part in (count, total, low, high)))


def _gathered(gather: np.ufunc, part: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Neighbours gathered, the last ones fewer where the grid is not a multiple."""
    if rows > 1:
        part = gather.reduceat(part, np.arange(0, part.shape[0], rows), axis=0)
    return gather.reduceat(part, np.arange(0, part.shape[1], columns), axis=1) if columns > 1 else part


def _per_pixel(span: float, pixels: int) -> int:
    """The power of two that shows so many units in about so many pixels."""
    size = 1
    while span / size > pixels:
        size *= 2
    return size


def _span(first: float, last: float, size: int, n: int) -> slice:
    """The pixels that the span touches, at least one."""
    begin = int(np.clip(np.floor(first / size), 0, (n - 1) // size))
    return slice(begin, int(np.clip(np.ceil(last / size), begin + 1, -(-n // size))))
