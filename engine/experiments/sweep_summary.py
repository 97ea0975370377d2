"""What a sweep came to at every point: means over its networks with their 95 % interval, and the best point."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd

from engine.analysis.interval import interval

MEASURES: Mapping[str, str] = {
    "accuracy": "held-out accuracy",
    "loss": "held-out loss",
    "spectral_radius": "spectral radius",
    "modularity": "modularity Q",
    "violations": "violations of laws",
    "steps": "training steps",
}
BETTER: Mapping[str, Literal["most", "least"]] = {"accuracy": "most", "loss": "least"}


def summary(table: pd.DataFrame, addresses: tuple[str, ...]) -> pd.DataFrame:
    """One row a point: its parameters, networks `n` that have numbers, how many `diverged`, and of every measure the
    mean with `_low` and `_high`, Student's 95 % interval over networks (none for one network)."""
    rows = []
    for point, networks in table.groupby("point", sort=True):
        kept = networks[networks["diverged"] == 0]
        row = {"point": point, **{a: networks[a].iloc[0] for a in addresses}, "n": len(kept)}
        row |= {"diverged": int((networks["diverged"] == 1).sum()), "done": bool((networks["done"] == 1).all())}
        row |= {name: networks[name].iloc[0] for name in ("chance", "ideal")}
        for measure in MEASURES:
            values = kept[measure].to_numpy(float) if measure in kept else np.empty(0)
            row |= dict(zip((measure, f"{measure}_low", f"{measure}_high"), interval(_finite(values)), strict=True))
        rows.append(row)
    return pd.DataFrame(rows)


def best(points: pd.DataFrame, measure: str = "accuracy") -> int | None:
    """The number of the point whose mean is best; None while there is none, or where neither end is better.

    Of points with equal means the first one. A point of which a network diverged is none to recommend.
    """
    if measure not in BETTER or not len(points):
        return None
    sound = points[points[measure].notna() & (points["diverged"] == 0)]
    if not len(sound):
        return None
    at = sound[measure].idxmax() if BETTER[measure] == "most" else sound[measure].idxmin()
    return int(sound.loc[at, "point"])


def _finite(values: np.ndarray) -> np.ndarray:
    return values[np.isfinite(values)]
