"""Prediction: the error of a model of a recording, always beside those of who says the mean or the last frame."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from engine.analysis.recovery import correlation

Activity = Float[np.ndarray, "trials steps units"]


@dataclass(frozen=True, eq=False)
class Prediction:
    """Mean squared errors, and for each unit or population the variance explained and the correlation.

    `held` is the error of who keeps the frame before the first one, as a model does that runs freely from there;
    `persistence` that of who repeats the frame before each, which a model that runs freely never sees. `mean` is the
    error of who says each unit's mean over the fitted trials. `by_step` are errors at each step from the first on.
    """

    model: float
    mean: float
    held: float
    persistence: float
    variance: float
    by_step: pd.DataFrame
    explained: Float[np.ndarray, " units"]
    correlation: Float[np.ndarray, " units"]
    names: tuple[str, ...]
    remarks: tuple[str, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row per unit."""
        return pd.DataFrame({"unit": self.names, "variance_explained": self.explained, "correlation": self.correlation})

    def baselines(self) -> pd.DataFrame:
        """The model's error beside the others."""
        errors = {"model": self.model, "mean": self.mean, "held": self.held, "persistence": self.persistence}
        return pd.DataFrame({"who": list(errors), "mean_squared_error": list(errors.values())})


def prediction(
    predicted: Activity,
    recorded: Activity,
    before: Float[np.ndarray, "trials units"],
    fitted_mean: Float[np.ndarray, " units"],
    names: tuple[str, ...],
    last: Activity | None = None,
    runs_freely: bool = False,
) -> Prediction:
    """Held-out `recorded` against `predicted`; `before` is the frame before the first step, `last` that before each.

    Without `last` it is the one that was recorded. A model that `runs_freely` never sees what persistence does.
    """
    recorded, predicted = recorded.astype(float), predicted.astype(float)
    if last is None:
        last = np.concatenate([before[:, None], recorded[:, :-1]], axis=1)
    said = {"model": predicted, "mean": fitted_mean, "held": before[:, None], "persistence": last}
    by_step = pd.DataFrame({name: ((guess - recorded) ** 2).mean((0, 2)) for name, guess in said.items()})
    spread = ((recorded - recorded.mean((0, 1))) ** 2).sum((0, 1))
    lost = ((predicted - recorded) ** 2).sum((0, 1))
    explained = 1 - np.divide(lost, spread, out=np.ones_like(lost), where=spread > 1e-12)
    agrees = np.array([correlation(predicted[..., k], recorded[..., k]) for k in range(recorded.shape[-1])])
    better = [name for name in ("mean", "held", "persistence") if by_step[name].mean() < by_step["model"].mean()]
    freely = ", which sees every frame before, while the model runs freely" * (runs_freely and "persistence" in better)
    remarks = (f"The model is no better than {' and '.join(better)}{freely}.",) if better else ()
    means = {name: float(by_step[name].mean()) for name in said}
    by_step.insert(0, "step", np.arange(1, len(by_step) + 1))
    return Prediction(
        **means, variance=float(recorded.var()), by_step=by_step, explained=explained, correlation=agrees,
        names=names, remarks=remarks,
    )  # fmt: skip
