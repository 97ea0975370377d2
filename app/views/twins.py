"""What Explore shows, for papers: every figure as a matplotlib twin with its numbers."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Ellipse

from app import look
from app.figures import Twin, curve, on_white, positive_matrix, signed_matrix
from app.views.condition_colours import colours_of
from app.views.histogram import FLOOR
from engine.analysis.connectivity import Connectivity
from engine.analysis.rates import Rates
from engine.analysis.spectrum import Spectrum
from engine.analysis.variable_bins import Bins
from engine.analysis.weight_distribution import WeightDistribution

DOT = 6  # area of a dot in square points


def columns(table: pd.DataFrame) -> dict[str, Any]:
    """A table as the columns of a twin."""
    return {str(name): table[name].to_numpy() for name in table}


def connectivity_twin(found: Connectivity, extent: float, link: str) -> Twin:
    """The ordered weight matrix with its blocks."""

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        signed_matrix(axes, found.weights, extent, "weight" if found.shows != "difference" else "change of weight")
        n, borders = len(found.names), found.ordering.borders
        for border in borders[1:-1]:
            axes.axhline(border - 0.5, color=look.QUIET, linewidth=0.3)
            axes.axvline(border - 0.5, color=look.QUIET, linewidth=0.3)
        shown = [
            (a, b, name)
            for a, b, name in zip(borders, borders[1:], found.ordering.blocks, strict=False)
            if b - a > n / 20
        ]
        middles, names = [(a + b) / 2 - 0.5 for a, b, _ in shown], [name for _, _, name in shown]
        axes.set_xticks(middles, names, rotation=40, ha="right")
        axes.set_yticks(middles, names)

    return Twin("Recurrent weights", draw, columns(found.table().reset_index()), link, 0.85, matrix=found.weights)


def block_twin(
    names: Sequence[str], density: Float[np.ndarray, "blocks blocks"], table: pd.DataFrame, link: str
) -> Twin:
    """The density of connections from every block to every other; the table has all that is known of them."""

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        places = range(len(names))
        positive_matrix(axes, 100 * density, (-0.5, len(names) - 0.5, len(names) - 0.5, -0.5), "density (%)")
        axes.set_xticks(places, names, rotation=40, ha="right")
        axes.set_yticks(places, names)
        axes.set(xlabel="pre", ylabel="post")

    return Twin("Density of connections between blocks", draw, columns(table), link, 0.85)


def distribution_twin(found: WeightDistribution, before: WeightDistribution | None, label: str, link: str) -> Twin:
    """The histogram of excitatory and inhibitory weights, on the same logarithmic scale of counts as on the page."""

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        for counts, colour, name in (
            (found.excitatory, look.POSITIVE, "w > 0"),
            (found.inhibitory, look.NEGATIVE, "w < 0"),
        ):
            drawn = np.maximum(counts, FLOOR)
            axes.stairs(drawn, found.edges, baseline=FLOOR, fill=True, color=colour, alpha=0.75, label=name)
        if before is not None:
            both = np.maximum(before.excitatory + before.inhibitory, FLOOR)
            axes.stairs(both, before.edges, baseline=FLOOR, color=look.QUIET, label="before")
        axes.set(xlabel=label, ylabel="connections", yscale="log")
        axes.set_ylim(bottom=FLOOR)
        axes.legend()

    return Twin("Weight distribution", draw, columns(found.table()), link)


def raster_twin(
    picture: Float[np.ndarray, "units columns"], span: tuple[float, float], marks: Sequence[float],
    names: Sequence[str], x: str, label: str, limit: float, link: str,
) -> Twin:  # fmt: skip
    """One row per unit, in the order in which they are given."""
    signed = bool(picture.min(initial=0) < 0)

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        image = axes.imshow(
            picture, cmap=on_white("diverging" if signed else "sequential"), vmin=-limit if signed else 0, vmax=limit,
            aspect="auto", interpolation="none", extent=(*span, len(picture), 0), rasterized=True,
        )  # fmt: skip
        for mark in marks:
            axes.axvline(mark, color=look.QUIET, linewidth=0.5, linestyle="--")
        axes.set(xlabel=x, ylabel="unit")
        figure.colorbar(image, ax=axes, label=label, pad=0.02).outline.set_linewidth(0.5)

    edges = np.linspace(*span, picture.shape[1] + 1)[:-1]
    numbers = {"unit": list(names)} | {f"from_{edge:g}": picture[:, k] for k, edge in enumerate(edges)}
    return Twin(label, draw, numbers, link, 0.7)


def traces_twin(found: Rates, bins: Bins, units: Sequence[int], link: str) -> Twin:
    """Mean rates of some units by condition with their standard errors."""

    def draw(figure: Figure) -> None:
        for axes, unit in zip(_grid(figure, len(units), 2), units, strict=False):
            for k, colour in enumerate(colours_of(bins)):
                mean, sem = found.mean[k, :, unit], found.sem[k, :, unit]
                curve(axes, found.time_ms, mean, colour, bins.labels[k], mean - sem, mean + sem)
            axes.set(title=found.names[unit], xlabel="time (ms)", ylabel="rate (a.u.)")
        if bins.n > 1:
            figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="outside right upper")

    table = found.table()
    chosen = [found.names[unit] for unit in units]
    return Twin("Rates by condition", draw, columns(table[table["unit"].isin(chosen)]), link, 0.75)


def spectrum_twin(found: Spectrum, before: Spectrum | None, link: str) -> Twin:
    """Eigenvalues, the edge of stability and the bulk of a random matrix."""

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        random, edge = found.random, found.edge
        axes.add_patch(Ellipse(
            (random.centre, 0), 2 * random.half_axis_real, 2 * random.half_axis_imaginary, fill=False, linestyle=":",
            edgecolor=look.QUIET, label="random matrix",
        ))  # fmt: skip
        if edge.shape == "line":
            axes.axvline(edge.position, color=look.FAULT, linewidth=0.8, label="edge of stability")
        else:
            axes.add_patch(
                Circle((edge.centre, 0), edge.radius, fill=False, edgecolor=look.FAULT, label="edge of stability")
            )
        if before is not None:
            axes.scatter(
                before.eigenvalues.real,
                before.eigenvalues.imag,
                s=DOT,
                facecolors="none",
                edgecolors=look.QUIET,
                linewidths=0.5,
                label="before",
            )
        axes.scatter(
            found.eigenvalues.real,
            found.eigenvalues.imag,
            s=DOT,
            color=look.network_colour(0),
            label="after" if before else None,
        )
        axes.set(xlabel="Re λ", ylabel="Im λ")
        axes.set_aspect("equal", "datalim")
        axes.legend()

    table = found.table().assign(moment="after" if before is not None else "untrained")
    if before is not None:
        table = pd.concat([table, before.table().assign(moment="before")])
    return Twin("Eigenvalue spectrum", draw, columns(table), link, 0.8)


def _grid(figure: Figure, n: int, wide: int) -> list[Axes]:
    rows = -(-n // wide)
    return list(figure.subplots(rows, min(n, wide), squeeze=False).ravel())
