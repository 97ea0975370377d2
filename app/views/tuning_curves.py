"""Tuning in words and examples: which units to show, on which axes, and the numbers to read beside them."""

import math
from html import escape
from typing import Any

import numpy as np
from bokeh.models import BasicTicker, ColumnDataSource, FixedTicker

from app import look
from app.subject import Subject
from app.views.analysis_view import filled, pane
from engine.analysis.tuning import Tuning
from engine.analysis.variable_bins import Bins

CURVES = 6
SHUFFLES = 200
WIDTH = 118  # of the frame of a curve, in pixels
LETTER_PX, SLANTED_PX = 6, 16  # a letter of a name; from name to name if slanted


class Curve:
    """The tuning curve of one unit with its standard error over trials."""

    def __init__(self, number: int):
        self._line = ColumnDataSource({"x": [], "y": [], "low": [], "high": []})
        self.figure = look.figure(
            f"tuning_curve_{number}",
            "",
            "rate (a.u.)" if number % 3 == 0 else "",
            frame_width=WIDTH,
            frame_height=84,
            title=" ",
            min_border_right=6,
        )
        self.figure.varea("x", "low", "high", source=self._line, fill_alpha=0.22, fill_color=look.network_colour(0))
        self.figure.line("x", "y", source=self._line, line_width=1.8, line_color=look.network_colour(0))
        self.figure.scatter("x", "y", source=self._line, size=3, color=look.network_colour(0))
        self.figure.yaxis.ticker.desired_num_ticks = 3
        self.pane = pane(self.figure)

    def show(self, answer: Tuning, unit: int, is_marked: bool) -> None:
        """Draw this unit."""
        mean, sem = answer.mean[:, unit], answer.sem[:, unit]
        self._line.data = {"x": answer.bins.values, "y": mean, "low": mean - sem, "high": mean + sem}
        axis = self.figure.xaxis[0]
        axis.axis_label = axis_label(answer)
        if answer.bins.variable.kind == "categorical":
            tell_bins(axis, answer.bins.values.tolist(), answer.bins.labels, WIDTH)
        else:
            axis.update(ticker=BasicTicker(desired_num_ticks=3), major_label_orientation="horizontal")
            axis.major_label_overrides = {}
        star = " ★" if answer.is_tuned[unit] else ""
        self.figure.title.text = f"{'▸ ' * is_marked}{answer.names[unit]}{star}"


def tell_bins(axis: Any, places: list[float], labels: tuple[str, ...], width: float) -> None:
    """The labels of bins at their places: slanted where they would touch, every second or third if they still would."""
    room = width / len(labels)
    is_wide = max(map(len, labels)) * LETTER_PX > room
    every = math.ceil(SLANTED_PX / room)
    axis.major_label_orientation = math.pi / 5 if is_wide else "horizontal"
    axis.major_label_overrides = dict(zip(places, labels, strict=True))
    axis.ticker = FixedTicker(ticks=places[::every])


def short_labels(bins: Bins) -> tuple[str, ...]:
    """Categories by name, numbers without their unit."""
    return bins.labels if bins.variable.kind == "categorical" else tuple(v.split(" ")[0] for v in bins.labels)


def rows_of(answer: Tuning) -> tuple[np.ndarray, tuple[float, float]]:
    """Every curve from its lowest (0) to its highest rate (1), and the span of the variable (bins unless circular)."""
    mean, values = answer.mean.T, answer.bins.values
    low, depth = mean.min(1, keepdims=True), np.ptp(mean, axis=1)[:, None]
    scaled = np.divide(mean - low, depth, out=np.zeros(mean.shape), where=depth > 0)
    if answer.bins.variable.kind != "circular":
        return scaled, (0.0, float(len(values)))
    half = float(np.diff(values).mean()) / 2 if len(values) > 1 else 0.5
    return scaled, (float(values[0]) - half, float(values[-1]) + half)


def axis_label(answer: Tuning) -> str:
    """The variable with its unit."""
    variable = answer.bins.variable
    return variable.name.replace("_", " ") + (f" ({variable.unit})" if variable.unit else "")


def most_tuned(answer: Tuning) -> tuple[int, ...]:
    """The units whose tuning is strongest, spread over their preferences if these are directions."""
    strength = answer.explained if answer.vector is None else answer.vector.unbiased
    best = np.argsort(-strength, kind="stable")
    if answer.vector is None:
        return tuple(best[:CURVES].tolist())
    sector = (answer.preferred / answer.bins.variable.period * CURVES).astype(int)
    first = {int(s): int(u) for s, u in zip(sector[best][::-1], best[::-1], strict=True)}  # the best comes last
    spread = tuple(first[s] for s in sorted(first))
    return filled(spread, tuple(best.tolist()))[:CURVES]


def sentences(subject: Subject, answer: Tuning) -> str:
    """The main numbers of the picture."""
    n, tuned = len(answer.names), int(answer.is_tuned.sum())
    name = answer.bins.variable.name.replace("_", " ")
    said = f"<b>{tuned} of {n:,} units are significantly tuned</b> to {escape(name)} "
    said += f"({SHUFFLES} shuffles of trials, false discovery rate 5 %). Rates in arbitrary units; bands: "
    said += "standard error over trials. "
    if answer.vector is not None and tuned:
        length = float(np.median(answer.vector.length[answer.is_tuned]))
        said += f"Median vector length of tuned units {look.number(length, 2)}. "
    if answer.is_flat.any():
        said += f"{int(answer.is_flat.sum())} units never change their mean rate and have no preference. "
    return said + "★ tuned, ▸ marked. In the picture of all units, rates run from each unit's lowest to its highest."
