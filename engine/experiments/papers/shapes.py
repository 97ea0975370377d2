"""Shapes of the figures that are not curves: arrows between nodes, and ribbons from sources to targets."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from engine.experiments.papers.figure import Figure

NODE = 0.17  # radius of a node, where neighbouring nodes are 1 apart
BEND = 0.22  # how far an arrow bends aside, as a share of its length, so that both ways can be seen
LOOP = 0.16  # radius of an arrow from a node to itself
POINTS = 24
GAP = 0.04  # between the blocks of a column of ribbons, as a share of its height
BLOCK = 0.03  # width of a block, where the columns are 1 apart
Path = Float[np.ndarray, " points"]


@dataclass(frozen=True, eq=False)
class Arrow:
    """The way of one arrow, its head as a triangle, how thick it is (1: the thickest), and its value."""

    source: str
    target: str
    x: Path
    y: Path
    head_x: Path
    head_y: Path
    width: float
    value: float


@dataclass(frozen=True, eq=False)
class Ribbon:
    """The outline of one ribbon, and its value with its sign."""

    source: str
    target: str
    x: Path
    y: Path
    value: float


@dataclass(frozen=True)
class Block:
    """Where all ribbons of one source, or of one target, begin or end."""

    name: str
    left: float
    bottom: float
    top: float


def arrows(figure: Figure) -> tuple[Arrow, ...]:
    """Of a network: one for each target of each source that has any width, the thinnest first."""
    places = {name: np.array([x, y]) for name, x, y in figure.places}
    most = max((w for one in figure.series for w in one.width), default=1.0) or 1.0
    found = [
        _arrow(one.name, str(target), places, width / most, value)
        for one in figure.series
        for target, value, width in zip(one.x, one.y, one.width, strict=True)
        if width > 0
    ]
    return tuple(sorted(found, key=lambda arrow: arrow.width))


def _arrow(source: str, target: str, places: dict[str, np.ndarray], width: float, value: float) -> Arrow:
    begin, end = places[source], places[target]
    if source == target:  # open towards the node, beside it, away from the other nodes
        turn = np.linspace(-0.75 * math.pi, 0.75 * math.pi, POINTS)
        out = -1.0 if begin[0] < np.mean([x for x, _ in places.values()]) else 1.0
        path = begin[:, None] + np.array([out * (1.5 * NODE + LOOP * np.cos(turn)), LOOP * np.sin(turn)])
    else:
        way = end - begin
        aside = np.array([way[1], -way[0]]) * BEND
        t = np.linspace(0, 1, 4 * POINTS)
        path = (
            np.outer(begin, (1 - t) ** 2) + np.outer((begin + end) / 2 + aside, 2 * t * (1 - t)) + np.outer(end, t**2)
        )
        outside = (np.linalg.norm(path - begin[:, None], axis=0) > NODE) & (
            np.linalg.norm(path - end[:, None], axis=0) > NODE
        )
        path = path[:, outside]
    size = 0.05 + 0.07 * width
    along = path[:, -1] - path[:, -3]
    along = along / (np.linalg.norm(along) or 1.0)
    across = np.array([-along[1], along[0]])
    tip = path[:, -1]
    head = np.stack([tip, tip - size * along + 0.5 * size * across, tip - size * along - 0.5 * size * across], 1)
    return Arrow(source, target, path[0, :-1], path[1, :-1], head[0], head[1], width, value)


def ribbons(figure: Figure) -> tuple[tuple[Ribbon, ...], tuple[Block, ...]]:
    """Of flows: ribbons as thick as their |value|, sources on the left at 0, targets on the right at 1."""
    all_flows = [(one.name, str(to), y) for one in figure.series for to, y in zip(one.x, one.y, strict=True) if y]
    sources = list(dict.fromkeys(one.name for one in figure.series))
    targets = list(dict.fromkeys(str(to) for one in figure.series for to in one.x))
    total = sum(abs(value) for _, _, value in all_flows) or 1.0
    left = _column(sources, [(a, v) for a, _, v in all_flows], total, 0.0)
    right = _column(targets, [(b, v) for _, b, v in all_flows], total, 1.0)
    used_left, used_right = ({block.name: block.top for block in side} for side in (left, right))
    order = {name: k for k, name in enumerate(targets)}
    found = []
    for source, target, value in sorted(all_flows, key=lambda f: (sources.index(f[0]), order[f[1]])):
        thick = abs(value) / total
        tops = used_left[source], used_right[target]
        used_left[source] -= thick
        used_right[target] -= thick
        found.append(_ribbon(source, target, tops, thick, value))
    return tuple(found), (*left, *right)


def _column(names: list[str], flows: list[tuple[str, float]], total: float, at: float) -> tuple[Block, ...]:
    top, found = 1.0, []
    for name in names:
        thick = sum(abs(value) for other, value in flows if other == name) / total
        found.append(Block(name, at - BLOCK if at == 0 else at, top - thick, top))
        top -= thick + GAP
    return tuple(found)


def _ribbon(source: str, target: str, tops: tuple[float, float], thick: float, value: float) -> Ribbon:
    t = np.linspace(0, 1, POINTS)
    eased = t * t * (3 - 2 * t)
    upper = tops[0] + (tops[1] - tops[0]) * eased
    x, y = np.concatenate([t, t[::-1]]), np.concatenate([upper, (upper - thick)[::-1]])
    return Ribbon(source, target, x, y, value)
