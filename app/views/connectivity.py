"""Connectivity: who drives whom, how strongly, and what training changed."""

from dataclasses import dataclass
from html import escape
from typing import Any, ClassVar

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from app import look
from app.figures import Twin
from app.subject import Subject, recording
from app.views.analysis_view import AnalysisView, Desk, bar, choice, note, offer, pane, switch
from app.views.heat_map import DRAWN_WHOLE, HeatMap
from app.views.histogram import Histogram
from app.views.measured_signs import comes_from
from app.views.twins import block_twin, connectivity_twin, distribution_twin
from engine.analysis.connectivity import (
    Blocks,
    Change,
    Connectivity,
    Ordering,
    change,
    connectivity,
    group_of_units,
    order_by_area_and_type,
)
from engine.analysis.matrix_raster import AGGREGATORS
from engine.analysis.tuning import tuning
from engine.analysis.variable_bins import bin_trials, find_variable
from engine.analysis.weight_distribution import WeightDistribution, common_edges, weight_distribution
from engine.connectomes.connectome import Connectome
from engine.randomness import torch_stream

SHOWS = {"After": "after", "Before": "before", "Difference": "difference"}
ORDERS = {"Area × type": "area_and_type", "Type": "type", "Sign": "sign", "Original order": "none"}
QUANTILE_OF = 1_000_000  # connections that the colour limit is taken from
TABLE_ROWS = 64  # pairs of blocks listed on the page; the CSV has all
WORDS = {"after": "Weights", "before": "Weights before training", "difference": "Change of the weights by training"}


@dataclass(frozen=True)
class Question:
    shows: str
    order: str
    log: bool
    aggregator: str


@dataclass(frozen=True, eq=False)
class Answer:
    question: Question
    connectivity: Connectivity
    drawn: Float[np.ndarray, "post pre"]  # in that order, NaN where there is no connection
    extent: float
    before: WeightDistribution
    after: WeightDistribution
    change: Change


class ConnectivityView(AnalysisView):
    """The recurrent weights as a heat map, their distribution and the blocks between areas and types."""

    title: ClassVar[str] = "Connectivity"

    def __init__(self, desk: Desk):
        self.map = HeatMap(desk.select, desk.later)
        self.histogram = Histogram()
        super().__init__(desk)

    def build(self) -> list[Any]:
        ask = self.desk.ask
        self.shows = choice("Show", SHOWS, ask, width=130)
        self.order = choice("Sort by", ORDERS, ask, width=165)
        self.aggregator = choice(
            "Each pixel shows", {v: k for k, v in AGGREGATORS.items()}, ask, width=250, visible=False
        )
        self.log = switch("log |w|", ask)
        self.blocks = note()
        self.blocks_heading = self.headed("Blocks of units", "blocks", self._block_twin)
        return [
            bar(self.shows, self.order, self.aggregator, self.log),
            self.headed("Recurrent weights W[post, pre]", "connectivity", self._map_twin),
            pane(self.map.figure),
            self.headed("Weight distribution", "weight_distribution", self._distribution_twin),
            pane(self.histogram.figure),
            self.blocks_heading,
            self.blocks,
        ]

    def prepare(self, subject: Subject) -> None:
        self.shows.visible = subject.is_trained
        preferred = {
            f"Preferred {v.name.replace('_', ' ')}": f"tuned:{v.name}" for v in subject.experiment.task.variables
        }
        offer(self.order, {**ORDERS, **preferred})
        self.aggregator.visible = subject.connectome.n > DRAWN_WHOLE

    def question(self) -> Question:
        shows = self.shows.value if self.shows.visible else "after"
        return Question(shows, self.order.value, self.log.value, self.aggregator.value)

    def answer(self, subject: Subject, question: Question) -> Answer:
        before, after = subject.before["W_rec"], subject.after["W_rec"]
        changed = change(before, after)
        weights = {"before": before, "after": after, "difference": torch.from_numpy(changed.difference)}[question.shows]
        found = connectivity(weights, subject.connectome, ordering(subject, question.order), question.shows)
        # before and after share one scale, so that the pictures can be compared
        same = (before, after) if question.shows != "difference" else (weights,)
        edges = common_edges(*same)
        first = weight_distribution(before, mask=subject.connectome.mask, edges=common_edges(before, after))
        last = weight_distribution(weights, mask=subject.connectome.mask, edges=edges)
        exists = found.ordering.matrix(subject.connectome.mask) | (found.weights != 0)
        drawn = np.where(exists, found.weights, np.nan)
        return Answer(question, found, drawn, colour_limit(*same), first, last, changed)

    def draw(self, subject: Subject, answer: Answer) -> str:
        asked = answer.question
        self.map.show(answer.connectivity, answer.drawn, subject.connectome, answer.extent, asked.log, asked.aggregator)
        self.histogram.show(answer.after, compared(subject, answer), weight_label(asked.shows))
        self.blocks.object = block_table(answer.connectivity.blocks)
        self.blocks_heading.visible = bool(self.blocks.object)
        return sentences(subject, answer)

    def mark(self, units: tuple[int, ...]) -> None:
        self.map.mark(units)

    def _map_twin(self, subject: Subject, answer: Answer) -> Twin:
        return connectivity_twin(answer.connectivity, answer.extent, subject.experiment.to_link())

    def _distribution_twin(self, subject: Subject, answer: Answer) -> Twin:
        label = weight_label(answer.question.shows)
        return distribution_twin(answer.after, compared(subject, answer), label, subject.experiment.to_link())

    def _block_twin(self, subject: Subject, answer: Answer) -> Twin:
        blocks = answer.connectivity.blocks
        return block_twin(blocks.names, blocks.density, blocks.table(), subject.experiment.to_link())


def compared(subject: Subject, answer: Answer) -> WeightDistribution | None:
    """The weights before training, where they are drawn behind those after it."""
    return answer.before if subject.is_trained and answer.question.shows == "after" else None


def weight_label(shows: str) -> str:
    """What the horizontal axis of the distribution says."""
    return "change Δw (Δw ≠ 0)" if shows == "difference" else "weight w (w ≠ 0)"


def ordering(subject: Subject, order: str) -> Ordering:
    """The order that was asked for; by preference, units are sorted within their sign."""
    if not order.startswith("tuned:"):
        return order_by_area_and_type(subject.connectome, order)
    made, task = recording(subject), subject.experiment.task
    variable = find_variable(task, made.trials, order.removeprefix("tuned:"))
    found = tuning(made, bin_trials(made.trials, variable, 24), torch_stream(0, "explore"), shuffles=0)
    signs = group_of_units(subject.connectome, "sign")
    return found.order(signs, tuple(s for s in ("E", "I", "free") if s in signs))


def colour_limit(*weights: Tensor) -> float:
    """The |w| that has the full colour: 99 of 100 connections are weaker."""
    sizes = torch.cat([w[w != 0].abs().double() for w in weights])
    return float(torch.quantile(sizes[:: 1 + len(sizes) // QUANTILE_OF], 0.99)) if len(sizes) else 1.0


def sentences(subject: Subject, answer: Answer) -> str:
    """The main numbers of the picture."""
    connectome: Connectome = subject.connectome
    w, found, shows = answer.connectivity.weights, answer.after, answer.question.shows
    scale = f"full colour from ±{look.number(answer.extent)}, which 99 % of the connections do not reach"
    if answer.question.log:
        scale += ", logarithmic"
    if connectome.n > DRAWN_WHOLE:
        scale += f"; {AGGREGATORS[answer.question.aggregator]}"
    present = int((w != 0).sum())
    said = f"<b>{WORDS[shows]}</b> of {connectome.n:,} units (dimensionless; {scale}). {present:,} are not 0"
    said += f", {look.percent(1 - found.zero_share)} of all pairs." if shows != "difference" else "."
    said += f" Who excites (E) and who inhibits (I): {comes_from(subject.experiment.wiring)}."
    if found.lost_share and shows != "difference":
        said += f" {look.percent(found.lost_share)} of the connections have weight 0."
    if subject.is_trained and answer.change.relative is not None:
        said += f" Training moved them by {look.percent(answer.change.relative)} of their norm"
        said += (
            f" (r = {look.number(answer.change.correlation, 2)} before/after)." if answer.change.correlation else "."
        )
    return said


def block_table(blocks: Blocks) -> str:
    """The strongest blocks as an HTML table."""
    if len(blocks.names) == 1:
        return ""
    rows = blocks.table().sort_values("mean_strength", ascending=False, kind="stable")
    cells = "".join(
        f"<tr><td>{escape(r.pre)} → {escape(r.post)}</td><td>{look.number(r.mean_strength)}</td>"
        f"<td>{look.percent(r.density)}</td><td>{look.percent(r.excitatory_share)}</td></tr>"
        for r in rows.head(TABLE_ROWS).itertuples()
    )
    more = f" (the strongest {TABLE_ROWS}; the CSV has all {len(rows):,})" if len(rows) > TABLE_ROWS else ""
    head = "<tr><th>block</th><th>mean |w|</th><th>density</th><th>E share of |w|</th></tr>"
    return (
        f"<details><summary>Strength and density of {len(rows):,} blocks{more}</summary>"
        "<div style='max-height:220px;overflow-y:auto'>"
        f"<table class='blocks' style='width:100%;text-align:left;font-variant-numeric:tabular-nums'>{head}{cells}"
        "</table></div></details>"
    )
