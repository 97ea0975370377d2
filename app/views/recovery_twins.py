"""The figures of Recovery for papers."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from app import look
from app.figures import Twin, curve, guide, signed_matrix
from app.views.recovery_figures import CLASSES, GUESSES, SAID, profiles
from app.views.twins import DOT, columns
from engine.analysis.prediction import Prediction
from engine.analysis.recovery import Recovery
from engine.analysis.shifters import Shifters


def maps_twin(found: Recovery, names: tuple[str, ...], link: str) -> Twin:
    """True and recovered weights."""

    def draw(figure: Figure) -> None:
        off = ~np.eye(len(names), dtype=bool)
        for axes, title, weights in zip(
            figure.subplots(1, 2), ("true", "recovered"), (found.truth, found.estimate), strict=True
        ):
            signed_matrix(axes, weights, float(np.quantile(np.abs(weights[off]), 0.99)) or 1.0)
            axes.set_title(title)

    post, pre = (index.ravel() for index in np.indices(found.truth.shape))
    called = np.array(names, dtype=object)
    numbers = {
        "post": called[post],
        "pre": called[pre],
        "true": found.truth.ravel(),
        "recovered": found.estimate.ravel(),
    }
    return Twin("True and recovered weights", draw, numbers, link, 0.5)


def profile_twin(found: Recovery, sheet: tuple[int, ...], link: str) -> Twin:
    """Mean weight by displacement."""
    numbers = profiles(found, sheet)

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.plot(numbers["x"], numbers["true"], color=look.QUIET, linestyle="--", label="true")
        curve(axes, numbers["x"], numbers["recovered"], look.POSITIVE, "recovered")
        axes.set(xlabel="displacement, post minus pre (units)", ylabel="mean weight / its spread")
        axes.legend()

    return Twin("Mean weight by displacement", draw, {"displacement": numbers["x"], **_without_x(numbers)}, link)


def _without_x(numbers: dict[str, Any]) -> dict[str, Any]:
    return {name: values for name, values in numbers.items() if name != "x"}


def nulls_twin(found: Recovery, link: str) -> Twin:
    """Both scores beside those of relabelled units; the numbers are all scores."""

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        for null, score, name, colour in (
            (found.null, found.entrywise, "entrywise correlation", look.POSITIVE),
            (found.ringness_null, found.ringness, "ringness", look.NEGATIVE),
        ):
            if len(null):
                axes.hist(null, 20, color=colour, alpha=0.4, label=f"{name}, relabelled")
            if np.isfinite(score):
                axes.axvline(score, color=colour, label=f"{name}, found")
        axes.set(xlabel="score", ylabel="relabellings")
        axes.legend()

    nulls = {"entrywise_relabelled": found.null, "ringness_relabelled": found.ringness_null}
    return Twin("Scores and relabelled units", draw, columns(found.table()) | nulls, link)


def shifters_twin(found: Shifters, names: tuple[str, ...], link: str) -> Twin:
    """Modulation and offset of hidden units; the numbers are those of all units."""

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        classes = np.array(found.classes)[found.observed :]
        for name, colour in CLASSES.items():
            here = classes == name
            if here.any():
                vmi, offset = found.vmi[found.observed :][here], np.rad2deg(found.offset[here])
                axes.scatter(vmi, offset, s=DOT, color=colour, label=f"{name} ({int(here.sum())})", linewidths=0)
        for sign in (-1, 1):
            axes.axvline(sign * found.threshold, color=look.QUIET, linewidth=0.5, linestyle=":")
        axes.set(xlabel="velocity modulation index", ylabel="offset of outgoing weights (°)")
        axes.set_yticks([-180, -90, 0, 90, 180])
        axes.legend()

    return Twin("Shifters by class", draw, columns(found.table()) | {"unit": list(names)}, link)


def errors_twin(found: Prediction, link: str) -> Twin:
    """The error by step, with all baselines."""

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        for name, colour in GUESSES.items():
            style = "-" if name == "model" else "--"
            axes.plot(found.by_step["step"], found.by_step[name], style, color=colour, label=SAID[name])
        axes.set(xlabel="step of the held-out trial", ylabel="squared error")
        axes.legend()

    return Twin("Held-out error", draw, columns(found.by_step), link)


def explained_twin(found: Prediction, link: str) -> Twin:
    """Variance explained and correlation by unit."""

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        x = np.arange(len(found.names)) + 1
        axes.bar(x, found.explained, color=look.POSITIVE, alpha=0.55, label="variance explained")
        axes.plot(x, found.correlation, "_", color=look.QUIET, label="correlation")
        guide(axes, 0, "")
        axes.set(
            xlabel="observed unit", ylabel="share explained", ylim=(max(-0.5, min(0, found.explained.min())), 1.03)
        )
        if len(x) <= 24:
            axes.set_xticks(x, found.names, rotation=60, ha="right")
        axes.legend()

    return Twin("Variance explained by unit", draw, columns(found.table()), link)
