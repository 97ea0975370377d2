"""Perturbation: whether a fitted network foretells what happens when some of the recorded units fall silent."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from engine.analysis.prediction import Activity, Prediction
from engine.analysis.recovery import correlation


@dataclass(frozen=True, eq=False)
class Perturbation:
    """Of the units that were not silenced: what changed in the recorded ones and in those of the network.

    `change_correlation` and `change_explained` (1 is perfect, 0 is who foretells no change) compare the changes
    over all trials, steps and units; `by_unit` has both for each unit. `prediction` is the error under the
    perturbation itself, beside its baselines, of which one more: `unperturbed` is the error of who says that
    nothing changes.
    """

    prediction: Prediction
    unperturbed: float
    change: float
    change_correlation: float
    change_explained: float
    by_unit: pd.DataFrame
    remarks: tuple[str, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row per unit."""
        return self.by_unit

    def baselines(self) -> pd.DataFrame:
        """The model's error beside the others."""
        more = pd.DataFrame({"who": ["unperturbed"], "mean_squared_error": [self.unperturbed]})
        return pd.concat([self.prediction.baselines(), more], ignore_index=True)


def perturbation(
    before: tuple[Activity, Activity], after: tuple[Activity, Activity], of: Prediction, names: tuple[str, ...]
) -> Perturbation:
    """`before` and `after` silencing: what the network did, what was recorded; `of` is the prediction after it."""
    (said, was), (says, now) = before, after
    foretold, true = (says - said).astype(float), (now - was).astype(float)
    power = (true**2).sum((0, 1))
    lost = ((foretold - true) ** 2).sum((0, 1))
    agrees = np.array([correlation(foretold[..., k], true[..., k]) for k in range(len(names))])
    by_unit = pd.DataFrame({
        "unit": names, "change_correlation": agrees, "change_explained": _share(lost, power),
        "recorded_change_rms": np.sqrt((true**2).mean((0, 1))),
        "foretold_change_rms": np.sqrt((foretold**2).mean((0, 1))),
    })  # fmt: skip
    explained = float(_share(lost.sum(keepdims=True), power.sum(keepdims=True))[0])
    remarks = of.remarks + (("The network foretells the change no better than who says that there is none.",)
                            if explained <= 0 else ())  # fmt: skip
    return Perturbation(
        of, float((true**2).mean()), float(np.sqrt((true**2).mean())), correlation(foretold, true), explained, by_unit,
        remarks,
    )  # fmt: skip


def _share(lost: Float[np.ndarray, " units"], power: Float[np.ndarray, " units"]) -> Float[np.ndarray, " units"]:
    return 1 - np.divide(lost, power, out=np.ones_like(lost), where=power > 1e-12)
