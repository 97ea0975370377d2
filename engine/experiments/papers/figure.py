"""Figures of a paper as plain data: what is drawn, and not how."""

import math
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Series:
    """One line, group of points or bar heights, with an interval if there are several networks.

    Of a map it is a row, and `marked` says which of its cells are sure; of a network or of flows it is a source, `x`
    its targets, `y` how they differ, and `width` how thick its arrows are.
    """

    name: str
    x: tuple[float | str, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    marked: tuple[bool, ...] = ()
    width: tuple[float, ...] = ()


@dataclass(frozen=True)
class Figure:
    """A figure of the paper redrawn from the readings; a renderer chooses the colours.

    Figures of one `group` are the same for several things, told by `choice`: a page shows one of them at a time.
    """

    name: str
    title: str
    x: str
    y: str
    kind: Literal["lines", "points", "bars", "map", "network", "flows"]
    series: tuple[Series, ...]
    log_x: bool = False
    log_y: bool = False
    reference: tuple[tuple[str, float], ...] = ()  # horizontal lines: chance, ideal, persistence
    note: str = ""  # what has to be known to read it
    colour: str = ""  # what the colour of a map, a network or of flows says
    places: tuple[tuple[str, float, float], ...] = ()  # of the nodes of a network
    group: str = ""
    choice: str = ""

    @property
    def is_coloured(self) -> bool:
        """Whether a scale of colours says the values, and not a place along an axis."""
        return self.kind in ("map", "network", "flows")

    @property
    def has_points(self) -> bool:
        """Whether anything was measured that it shows."""
        return any(math.isfinite(y) for one in self.series for y in one.y)

    @property
    def extent(self) -> float:
        """The largest absolute value, for a scale of colours; 1 where all are 0."""
        return max((abs(y) for one in self.series for y in one.y if math.isfinite(y)), default=1.0) or 1.0
