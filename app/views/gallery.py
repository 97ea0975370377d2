"""The gallery: one's own and other measured connectomes beside the generators, each with its picture and its facts."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import panel as pn
import panel_material_ui as pmui

from app import look
from app.clock import every
from app.pages.import_page import ImportPage
from app.session import Session
from app.views.cards import cards
from app.views.thumbnail import thumbnail
from engine.component import Component, Invalid, kinds_of
from engine.connectomes.catalogue import catalogue, graph, measurement, record
from engine.connectomes.graph_cut import HubCut
from engine.connectomes.importing import MUST_CUT, Cuts
from engine.connectomes.kept_record import is_own
from engine.connectomes.library import Library
from engine.connectomes.record import Record
from engine.connectomes.thumbnail import pooled
from engine.experiments.experiment import Experiment
from engine.randomness import numpy_stream

LARGE = 2000  # units; of more the picture is made from the list of connections
SIGNED = {"none": "unsigned", "edge": "signed connections", "node": "transmitters known"}


ADD = "add"  # the card of those who have none of their own yet
LOOK_MS = 2000  # others add connectomes too, also from the command line
NO_AREAS = {f"constraints.projections.{at}": () for at in ("input_areas", "readout_areas")}


class Gallery(pn.viewable.Viewer):
    """One card per connectome and per generator; choosing one sets `wiring.kind` and `wiring.connectome`."""

    def __init__(self, session: Session):
        super().__init__()
        self.session = session
        self._stamp: int | None = None
        self._removed = ""
        self.cards = cards("connectomes")
        self.adding = ImportPage(session, self._added)
        add = pmui.Button(label="Add a connectome", icon="add", variant="outlined", size="small", margin=(2, 4, 6, 4))
        add.on_click(lambda _: self.adding.open())
        self.undo = pmui.Button(
            label="Undo removal", icon="undo", variant="text", size="small", visible=False, margin=2
        )
        self.undo.on_click(lambda _: self._restore())
        over = pn.Row(add, self.undo, margin=0)
        self.layout = pn.Column(over, self.cards, self.adding, margin=(0, 0, 8, 0), sizing_mode="stretch_width")
        self._follow()
        session.param.watch(self._follow, "experiment")
        self.cards.param.watch(lambda event: self._choose(event.new), "value")
        self.cards.param.watch(lambda event: self._remove(event.new), "removed")
        self._look()
        every(session, LOOK_MS, self._look)

    def __panel__(self) -> Any:
        return self.layout

    def _look(self) -> None:
        """The cards are made again if the library has changed."""
        stamp = Library().stamp
        if stamp != self._stamp:
            self._stamp = stamp
            self.session.background.latest("gallery", items, lambda found: self.cards.param.update(items=list(found)))

    def _follow(self, *_: Any) -> None:
        self.cards.value = chosen(self.session.experiment.wiring)

    def _choose(self, value: str) -> None:
        if value == chosen(self.session.experiment.wiring):
            return
        kind, _, name = value.partition(":")
        if value == ADD:
            self.adding.open()
        elif name:
            self._use(name)
        else:
            self.session.change_all({"wiring.kind": kind, **NO_AREAS})
        self._follow()

    def _use(self, name: str, cuts: Cuts | None = None) -> None:
        """Wire by a measured connectome; of one too large to train its hubs are taken, unless cuts are told."""
        try:
            found = record(name)
        except Invalid as fault:  # removed meanwhile
            self.session.notice = str(fault)
            return
        cuts = cuts or Cuts(cuts=(HubCut(),) if found.n > MUST_CUT else ())
        rule = getattr(self.session.experiment.wiring, "signs", None)
        kept = rule.kind if rule is not None else "ratio_by_unit"
        signs = kept if kept in found.signs_offered else found.signs_offered[0]
        values = {"kind": "measured", "connectome": name, "matrix": "", "area_by": "", "merged_areas": {}}
        values |= {"cuts": cuts.cuts, "signs.kind": signs}
        self.session.change_all({f"wiring.{at}": value for at, value in values.items()} | NO_AREAS)

    def _added(self, id: str, cuts: Cuts) -> None:
        self._use(id, cuts)
        self._look()
        self.session.notice = f"{record(id).title} is in your library, and this experiment uses it."

    def _remove(self, value: str) -> None:
        if value:
            name, self.cards.removed = value.partition(":")[2], ""
            self._library(lambda: Library().remove(name), name)

    def _restore(self) -> None:
        name = self._removed
        self._library(lambda: Library().restore(name), "")

    def _library(self, act: Callable[[], None], removed: str) -> None:
        """Do it, and look again; `removed` is what Undo brings back from now on."""

        def done(_: Any) -> None:
            self._removed, self.undo.visible = removed, bool(removed)
            self._look()
            self.session.check()  # it may be the one that is used

        self.session.background.latest("library", act, done, self._refuse)

    def _refuse(self, fault: Invalid) -> None:
        self.session.notice = str(fault)


def chosen(wiring: Component) -> str:
    """The value of the card that stands for a wiring."""
    return f"{wiring.kind}:{wiring.connectome}" if wiring.kind == "measured" else wiring.kind


def items() -> tuple[dict[str, str], ...]:
    """All cards as they are now: the user's own connectomes, the other measured ones, and the generators."""
    found = catalogue()
    own = [_own(each) for each in found if is_own(each.id)]
    measured = [_measured(each) for each in found if not is_own(each.id)]
    return (*own, *measured, *_generators(), *(() if own else (_none_yet(),)))


def _own(record: Record) -> dict[str, str]:
    licence, citation = (value if value != "not stated" else "" for value in (record.licence, record.citation))
    species = "species not stated" if record.species == "not stated" else record.species
    return {
        **_measured(replace(record, licence=licence or "licence not stated", citation=citation, species=species)),
        "group": "Yours", "removable": "Remove; Undo brings it back",
    }  # fmt: skip


def _none_yet() -> dict[str, str]:
    return {
        "value": ADD, "title": "Add your own", "picture": "", "more": "", "group": "Yours", "disabled": "",
        "facts": "A matrix, a list of connections, or a download; it stays on this machine.",
    }  # fmt: skip


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
