"""Curves on the way to the screen: mean and range over networks, smoothing, and no more points than can be seen."""

import numpy as np
from bokeh.models import ColumnDataSource
from jaxtyping import Float, Int, Shaped
from scipy.signal import lfilter

from app.growing import Growing

MOST_POINTS = 4000  # a curve that has more is thinned; a figure is some hundred pixels wide
Columns = dict[str, Shaped[np.ndarray, " points"]]


class Series:
    """A growing table behind a Bokeh source: every row is kept here, and what can be seen of them is streamed.

    The first rows replace what was drawn before, and later ones are streamed. Changes of one callback leave together
    (app/background.py), and Bokeh writes new data of a source only then: rows streamed in the callback that emptied
    the source would be among them, and arrive twice.
    """

    def __init__(self, source: ColumnDataSource, by: str, most: int = MOST_POINTS):
        self.source, self.by, self.most = source, by, most
        self.clear()

    def clear(self) -> None:
        """No rows."""
        self._columns: dict[str, Growing] = {}
        self._thinning = Thinning(self.most)
        self.source.data = {name: [] for name in self.source.data}

    def __len__(self) -> int:
        return len(self._columns[self.by].values) if self._columns else 0

    def add(self, more: Columns, ended: bool = False) -> None:
        """These rows come last; those that matter are drawn. `ended`: no more are to be expected soon."""
        for name, values in more.items():
            self._columns.setdefault(name, Growing(values)).add(values)
        anew = self._thinning.needs_anew(len(self)) or not self._thinning.drawn
        rows = self._thinning.take(self._columns[self.by].values, ended)
        drawn = {name: column.values[rows] for name, column in self._columns.items()}
        if anew and len(rows):
            self.source.data = drawn
        elif len(rows):
            self.source.stream(drawn, rollover=2 * self.most)


def spread(values: Float[np.ndarray, "points networks"]) -> tuple[Float[np.ndarray, " points"], ...]:
    """Mean, lowest and highest over the networks that have not diverged; NaN where none is left."""
    there = np.isfinite(values)
    count = there.sum(1)
    total = np.where(there, values, 0).sum(1)
    mean = np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0)
    low = np.where(there, values, np.inf).min(1, initial=np.inf)
    high = np.where(there, values, -np.inf).max(1, initial=-np.inf)
    return mean, np.where(count > 0, low, np.nan), np.where(count > 0, high, np.nan)


class Smoother:
    """Exponential moving average without the bias of its beginning; `weight` 0 leaves a curve as it is.

    Values that are no number are skipped and stay none.
    """

    def __init__(self, weight: float):
        self.weight = weight
        self._carry = np.zeros(1)
        self._seen = 0

    def __call__(self, values: Float[np.ndarray, " points"]) -> Float[np.ndarray, " points"]:
        """The next part of the smooth curve."""
        result = np.array(values, dtype=np.float64)
        there = np.isfinite(result)
        if self.weight == 0 or not there.any():
            return result
        filtered, self._carry = lfilter([1 - self.weight], [1, -self.weight], result[there], zi=self._carry)
        count = self._seen + np.arange(1, len(filtered) + 1)
        self._seen += len(filtered)
        result[there] = filtered / (1 - self.weight**count)
        return result


class Thinning:
    """Decides which rows of a growing curve are drawn: all of a short one, the extremes in every part of a long one."""

    def __init__(self, most: int = MOST_POINTS):
        self.most = most
        self.bucket, self.drawn = 1, 0

    def needs_anew(self, rows: int) -> bool:
        """Whether so many rows have come that all must be thinned more; then `take` begins at the first row."""
        bucket = 1
        while 2 * rows > self.most * bucket and rows > self.most:
            bucket *= 2
        anew = bucket != self.bucket
        if anew:
            self.bucket, self.drawn = bucket, 0
        return anew

    def take(self, values: Float[np.ndarray, " points"], ended: bool) -> Int[np.ndarray, " rows"]:
        """Rows to be drawn now, never twice; those of an unfinished bucket wait, unless the curve has ended."""
        n, size = len(values), self.bucket
        first, last = self.drawn, max(self.drawn, n if size == 1 or ended else n // size * size)
        self.drawn = last
        if size == 1:
            return np.arange(first, last)
        chosen = [np.arange(a, min(a + size, last)) for a in range(first, last, size)]
        return np.unique([rows[pick] for rows in chosen for pick in _extremes(values[rows])]).astype(np.int64)


def _extremes(values: Float[np.ndarray, " points"]) -> tuple[int, int]:
    there = np.isfinite(values)
    if not there.any():
        return 0, len(values) - 1
    return int(np.where(there, values, np.inf).argmin()), int(np.where(there, values, -np.inf).argmax())
