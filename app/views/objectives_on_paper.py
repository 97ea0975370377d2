"""Objectives and their shares of the gradient as matplotlib twins, with all steps."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from app import figures
from app.figures import Twin
from app.views.events import event_numbers, mark_on_paper
from app.views.thinning import Smoother, spread
from engine.component import Invalid
from engine.experiments.history import History
from engine.training.objectives.aim import TASK

if TYPE_CHECKING:
    from app.views.objective_curves import ObjectiveCurves

MOST_VERTICES = 20_000


def terms_twin(of: "ObjectiveCurves") -> Twin:
    """Value times weight of the task and of every objective, smooth over raw."""
    history = _told(of)
    told = of.weighted.of(history.costs, history.step, history.stages)
    means = {name: spread(values)[0] for name, values in told.items()}
    titles, colours, log, weight = (
        dict(of.weighted.titles),
        {n: of.colour(n) for n in means},
        of.log.value,
        of.smoothing,
    )

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        every = slice(None, None, max(1, len(history.step) // MOST_VERTICES))
        for name, mean in means.items():
            axes.plot(history.step[every], mean[every], color=colours[name], alpha=0.3, linewidth=0.4)
            figures.curve(axes, history.step[every], Smoother(weight)(mean)[every], colours[name], titles[name])
        axes.set(xlabel="training step", ylabel="value × weight", yscale="log" if log else "linear")
        mark_on_paper(axes, history)
        axes.legend()

    numbers = {"step": history.step}
    for name, values in told.items():
        numbers |= {f"{name} x weight": means[name]}
        numbers |= {f"{name} x weight, network {k + 1}": column for k, column in enumerate(values.T)}
    numbers |= {f"{name}, before weight": spread(values)[0] for name, values in history.costs.items()}
    return Twin(f"Objectives of {of.name}", draw, numbers | event_numbers(history), of.link)


def shares_twin(of: "ObjectiveCurves") -> Twin:
    """Whose gradient it is, at every evaluation, in percent."""
    history = _told(of)
    if not history.shares:
        raise Invalid("No evaluation has been made yet; the first comes with the first step.")
    nothing = np.zeros((len(history.evaluated), 1))
    parts = {n: np.nan_to_num(100 * spread(history.shares.get(n, nothing))[0]) for n in of.names}
    titles, colours = [of.weighted.titles[n] for n in parts], [of.colour(n) for n in parts]

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.stackplot(history.evaluated, *parts.values(), labels=titles, colors=colours, alpha=0.75, linewidth=0)
        axes.set(xlabel="training step", ylabel="share of the gradient (%)", ylim=(0, 100))
        mark_on_paper(axes, history)
        axes.legend(loc="lower left")

    numbers = {"step": history.evaluated} | {f"{name} (%)": values for name, values in parts.items()}
    for name, values in history.shares.items():
        numbers |= {f"{name} (0-1), network {k + 1}": column for k, column in enumerate(values.T)}
    return Twin(f"Shares of the gradient of {of.name}", draw, numbers | event_numbers(history), of.link, 0.5)


def _told(of: "ObjectiveCurves") -> History:
    if of.sight is None or TASK not in of.sight.history.costs or of.weighted is None:
        raise Invalid("There are no curves yet: press Start.")
    return of.sight.history
