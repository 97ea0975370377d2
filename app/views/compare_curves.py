"""Degrees, strengths and weights of two wirings on common bins."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import panel as pn
import torch

from app import look
from app.compared import Pair, Side
from app.figures import Twin
from app.views.analysis_view import AnalysisView, bar, note, switch
from app.views.compare_panel import LEGEND, Overlaid, beside, under
from engine.analysis.degrees import Degrees, Distribution, degrees, distributions
from engine.analysis.weight_distribution import LogNormal, WeightDistribution, common_edges, weight_distribution

MEASURES = {
    "in_degree": ("Inputs of a unit", "in-degree (connections)"),
    "out_degree": ("Outputs of a unit", "out-degree (connections)"),
    "in_strength": ("Strength of the inputs", "in-strength (sum of |w|)"),
    "out_strength": ("Strength of the outputs", "out-strength (sum of |w|)"),
}


class DegreesPanel(AnalysisView):
    """How many units have how many inputs and outputs, and how strong these are in sum."""

    title: ClassVar[str] = "Degrees"

    def build(self) -> list[Any]:
        self.histograms = {name: Overlaid(f"compare_{name}", x, "units") for name, (_, x) in MEASURES.items()}
        parts = [
            under(self.headed(f"<b>{MEASURES[name][0]}</b>", name, self._twin_of(name)), each.pane())
            for name, each in self.histograms.items()
        ]
        return [note(f"{LEGEND}; self-connections do not count."), beside(*parts[:2]), beside(*parts[2:])]

    def prepare(self, subject: Pair) -> None:
        """There is nothing to choose."""

    def question(self) -> None:
        return None

    def answer(self, subject: Pair, question: None) -> dict[str, tuple[Distribution, ...]]:
        found = [_degrees(side) for side in subject.sides]
        return {name: distributions(*(getattr(each, name) for each in found)) for name in MEASURES}

    def draw(self, subject: Pair, answer: dict[str, tuple[Distribution, ...]]) -> str:
        for name, (first, second) in answer.items():
            self.histograms[name].show(first.edges, first.units, second.units)
        means = [f"{look.number(float(_degrees(side).in_degree.mean()))}" for side in subject.sides]
        return f"Mean degree: A {means[0]}, B {means[1]} connections. {_alike(*map(_degrees, subject.sides))}"

    def mark(self, units: tuple[int, ...]) -> None:
        """A bin is no unit."""

    def _twin_of(self, name: str) -> Callable[[Pair, Any], Twin]:
        return lambda subject, _: self.histograms[name].twin(MEASURES[name][0], subject.link)


@dataclass(frozen=True, eq=False)
class Weights:
    """The distributions of A and B on common edges."""

    first: WeightDistribution
    second: WeightDistribution


class WeightsPanel(AnalysisView):
    """How many connections have which strength, excitatory and inhibitory apart."""

    title: ClassVar[str] = "Weights"

    def build(self) -> list[Any]:
        self.log = switch("Logarithmic |w|", self.desk.ask, value=True)
        self.kinds: dict[bool, tuple[Overlaid, ...]] = {
            log: tuple(
                Overlaid(f"compare_weights_{sign}_{log}", x, "connections (log)", log, True, 320)
                for sign, x in (("positive", "w > 0"), ("negative", "|w|, w < 0" if log else "w < 0"))
            )
            for log in (True, False)
        }
        self.parts = {log: [*map(self._part, ("positive", "negative"), each)] for log, each in self.kinds.items()}
        self.rows: dict[bool, pn.Row] = {log: beside(*parts) for log, parts in self.parts.items()}
        self.holder = under(self.rows[True])
        return [bar(self.log), note(f"{LEGEND}. Connections of weight 0 are not shown."), self.holder]

    def prepare(self, subject: Pair) -> None:
        """The switch is always there."""

    def question(self) -> bool:
        return self.log.value

    def answer(self, subject: Pair, question: bool) -> Weights:
        scale = "log" if question else "linear"
        listed = [torch.from_numpy(np.asarray(side.wiring.weights.data, float)[None]) for side in subject.sides]
        edges = common_edges(*listed, scale=scale)
        return Weights(*(weight_distribution(each, scale=scale, edges=edges) for each in listed))

    def draw(self, subject: Pair, answer: Weights) -> str:
        log = answer.first.scale == "log"
        signed = any(found.inhibitory.any() for found in (answer.first, answer.second))
        row = self.rows[log]
        row.objects = [part for part, there in zip(self.parts[log], (True, signed), strict=True) if there]
        self.holder.objects = [row]
        for each, name in zip(self.kinds[log], ("excitatory", "inhibitory"), strict=True):
            each.show(answer.first.edges, getattr(answer.first, name), getattr(answer.second, name))
        unsigned = "" if signed else " No weight is negative."
        same = " A and B have the same weights: only their places differ." if _same_weights(*subject.sides) else ""
        return f"Log-normal fits of |w|: A {_fit(answer.first.fit)}; B {_fit(answer.second.fit)}.{unsigned}{same}"

    def mark(self, units: tuple[int, ...]) -> None:
        """A bin is no unit."""

    def _part(self, name: str, of: Overlaid) -> Any:
        title = f"{name.capitalize()} weights"
        return under(
            self.headed(f"<b>{title}</b>", f"weights_{name}", lambda subject, _: of.twin(title, subject.link)),
            of.pane(),
        )


def _degrees(side: Side) -> Degrees:
    return side.kept("degrees", lambda: degrees(side.graph))


def _alike(first: Degrees, second: Degrees) -> str:
    """Which distributions are the same in both, so that one of the two lines is all there is to see."""
    pairs = {said: (getattr(first, name), getattr(second, name)) for name, (said, _) in MEASURES.items()}
    same = [said.lower() for said, (a, b) in pairs.items() if len(a) == len(b) and np.allclose(np.sort(a), np.sort(b))]
    return f"The same in A and B: {', '.join(same)}." if same else ""


def _same_weights(first: Side, second: Side) -> bool:
    a, b = (np.sort(side.wiring.weights.data) for side in (first, second))
    return len(a) == len(b) and np.allclose(a, b)


def _fit(found: LogNormal | None) -> str:
    if found is None:
        return "none"
    return f"median {look.number(found.median)}, σ {look.number(found.sigma)} (distance {look.number(found.distance)})"
