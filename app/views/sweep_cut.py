"""What of a sweep is drawn: one measure over one or two parameters, at one value of a third."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from app.sweeps import Seen
from engine.experiments.sweep import Log, place, said
from engine.experiments.sweep_summary import MEASURES, best

WIDE = 50  # numbers in a list whose largest is so many times the smallest stand on a logarithmic axis
SHARES = ("accuracy",)  # shown in percent


@dataclass(frozen=True, eq=False)
class Cut:
    """A sweep as seen now, one of its measures, and the place of the value of the third parameter, if there is one."""

    seen: Seen
    measure: str
    third: int = 0

    @property
    def label(self) -> str:
        """The measure with its unit."""
        return MEASURES[self.measure] + (" (%)" if self.measure in SHARES else "")

    @property
    def factor(self) -> float:
        return 100.0 if self.measure in SHARES else 1.0

    def values(self, axis: int) -> tuple[Any, ...]:
        """What the parameter of this axis takes."""
        sweep = self.seen.kept.sweep
        return sweep.axes[axis].values(sweep.experiment)

    def words(self, axis: int) -> list[str]:
        """The same in words."""
        return list(self._words[axis])

    @cached_property
    def _words(self) -> tuple[tuple[str, ...], ...]:
        return self.seen.kept.sweep.words()

    @property
    def is_numeric(self) -> bool:
        """Whether the first parameter is a number at all points."""
        return all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in self.values(0))

    @property
    def is_log(self) -> bool:
        """Whether the first parameter belongs on a logarithmic axis."""
        values = self.values(0)
        if not self.is_numeric or min(values) <= 0:
            return False
        return isinstance(self.seen.kept.sweep.axes[0].grid, Log) or max(values) / min(values) >= WIDE

    @property
    def points(self) -> pd.DataFrame:
        """The summary of the points that are drawn; means and intervals in the unit of the label."""
        found = self._chosen(self.seen.points)
        for column in (self.measure, f"{self.measure}_low", f"{self.measure}_high", "chance"):
            if column in found and (column != "chance" or self.measure in SHARES):
                found = found.assign(**{column: found[column] * self.factor})
        return found

    @property
    def networks(self) -> pd.DataFrame:
        """The networks that are drawn: those with a number that did not diverge."""
        found = self._chosen(self.seen.table)
        if not len(found):
            return found
        found = found[(found["diverged"] == 0) & found[self.measure].notna()]
        return found.assign(**{self.measure: found[self.measure] * self.factor})

    @property
    def chance(self) -> float | None:
        """What guessing reaches, if the measure is the accuracy and all points have the same."""
        points = self.points
        found = points["chance"].dropna().unique() if self.measure in SHARES and len(points) else []
        return float(found[0]) if len(found) == 1 and np.isfinite(found[0]) else None

    @property
    def best(self) -> int | None:
        """The number of the best point among those drawn."""
        return best(self._chosen(self.seen.points), self.measure)

    def word_of(self, row: dict[str, Any], axis: int) -> str:
        """The value of a row along this axis, in words."""
        return place(int(row["point"]), self._words)[axis]

    def told(self, row: dict[str, Any]) -> str:
        """Mean, interval and number of networks of a point."""
        mean, (low, high) = row[self.measure], self.ends(row)
        n = f"{row['n']} network{'s' * (row['n'] != 1)}"
        lost = f", {row['diverged']} diverged" if row["diverged"] else ""
        spread = "" if pd.isna(row[f"{self.measure}_low"]) else f" [{low:.4g}, {high:.4g}]"
        return f"no number, {n}{lost}" if pd.isna(mean) else f"{mean:.4g}{spread}, {n}{lost}"

    def ends(self, row: dict[str, Any]) -> tuple[float, float]:
        """Student's interval as it is shown: of a share no more than there can be; one network has but the mean."""
        low, high = row[f"{self.measure}_low"], row[f"{self.measure}_high"]
        if not np.isfinite(low):
            return row[self.measure], row[self.measure]
        return (max(low, 0.0), min(high, self.factor)) if self.measure in SHARES else (low, high)

    def numbers(self) -> dict[str, Any]:
        """The summary of the points that are drawn, as columns."""
        points, ends = self.points, {"": "mean", "_low": "95 % interval, low", "_high": "95 % interval, high"}
        names = ("point", *self.seen.kept.sweep.addresses, "n", "diverged")
        columns = {name: [_cell(value) for value in points[name]] for name in names}
        return columns | {
            f"{self.label}, {of}": points[f"{self.measure}{end}"].to_numpy(float) for end, of in ends.items()
        }

    def _chosen(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Those at the value of the third parameter, along which points are numbered fastest."""
        third = self._words[2:]
        return rows[rows["point"] % len(third[0]) == self.third] if third and len(rows) else rows


def _cell(value: Any) -> Any:
    return said(value) if isinstance(value, (bool, list, tuple, dict)) else value
