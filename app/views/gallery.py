"""The gallery: measured connectomes beside the generators, each with its picture and its facts."""

from functools import cache
from typing import Any

import numpy as np
import panel as pn

from app import look
from app.session import Session
from app.views.cards import cards
from app.views.thumbnail import thumbnail
from engine.component import Component, Invalid, kinds_of
from engine.connectomes.catalogue import catalogue, graph, measurement, record
from engine.connectomes.record import Record
from engine.connectomes.thumbnail import pooled
from engine.experiments.experiment import Experiment
from engine.randomness import numpy_stream

LARGE = 2000  # units; of more the picture is made from the list of connections
SIGNED = {"none": "unsigned", "edge": "signed connections", "node": "transmitters known"}


class Gallery(pn.viewable.Viewer):
    """One card per connectome and per generator; choosing one sets `wiring.kind` and `wiring.connectome`."""

    def __init__(self, session: Session):
        super().__init__()
        self.session = session
        self.cards = cards("connectomes")
        self._follow()
        session.param.watch(self._follow, "experiment")
        self.cards.param.watch(lambda event: self._choose(event.new), "value")
        session.background.latest("gallery", items, lambda found: self.cards.param.update(items=list(found)))

    def __panel__(self) -> Any:
        return self.cards

    def _follow(self, *_: Any) -> None:
        self.cards.value = chosen(self.session.experiment.wiring)

    def _choose(self, value: str) -> None:
        if value == chosen(self.session.experiment.wiring):
            return
        kind, _, name = value.partition(":")
        values = {"wiring.kind": kind}
        if name:
            values |= {"wiring.connectome": name, "wiring.matrix": "", "wiring.area_by": "", "wiring.merged_areas": {}}
            offered = next(r.signs_offered for r in catalogue() if r.id == name)
            rule = getattr(self.session.experiment.wiring, "signs", None)
            kept = rule.kind if rule is not None else "ratio_by_unit"
            values["wiring.signs.kind"] = kept if kept in offered else offered[0]
        self.session.change_all(
            values | {f"constraints.projections.{at}": () for at in ("input_areas", "readout_areas")}
        )
        self._follow()


def chosen(wiring: Component) -> str:
    """The value of the card that stands for a wiring."""
    return f"{wiring.kind}:{wiring.connectome}" if wiring.kind == "measured" else wiring.kind


def items() -> tuple[dict[str, str], ...]:
    """All cards: the measured connectomes as they are now, the user's own among them, and the generators."""
    return (*map(_measured, catalogue()), *_generators())


@cache
def _generators() -> tuple[dict[str, str], ...]:
    """Their cards; drawn once per server."""
    kinds = kinds_of(Experiment.model_fields["wiring"])
    return tuple(_generator(kind, of) for kind, of in kinds.items() if kind != "measured")


def _measured(record: Record) -> dict[str, str]:
    facts = [
        record.species,
        f"{look.number(record.n)} {_units(record.level)}",
        f"density {look.percent(record.density)}",
    ]
    facts += ["directed" if record.directed else "undirected", SIGNED[record.sign], record.licence]
    return {
        "value": f"measured:{record.id}",
        "title": record.title,
        "facts": " · ".join(facts),
        "more": f"{record.about} {record.citation}",
        "picture": _picture(record.id, record.sha256) if record.available else "",
        "group": "Measured",
        "disabled": _why_not(record),
    }


def _units(level: str) -> str:
    return {"type": "cell types"}.get(level, f"{level}s")


def _why_not(record: Record) -> str:
    if record.fault:
        return f"Not readable. {record.fault}"
    return "" if record.available else f"Not installed. Get it with: {record.how_to_get}"


@cache
def _picture(id: str, sha256: str) -> str:
    """The picture of a connectome; `sha256` tells one of the user's own from another that had its id."""
    try:
        if record(id).n > LARGE:
            return thumbnail(pooled(graph(id)))
        found = measurement(id)
    except Invalid:
        return ""  # its arrays are spoilt, which is told when it is chosen
    return thumbnail(found.strengths if found.edge_signs is None else found.weights)


def _generator(kind: str, of: type[Component]) -> dict[str, str]:
    made: Any = of()
    drawn = made.wire(numpy_stream(0, "wiring"))
    said = (of.__doc__ or "").strip().split("\n\n")[0]
    return {
        "value": kind,
        "title": of.title or kind,
        "facts": " ".join(said.split()),
        "more": of.source,
        "picture": thumbnail(np.asarray(drawn.weights)),
        "group": "Generated",
        "disabled": "",
    }
