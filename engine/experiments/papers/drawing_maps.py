"""Maps, networks and flows of a report, drawn for print with a scale of colours beside them."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize
from matplotlib.patches import Rectangle

from engine.experiments.papers.figure import Figure
from engine.experiments.papers.shapes import BLOCK, NODE, arrows, ribbons

NEGATIVE, POSITIVE = "#d55e00", "#0072b2"  # Okabe & Ito (2008)
SIGNED = LinearSegmentedColormap.from_list("signed", [NEGATIVE, "#ffffff", POSITIVE])
SIZES = LinearSegmentedColormap.from_list("sizes", ["#ffffff", "#56b4e9", "#0072b2", "#002b4d"])
STRONG = LinearSegmentedColormap.from_list("strong", [NEGATIVE, "#b8b8b8", POSITIVE])  # lines that are seen on white
THICKEST_PT = 4.0
MANY = 12  # rows from which names are set small


def draw_map(figure: Figure, axes: Axes) -> None:
    """Rows receive, columns send: from top to bottom and from left to right, as they are told."""
    values = np.array([one.y for one in figure.series], dtype=float)
    scale, colours = scale_of(figure), colours_of(figure)
    axes.imshow(values, cmap=colours, norm=scale, aspect="auto", interpolation="nearest")
    columns = [str(x) for x in figure.series[0].x]
    size = 4.5 if max(values.shape) >= MANY else 7
    axes.set_xticks(range(len(columns)), columns, rotation=90 if max(map(len, columns)) > 5 else 0, fontsize=size)
    axes.set_yticks(range(len(values)), [one.name for one in figure.series], fontsize=size)
    for row, one in enumerate(figure.series):
        for column, is_sure in enumerate(one.marked):
            if is_sure:
                axes.plot(column, row, marker="*", color="black", markersize=4, linewidth=0)
    axes.set(xlabel=figure.x, ylabel=figure.y)
    _bar(figure, axes, colours)


def draw_network(figure: Figure, axes: Axes) -> None:
    """Nodes at their places, arrows as thick as they are wide."""
    found, scale = arrows(figure), scale_of(figure)
    colours = [STRONG(scale(arrow.value)) for arrow in found]
    thick = [0.4 + THICKEST_PT * arrow.width for arrow in found]
    axes.add_collection(LineCollection([np.stack([a.x, a.y], 1) for a in found], colors=colours, linewidths=thick))
    heads = [np.stack([a.head_x, a.head_y], 1) for a in found]
    axes.add_collection(PolyCollection(heads, facecolors=colours, edgecolors="none", zorder=3))
    for name, x, y in figure.places:
        axes.text(x, y, name, ha="center", va="center", fontsize=7, zorder=5)
    xs, ys = [x for _, x, _ in figure.places], [y for _, _, y in figure.places]
    axes.set(xlim=(min(xs) - 0.7, max(xs) + 0.7), ylim=(min(ys) - 2 * NODE, max(ys) + 2 * NODE))
    axes.set_axis_off()
    _bar(figure, axes, STRONG)


def draw_flows(figure: Figure, axes: Axes) -> None:
    """Ribbons from sources on the left to targets on the right, in the colour of their sign, as the legend says."""
    found, blocks = ribbons(figure)
    axes.add_collection(PolyCollection(
        [np.stack([r.x, r.y], 1) for r in found], alpha=0.6, linewidths=0,
        facecolors=[POSITIVE if r.value > 0 else NEGATIVE for r in found],
    ))  # fmt: skip
    for block in blocks:
        corner, height = (block.left, block.bottom), block.top - block.bottom
        axes.add_patch(Rectangle(corner, BLOCK, height, color="0.3", linewidth=0))
        is_left = block.left < 0.5
        at = block.left - 0.02 if is_left else block.left + BLOCK + 0.02
        axes.text(at, (block.top + block.bottom) / 2, block.name, ha="right" if is_left else "left", va="center")
    signs = {r.value > 0 for r in found}
    for is_positive, colour, said in ((True, POSITIVE, "above 0"), (False, NEGATIVE, "below 0")):
        if is_positive in signs:
            axes.plot([], [], color=colour, linewidth=4, alpha=0.6, label=f"{figure.colour} {said}")
    axes.set(xlim=(-0.3, 1.3 + BLOCK), ylim=(min(b.bottom for b in blocks) - 0.02 if blocks else 0, 1.02))
    axes.set_axis_off()


def scale_of(figure: Figure) -> Normalize:
    """Around 0 where some values are negative, else from 0."""
    values = [y for one in figure.series for y in one.y if np.isfinite(y)]
    least = min(values, default=0.0)
    return Normalize(-figure.extent if least < 0 else 0.0, figure.extent)


def colours_of(figure: Figure) -> Colormap:
    """Two colours where some values are negative, else one."""
    return SIGNED if any(y < 0 for one in figure.series for y in one.y) else SIZES


def _bar(figure: Figure, axes: Axes, colours: Colormap) -> None:
    bar = axes.figure.colorbar(ScalarMappable(scale_of(figure), colours), ax=axes, shrink=0.8, pad=0.02)
    bar.set_label(figure.colour)
    bar.outline.set_visible(False)
