"""Controls for names of areas, cell types, units and the like, with suggestions of what the connectome has."""

from collections.abc import Callable, Iterable
from typing import Any

import panel_material_ui as pmui

from app.session import Session
from app.session_control import SessionControl
from app.views.names_box import LOOKS, NamesBox
from engine.component import Component, Parameter

MOST_SUGGESTED = 2000
Suggest = Callable[[Session, Component], Iterable[str]]  # what there is, given the owner of the field
SIGNS = ("sign:E", "sign:I", "sign:free")


class NameList(SessionControl):
    """Several names as chips."""

    def __init__(self, parameter: Parameter, session: Session, suggest: Suggest, empty: str = "all"):
        self.suggest, self.empty = suggest, empty
        super().__init__(parameter, session)

    def build(self) -> Any:
        self.widget = NamesBox(label=self.common["label"], help=self.common["description"], empty=self.empty, **LOOKS)
        self.widget.param.watch(lambda event: self.wanted(self.written(event.new)), "value")
        return self.widget

    def put(self, value: Any) -> None:
        self.widget.param.update(value=self.read(value), options=_some(self.suggest(self.session, self.owner)))

    def read(self, value: Any) -> list[str]:
        """The names in a value."""
        return list(value)

    def written(self, names: list[str]) -> Any:
        """The value that holds the names."""
        return tuple(names)


class Selector(SessionControl):
    """Who is meant by a rule: everybody, or some areas, types, signs, units or channels; joined by |."""

    def __init__(self, parameter: Parameter, session: Session, suggest: Suggest):
        self.suggest = suggest
        super().__init__(parameter, session)

    def build(self) -> Any:
        self.widget = NamesBox(label=self.common["label"], help=self.common["description"], empty="all", **LOOKS)
        self.widget.param.watch(lambda event: self.wanted("|".join(event.new) or "all"), "value")
        return self.widget

    def put(self, value: Any) -> None:
        names = [part.strip() for part in value.split("|")]
        shown = [] if names == ["all"] else names
        self.widget.param.update(value=shown, options=_some(self.suggest(self.session, self.owner)))


class OneName(SessionControl):
    """One name, typed or taken from what there is."""

    def __init__(self, parameter: Parameter, session: Session, suggest: Suggest, empty: str = ""):
        self.suggest, self.empty = suggest, empty
        super().__init__(parameter, session)

    def build(self) -> Any:
        self.widget = pmui.AutocompleteInput(
            options=[], restrict=False, min_characters=0, placeholder=self.empty, **self.boxed
        )
        self.widget.param.watch(lambda event: self.wanted(event.new or ""), "value")
        return self.widget

    def put(self, value: Any) -> None:
        options = _some((*self.suggest(self.session, self.owner), *((value,) if value else ())))
        if options != self.widget.options:
            self.widget.options = options
        if (self.widget.value or "") != value:
            self.widget.value = value


def areas(session: Session, _: Component) -> Iterable[str]:
    """The areas of the connectome as it is wired now."""
    return session.connectome.area_names if session.connectome is not None else ()


def types(session: Session, _: Component) -> Iterable[str]:
    """The cell types of the connectome as it is wired now."""
    return dict.fromkeys(session.connectome.types) if session.connectome is not None else ()


def units(session: Session, _: Component) -> Iterable[str]:
    """The first units of the connectome as it is wired now."""
    return session.connectome.names[:MOST_SUGGESTED] if session.connectome is not None else ()


def areas_or_types(session: Session, owner: Component) -> Iterable[str]:
    """Both, where either may be meant."""
    return (*areas(session, owner), *types(session, owner))


def labels(session: Session, _: Component) -> Iterable[str]:
    """What may name a group of units."""
    return ("area", "type", "unit", *(session.connectome.labels if session.connectome is not None else ()))


def bearers(session: Session, owner: Component) -> Iterable[str]:
    """The areas, types, units or values of a label, whatever names the group."""
    if session.connectome is None:
        return ()
    found = session.connectome
    known = {"area": found.area_names, "type": found.types, "unit": found.names, **found.labels}
    return dict.fromkeys(known.get(owner.by, ()))


def measures(session: Session, _: Component) -> Iterable[str]:
    """Measures of pairs of units."""
    return (*(session.connectome.pairs if session.connectome is not None else ()), "weights")


def epochs(session: Session, _: Component) -> Iterable[str]:
    """The epochs of the task that have a duration."""
    return (name.removesuffix("_ms") for name in type(session.experiment.task).model_fields if name.endswith("_ms"))


def sources(session: Session, owner: Component) -> Iterable[str]:
    """Whom a rule may name as the source of synapses of its matrix."""
    if owner.matrix in ("bias", "bias_out"):
        return ()
    return _channels(session, "input") if owner.matrix == "W_in" else selectors(session)


def targets(session: Session, owner: Component) -> Iterable[str]:
    """Whom a rule may name as the target of synapses of its matrix."""
    return _channels(session, "output") if owner.matrix in ("W_out", "bias_out") else selectors(session)


def selectors(session: Session, _: Component | None = None) -> Iterable[str]:
    """Areas, cell types, signs and units as a rule names them."""
    if session.connectome is None:
        return SIGNS
    found = session.connectome
    named = [(kind, name) for kind, names in (("area", found.area_names), ("type", found.types)) for name in names]
    return (*dict.fromkeys(f"{kind}:{name}" for kind, name in named), *SIGNS, *(f"unit:{u}" for u in found.names))


def _channels(session: Session, kind: str) -> Iterable[str]:
    task: Any = session.experiment.task
    names = getattr(task, f"{kind}_names", ())
    return tuple(f"{kind}:{name}" for name in names)


def _some(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))[:MOST_SUGGESTED]
