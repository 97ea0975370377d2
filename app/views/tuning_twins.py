"""Tuning for papers: all units, the curves of some, and what every unit prefers."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int, Int8
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from app import look
from app.figures import MM_PER_INCH, Twin, curve, on_white
from app.views.tuning_curves import axis_label, rows_of, short_labels
from app.views.twins import DOT, columns
from engine.analysis.tuning import Tuning
from engine.analysis.variable_bins import Bins

ACROSS = 3  # curves side by side
NARROW_MM = 70  # below this, axes have room for two numbers
LABEL_MM = 4.5  # from one slanted label of a bin to the next
NORMALISED = "normalised rate"


def rows_twin(found: Tuning, order: Int[np.ndarray, " units"], link: str) -> Twin:
    """One row per unit in this order, from its lowest (0) to its highest rate (1)."""
    scaled, span = rows_of(found)
    picture, labels, n = scaled[order], short_labels(found.bins), found.bins.n

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        image = axes.imshow(
            picture, cmap=on_white("sequential"), vmin=0, vmax=1, aspect="auto", interpolation="none",
            extent=(*span, len(picture), 0), rasterized=True,
        )  # fmt: skip
        if found.bins.variable.kind == "circular":
            axes.xaxis.set_major_locator(MaxNLocator(4))
        else:
            every = int(np.ceil(n * LABEL_MM / (0.6 * _width_mm(figure))))
            axes.set_xticks(np.arange(n)[::every] + 0.5, labels[::every], rotation=40, ha="right")
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.set(xlabel=axis_label(found), ylabel="unit")
        figure.colorbar(image, ax=axes, label=NORMALISED, pad=0.02, ticks=[0, 0.5, 1]).outline.set_linewidth(0.5)

    numbers = {"unit": [found.names[unit] for unit in order]}
    numbers |= {f"{NORMALISED} at {label}": picture[:, k] for k, label in enumerate(found.bins.labels)}
    return Twin("Tuning of all units", draw, numbers, link, 0.7)


def curves_twin(found: Tuning, units: Sequence[int], link: str) -> Twin:
    """Tuning curves of some units; the table has those of all."""
    rows, across = -(-len(units) // ACROSS), min(len(units), ACROSS)
    told = min(len(units) - 1, (rows - 1) * ACROSS + across // 2)  # whose axis names the variable for all

    def draw(figure: Figure) -> None:
        panels = figure.subplots(rows, across, squeeze=False, sharex=True).ravel()
        for axes, unit in zip(panels, units, strict=False):
            mean, sem = found.mean[:, unit], found.sem[:, unit]
            curve(axes, found.bins.values, mean, look.network_colour(0), None, mean - sem, mean + sem)
            axes.set_title(found.names[unit])
            axes.yaxis.set_major_locator(MaxNLocator(2 if _width_mm(figure) < NARROW_MM else 3))
            if found.bins.variable.kind == "categorical":
                axes.set_xticks(found.bins.values, found.bins.labels, rotation=40, ha="right")
            else:
                axes.set_xticks(_ends(found.bins, _width_mm(figure) < NARROW_MM))
        for unused in panels[len(units) :]:
            unused.set_axis_off()
        panels[told].set_xlabel(axis_label(found))
        figure.supylabel("rate (a.u.)", fontsize="medium")

    return Twin("Tuning curves", draw, columns(found.table()), link, 0.6)


def units_twin(found: Tuning, signs: Int8[np.ndarray, " units"], link: str) -> Twin:
    """What every unit prefers and how strongly: as a vector for directions, else beside the depth of its tuning."""
    colours = [look.sign_colour(int(sign)) for sign in signs]
    alpha: Float[np.ndarray, " units"] = np.where(found.is_tuned, 0.9, 0.2)
    dots = {"s": DOT, "c": colours, "alpha": alpha, "linewidths": 0}

    def draw(figure: Figure) -> None:
        if found.vector is not None:
            axes = figure.add_subplot(projection="polar")
            axes.scatter(2 * np.pi * found.preferred / (found.bins.variable.period or 1), found.vector.length, **dots)
            axes.set_ylim(0, 1)
            axes.set_rgrids([0.5, 1], ["0.5", "1"])
            axes.set_thetagrids(range(0, 360, 90))
            axes.grid(linewidth=0.4)
        else:
            axes = figure.add_subplot()
            axes.scatter(found.preferred, found.depth, **dots)
            axes.set(xlabel=f"preferred {axis_label(found)}", ylabel="depth (a.u.)")
        named = {1: "E", -1: "I", 0: "free"}
        keys = [
            Line2D([], [], linestyle="", marker="o", markersize=3, color=look.sign_colour(sign), label=name)
            for sign, name in named.items()
            if sign in signs
        ]
        keys.append(Line2D([], [], linestyle="", label="pale: not tuned"))
        figure.legend(handles=keys, loc="outside lower center", ncols=4, handlelength=0.8, columnspacing=1)

    title = "Preference and depth" if found.vector is None else "Preferred direction and vector length"
    return Twin(title, draw, columns(found.unit_table()), link, 0.7 if found.vector is None else 1.0)


def _ends(bins: Bins, few: bool) -> list[float]:
    """Where the axis of a variable has numbers: nought, half and whole period, or round ones; at the ends if few."""
    if bins.variable.kind == "circular" and bins.variable.period:
        ticks = bins.variable.period * np.array([0, 0.5, 1])
    else:
        low, high = float(bins.values.min()), float(bins.values.max())
        ticks = MaxNLocator(2).tick_values(low, high)
        ticks = ticks[(ticks >= low) & (ticks <= high)]
    return ticks[[0, -1]].tolist() if few and len(ticks) else ticks.tolist()


def _width_mm(figure: Figure) -> float:
    return float(figure.get_figwidth()) * MM_PER_INCH
