"""Trajectories and behaviour of a whole network, for papers."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from app import look
from app.figures import Twin, guide
from app.views.condition_colours import colours_of
from app.views.twins import DOT, columns
from engine.analysis.accuracy import Accuracy
from engine.analysis.psychometric import Psychometric
from engine.analysis.trajectories import Trajectories

SHARES = (
    "accuracy", "low", "high", "ideal_accuracy", "chance", "proportion", "wilson_low", "wilson_high",
    "fitted_proportion",
)  # fmt: skip


def trajectories_twin(found: Trajectories, pair: tuple[int, int], link: str) -> Twin:
    """Condition means along two principal components."""
    i, j = pair
    share, many = found.axes.explained * 100, found.points.shape[1] > 1

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        x, y = found.points[:, :, i], found.points[:, :, j]
        for k, colour in enumerate(colours_of(found.bins)):
            axes.plot(x[k], y[k], color=colour, label=found.bins.labels[k])
            axes.scatter(x[k, 0], y[k, 0], s=DOT, color=colour)
            if many:
                axes.scatter(x[k, -1], y[k, -1], s=DOT, color=colour, marker="s")
        axes.set(
            xlabel=f"PC {i + 1} ({share[i]:.0f} % of variance)", ylabel=f"PC {j + 1} ({share[j]:.0f} % of variance)"
        )
        axes.set_aspect("equal", "datalim")
        figure.legend(loc="outside right upper")

    return Twin("Population trajectories", draw, columns(found.table()), link, 0.8)


def loadings_twin(
    found: Trajectories, pair: tuple[int, int], names: Sequence[str], signs: np.ndarray, link: str
) -> Twin:
    """What every unit gives to two components, and how much these explain."""
    i, j = pair
    directions, share = found.axes.directions, found.axes.explained

    def draw(figure: Figure) -> None:
        left, right = figure.subplots(1, 2)
        left.scatter(directions[i], directions[j], s=DOT, c=[look.sign_colour(int(s)) for s in signs], linewidths=0)
        left.set(xlabel=f"loading on PC {i + 1}", ylabel=f"loading on PC {j + 1}")
        right.bar(np.arange(1, len(share) + 1), share * 100, color=look.network_colour(0))
        right.set(xlabel="component", ylabel="variance explained (%)")

    loads: Mapping[str, Any] = {f"loading_pc{k + 1}": row for k, row in enumerate(directions)}
    return Twin("Loadings", draw, {"unit": list(names), **loads, "explained_variance_share_by_pc": share}, link, 0.5)


def psychometric_twin(found: Psychometric, best: Psychometric | None, x: str, y: str, link: str) -> Twin:
    """The psychometric curve with Wilson intervals, and that of the ideal observer."""
    at = np.linspace(found.strength.min(), found.strength.max(), 200)

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        if best is not None and best.fit is not None:
            axes.plot(at, 100 * best.fit(at), color=look.QUIET, linestyle=":", label="ideal observer")
        if found.fit is not None:
            axes.plot(at, 100 * found.fit(at), color=look.network_colour(0), label="network")
        reach = [found.proportion - found.low, found.high - found.proportion]
        axes.errorbar(
            found.strength, 100 * found.proportion, 100 * np.clip(reach, 0, 1), fmt="o", markersize=3,
            color=look.network_colour(0), linewidth=0.7,
        )  # fmt: skip
        guide(axes, 50, "")
        axes.set(xlabel=x, ylabel=y, ylim=(-3, 103))
        axes.legend()

    return Twin("Psychometric curve", draw, _with_units(columns(found.table())), link)


def accuracy_twin(found: Accuracy, x: str, link: str) -> Twin:
    """Accuracy by condition with intervals, chance and the ideal observer."""

    def draw(figure: Figure) -> None:
        axes, at = figure.add_subplot(), np.arange(found.bins.n)
        reach = 100 * np.clip([found.accuracy - found.low, found.high - found.accuracy], 0, 1)
        bars = {"color": look.network_colour(0), "alpha": 0.6, "error_kw": {"linewidth": 0.7}}
        axes.bar(at, 100 * found.accuracy, 0.62, yerr=reach, **bars)
        axes.scatter(at, 100 * found.ideal, marker="_", s=40, color=look.INK_LIGHT, label="ideal observer")
        axes.axhline(100 * found.chance, color=look.QUIET, linewidth=0.6, linestyle=(0, (4, 3)), label="chance")
        axes.set_xticks(at, found.bins.labels, rotation=40, ha="right")
        axes.set(xlabel=x, ylabel="accuracy (%)", ylim=(0, 105))
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2)  # above, not over the bars

    return Twin("Accuracy by condition", draw, _with_units(columns(found.table())), link)


def _with_units(table: Mapping[str, Any]) -> dict[str, Any]:
    """The columns with shares named as such: a figure has per cent, its numbers keep the fractions."""
    return {f"{name} (0-1)" if name in SHARES else name: values for name, values in table.items()}
