"""Rank order: how far the weights of connections have drifted from the order of those of the connectome."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy.stats import ConstantInputWarning, kendalltau, spearmanr
from torch import Tensor

from engine.analysis.analysis import Analysis, Subject
from engine.analysis.connectivity import array
from engine.component import Invalid
from engine.connectomes.connectome import Connectome

MEASURES = ("spearman_of_strength", "spearman_of_signed", "kendall_of_strength", "kendall_of_signed")


@dataclass(frozen=True, eq=False)
class RankOrder:
    """Rank correlations, by step and measure, of weights with those of the connectome, over its `connections`.

    1 is the same order, 0 none. Of strength: of absolute values. Equal weights share a rank (Kendall: tau-b).
    """

    step: tuple[int, ...]
    values: Float[np.ndarray, "steps measures"]
    connections: int
    remarks: tuple[str, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row per step at which weights were kept."""
        return pd.DataFrame({"step": self.step, **dict(zip(MEASURES, self.values.T, strict=True))})


def rank_order(course: Mapping[int, Tensor], connectome: Connectome) -> RankOrder:
    """Of recurrent weights at some steps. Raises Invalid where no order can be told at any step."""
    there = connectome.mask & (connectome.weights != 0)
    template = connectome.weights[there].astype(float)
    found = {step: _measures(array(weights)[there].astype(float), template) for step, weights in course.items()}
    told = {step: values for step, values in found.items() if np.isfinite(values).all()}
    if not told:
        raise Invalid("An order needs connections of different weights, in the connectome and in the network.")
    lost = len(found) - len(told)
    remarks = (f"At {lost} steps all weights are equal, so that they have no order.",) if lost else ()
    return RankOrder(tuple(told), np.stack(list(told.values())), len(template), remarks)


def _measures(weights: Float[np.ndarray, " edges"], template: Float[np.ndarray, " edges"]) -> Float[np.ndarray, " _"]:
    if len(weights) < 2:
        return np.full(len(MEASURES), np.nan)
    pairs = ((np.abs(weights), np.abs(template)), (weights, template))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConstantInputWarning)
        return np.array([float(of(*pair).statistic) for of in (spearmanr, kendalltau) for pair in pairs])


class RankOrderAnalysis(Analysis):
    """Whether strong connections of the connectome are still the strong ones of the network, from step to step."""

    kind: Literal["rank_order"] = "rank_order"
    title: ClassVar[str] = "Drift from the connectome's rank order"
    source: ClassVar[str] = "Spearman (1904) Am. J. Psychol. 15: 72; Kendall (1945) Biometrika 33: 239 (tau-b)"
    help: ClassVar[str] = "Rank correlation over all connections, at every step whose weights were kept; 1 = no drift."

    def compute(self, subject: Subject) -> RankOrder:
        if subject.course is None:
            raise Invalid("Drift is told of a run that kept its weights at several steps; open a run first.")
        return rank_order(subject.course(), subject.connectome)
