"""The live curves as matplotlib twins, with all steps and not only those that fit the screen."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from app import figures, look
from app.figures import Twin
from app.runs import Sight
from app.views.events import event_numbers, mark_on_paper
from app.views.thinning import Smoother, spread
from engine.component import Invalid

if TYPE_CHECKING:
    from app.views.curves import Curves

MOST_VERTICES = 20_000


def loss_twin(of: "Curves") -> Twin:
    """Loss of the training batches, smooth over raw, and of the held-out trials."""
    history, unit, log = _told(of.sight).history, of.unit, of.log.value
    mean, low, high = spread(history.loss)
    smooth, held_out = Smoother(of.smoothing.value)(mean), spread(history.evaluation_loss)[0]
    several = history.loss.shape[1] > 1

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        every = slice(None, None, max(1, len(mean) // MOST_VERTICES))
        axes.plot(history.step[every], mean[every], color=look.POSITIVE, alpha=0.35, linewidth=0.5)
        band = (low[every], high[every]) if several else (None, None)
        figures.curve(axes, history.step[every], smooth[every], look.POSITIVE, "training batch", *band)
        figures.curve(axes, history.evaluated, held_out, look.NEGATIVE, "held out")
        axes.set(xlabel="training step", ylabel=f"loss ({unit})", yscale="log" if log else "linear")
        mark_on_paper(axes, history)
        axes.legend()

    numbers = {"step": history.step, "training_seconds": history.seconds, f"loss ({unit})": mean}
    numbers |= _by_network("loss", history.loss) | {f"smoothed loss ({unit})": smooth}
    numbers |= {"evaluation step": history.evaluated, f"held-out loss ({unit})": held_out}
    return Twin(f"Loss of {of.name}", draw, numbers | event_numbers(history), of.link)


def accuracy_twin(of: "Curves") -> Twin:
    """Held-out accuracy, with chance and the ideal observer."""
    history = _told(of.sight).history
    if not len(history.evaluated):
        raise Invalid("No evaluation has been made yet; the first comes with the first step.")
    mean, low, high = spread(100 * history.accuracy)
    chance, ideal = 100 * history.chance[-1], 100 * history.ideal[-1]
    several = history.accuracy.shape[1] > 1

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        figures.curve(axes, history.evaluated, mean, look.NEGATIVE, None, *((low, high) if several else ()))
        figures.guide(axes, chance, f"chance {chance:.3g} %")
        if np.isfinite(ideal):
            figures.guide(axes, ideal, f"ideal observer {ideal:.3g} %")
        axes.set(xlabel="training step", ylabel="held-out accuracy (%)")
        mark_on_paper(axes, history)

    numbers = {"step": history.evaluated, "accuracy (%)": mean} | _by_network("accuracy (0-1)", history.accuracy)
    numbers |= {"chance (0-1)": history.chance, "ideal observer (0-1)": history.ideal}
    return Twin(f"Held-out accuracy of {of.name}", draw, numbers, of.link)


def gradient_twin(of: "Curves") -> Twin:
    """Norm of the gradient before clipping."""
    history = _told(of.sight).history
    mean = spread(history.gradient_norm)[0]

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        every = slice(None, None, max(1, len(mean) // MOST_VERTICES))
        axes.plot(history.step[every], mean[every], color="#5c6470", linewidth=0.5)
        axes.set(xlabel="training step", ylabel="gradient norm", yscale="log")

    numbers = {"step": history.step} | _by_network("gradient norm", history.gradient_norm)
    return Twin(f"Gradient norm of {of.name}", draw, numbers, of.link, 0.4)


def _told(sight: Sight | None) -> Sight:
    if sight is None or not len(sight.history.step):
        raise Invalid("There are no curves yet: press Start.")
    return sight


def _by_network(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
    return {f"{name}, network {k + 1}": column for k, column in enumerate(values.T)}
