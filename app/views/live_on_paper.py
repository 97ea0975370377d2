"""The live pictures as matplotlib twins."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from app import figures, look
from app.figures import Twin
from engine.component import Invalid

if TYPE_CHECKING:
    from app.views.live import LiveNetwork

MOST_ROWS = 4_000_000


def matrix_twin(of: "LiveNetwork") -> Twin:
    """The recurrent weights, sorted by area and type."""
    _require(of)
    weights, extent, step = of.weights, of.extent, of.live.step
    names = np.array(of.probe.units)[of.probe.ordering.units]

    def draw(figure: Figure) -> None:
        figures.signed_matrix(figure.subplots(), weights, extent, "recurrent weight")

    post, pre = np.nonzero(weights)
    numbers = {"post unit": names[post], "pre unit": names[pre], "weight": weights[post, pre]}
    if len(post) > MOST_ROWS:
        raise Invalid("These are too many weights for a table; download the bundle of the run instead.")
    return Twin(f"W_rec of {of.name} after step {step}", draw, numbers, of.probe.link, 0.85)


def activity_twin(of: "LiveNetwork") -> Twin:
    """Activity on the chosen probe trial."""
    _require(of)
    rates, dt_ms, step = of.rates, of.probe.dt_ms, of.live.step
    units = np.array(of.probe.units)[of.probe.ordering.units]
    ms = np.arange(rates.shape[1]) * dt_ms

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        figures.positive_matrix(axes, rates, (0, rates.shape[1] * dt_ms, len(rates), 0), "activity (a.u.)")
        axes.set(xlabel="time (ms)", ylabel="unit, by area and type")

    numbers = {"time (ms)": ms} | {f"{unit} (a.u.)": row for unit, row in zip(units, rates, strict=True)}
    return Twin(f"Activity of {of.name} after step {step}", draw, numbers, of.probe.link, 0.6)


def outputs_twin(of: "LiveNetwork") -> Twin:
    """Outputs on the chosen probe trial, and what was owed."""
    _require(of)
    outputs, targets, names, step = of.outputs, of.targets, of.probe.outputs, of.live.step
    ms = (np.arange(len(outputs)) + 0.5) * of.probe.dt_ms
    what = "probability" if of.probe.is_choice else "output"

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for k, name in enumerate(names):
            axes.plot(ms, outputs[:, k], color=look.network_colour(k), label=name)
            axes.plot(ms, targets[:, k], color=look.network_colour(k), linestyle=":")
        axes.set(xlabel="time (ms)", ylabel=f"{what} (dotted: target)")
        axes.legend()

    numbers = {"time (ms)": ms}
    for k, name in enumerate(names):
        numbers |= {f"{what} {name}": outputs[:, k], f"target {name}": targets[:, k]}
    return Twin(f"Outputs of {of.name} after step {step}", draw, numbers, of.probe.link)


def _require(of: "LiveNetwork") -> None:
    if of.live is None or of.probe is None:
        raise Invalid("There is no picture yet: it comes while the run trains and the page is in view.")
