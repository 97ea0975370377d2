"""What the wiring editor shows: the matrix as an image, its blocks, and what is under the pointer, in words."""

import base64
import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Bool, Int, UInt8
from matplotlib.path import Path
from PIL import Image

from app import look
from engine.analysis.connectivity import Ordering, order_by_area_and_type
from engine.connectomes.connectome import Connectome
from engine.connectomes.difference import Difference, difference, painted
from engine.connectomes.editing import AreaAndType

CHANGES = {
    "unchanged": "#8a8f9859", "added": "#009e73", "removed": "#d55e00", "reweighted": "#56b4e9", "flipped": "#cc5fa0",
}  # fmt: skip
FAINTEST = 0.3  # of the full colour: an existing connection is always seen


@dataclass(frozen=True, eq=False)
class Shown:
    """A connectome beside its source, in the order in which it is drawn. Places count from the top left."""

    connectome: Connectome
    ordering: Ordering
    changed: Difference

    @cached_property
    def groups(self) -> tuple[AreaAndType, ...]:
        """Area and type of every block along either axis."""
        return tuple(self._kind(self.ordering.units[start]) for start in self.ordering.borders[:-1])

    @cached_property
    def inside(self) -> Int[np.ndarray, " places"]:
        """The block of every place."""
        return np.repeat(np.arange(len(self.groups)), np.diff(self.ordering.borders))

    @property
    def _areas(self) -> list[str]:
        return list(dict.fromkeys(area for area, _ in self.groups))

    @cached_property
    def density(self) -> tuple[Int[np.ndarray, "post pre"], Int[np.ndarray, "post pre"]]:
        """Connections between different units of every pair of blocks, and how many there could be."""
        mask = self.ordering.matrix(self.connectome.mask) & ~np.eye(self.connectome.n, dtype=bool)
        starts = np.array(self.ordering.borders[:-1])
        found = np.add.reduceat(np.add.reduceat(mask.astype(np.int64), starts, axis=0), starts, axis=1)
        sizes = np.diff(self.ordering.borders)
        return found, np.multiply.outer(sizes, sizes) - np.diag(sizes)

    def spans(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Blocks and areas along either axis, as the canvas takes them."""
        borders, colours = self.ordering.borders, look.area_colours(self.connectome.area_names)
        names = [area for area, _ in self.groups]
        firsts = [k for k in range(len(names)) if k == 0 or names[k] != names[k - 1]]  # areas are not interleaved
        blocks = [{"start": a, "stop": b, "first": k in firsts} for k, (a, b) in enumerate(pairwise(borders))]
        ends = [*(borders[k] for k in firsts[1:]), borders[-1]]
        areas = [
            {"start": borders[k], "stop": end, "name": names[k], "colour": colours[names[k]]}
            for k, end in zip(firsts, ends, strict=True)
        ]
        return blocks, areas

    def weights_picture(self) -> str:
        """The weights in the colours of everything signed; strong ones saturate."""
        there = np.flatnonzero(self.connectome.mask)
        weights = self.connectome.weights.ravel()[there].astype(np.float32)
        sample = np.abs(weights[:: 1 + len(weights) // 100_000])
        extent = float(np.quantile(sample[sample > 0], 0.95)) if sample.any() else 1.0
        level = np.clip(np.sqrt(np.abs(weights) / extent), FAINTEST, 1.0)
        index = np.zeros(self.connectome.mask.shape, np.uint8)
        index.ravel()[there] = np.round(128 + 127 * np.copysign(level, weights)).astype(np.uint8)
        return _image(self.ordering.matrix(index), ("#00000000", *look.diverging()[1:]))

    def changes_picture(self) -> str:
        """What became of every pair, in one colour for each kind of change."""
        index = self.ordering.matrix(painted(self.changed, self.connectome))
        return _image(index, ("#00000000", *CHANGES.values()))

    def told(self, pre: int, post: int) -> str:
        """One line on a pair of units and its block."""
        n = self.connectome.n
        if not (0 <= pre < n and 0 <= post < n):
            return ""
        source, target = (int(self.ordering.units[place]) for place in (pre, post))
        c = self.connectome
        there = f"weight {look.number(c.weights[target, source])}" if c.mask[target, source] else "no connection"
        a, b = self.inside[pre], self.inside[post]
        count, of = (int(table[b, a]) for table in self.density)
        block = f"{_said(self.groups[a])} → {_said(self.groups[b])}: {count:,} of {of:,} pairs"
        share = f", density {look.percent(count / of)}" if of else ""
        names = look.escaped(f"{c.names[source]} → {c.names[target]}")
        return f"<b>{names}</b> {there} · {look.escaped(block)}{share}"

    def units(self, start: int, stop: int) -> tuple[int, ...]:
        """The units at these places."""
        return tuple(int(unit) for unit in self.ordering.units[start:stop])

    def blocks(self, ends: list[int], by_type: bool) -> list[AreaAndType]:
        """Areas and types from one block to another, or areas alone from one area to another."""
        low, high = sorted(ends)
        if by_type:
            return list(self.groups[low : high + 1])
        return [(name, "") for name in self._areas[low : high + 1]]

    def pairs(self, gesture: dict[str, Any]) -> Bool[np.ndarray, "post pre"]:
        """The pairs of units that a box, a lasso or a stroke of the brush covers, in the order of the connectome."""
        n, drawn = self.connectome.n, np.zeros((self.connectome.n,) * 2, bool)
        if gesture["mode"] == "brush":
            brush = int(gesture["brush"])
            for x, y in gesture["path"]:
                left, top = max(0, x - brush // 2), max(0, y - brush // 2)
                drawn[top : max(0, y - brush // 2 + brush), left : max(0, x - brush // 2 + brush)] = True
        elif gesture["mode"] == "lasso":
            if len(gesture["path"]) > 2:
                corners = np.floor(np.min(gesture["path"], 0)), np.ceil(np.max(gesture["path"], 0))
                (left, top), (right, bottom) = np.clip(corners, 0, n).astype(int)
                y, x = np.mgrid[top:bottom, left:right] + 0.5
                inside = Path(gesture["path"]).contains_points(np.column_stack([x.ravel(), y.ravel()]))
                drawn[top:bottom, left:right] = inside.reshape(x.shape)
        else:
            left, top, right, bottom = gesture["box"]
            drawn[top:bottom, left:right] = True
        result = np.zeros_like(drawn)
        result[np.ix_(self.ordering.units, self.ordering.units)] = drawn
        return result

    def _kind(self, unit: int) -> AreaAndType:
        return self.connectome.areas[unit], self.connectome.types[unit]


def shown(connectome: Connectome, source: Callable[[], Connectome]) -> Shown:
    """The connectome in the order of its areas and types, with what changed against its source."""
    return Shown(connectome, order_by_area_and_type(connectome), difference(source(), connectome))


def _said(group: AreaAndType) -> str:
    return " · ".join(group)


def _image(index: UInt8[np.ndarray, "rows columns"], colours: tuple[str, ...]) -> str:
    """A data address of an image with few colours, given as #rrggbb or #rrggbbaa."""
    picture = Image.fromarray(index, "P")
    picture.putpalette([int(colour[i : i + 2], 16) for colour in colours for i in (1, 3, 5)])
    alphas = bytes(int(colour[7:9] or "ff", 16) for colour in colours)
    file = io.BytesIO()
    picture.save(file, "PNG", transparency=alphas, compress_level=1)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
