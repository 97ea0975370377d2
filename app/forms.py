"""A form is the parameters of a component, made visible; no field is ever listed by hand."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import panel as pn

from app import look
from app.control import Control, words
from app.fitting import fitted, has_own, listed
from app.session import Session
from engine.component import Component, Options, Parameter, element_kinds, kinds_of, parameters

Editors = Mapping[str, Callable[[Parameter, Session], Control]]


class Form(pn.viewable.Viewer):
    """The controls of the component at `address`, following the session both ways.

    `skip` are addresses (or whole branches) that another view shows; `only` restricts the form to some. `editors` give
    the control for addresses that need more than a widget (tables of areas). A change of kind rebuilds what differs and
    keeps the rest. A `bare` form has no headings and no indentation. A form of one component of a list does not watch
    the session: the list tells it to `follow`.
    """

    def __init__(
        self,
        address: str,
        session: Session,
        skip: tuple[str, ...] = (),
        only: tuple[str, ...] = (),
        editors: Editors | None = None,
        bare: bool = False,
        in_list: bool = False,
    ):
        super().__init__()
        self.in_list = in_list
        self.address, self.session = address, session
        self.skip, self.only, self.editors, self.bare = skip, only, editors or {}, bare
        self.controls: dict[str, Control] = {}
        self._plan: dict[str, Parameter] = {}
        self._notes: dict[str, pn.pane.HTML] = {}
        self.layout = pn.Column(sizing_mode="stretch_width", margin=0)
        self.follow()
        if not in_list:
            session.param.watch(self.follow, ["experiment", "messages", "problem"])

    def __panel__(self) -> Any:
        return self.layout

    def follow(self, *_: Any) -> None:
        """Show what the session holds."""
        plan = {p.address: p for p in self._listed() if self._shows(p)}
        if not _same(plan, self._plan):
            self._rebuild(plan)
        self._plan = plan
        for address, parameter in plan.items():
            self.controls[address].show(parameter.value, self.session.message(address))
        for branch, note in self._notes.items():
            text = _about(self.session.experiment.value_at(branch))
            if note.object != text:
                note.object = text

    def _listed(self) -> tuple[Parameter, ...]:
        if not self.in_list:
            return self.session.parameters
        return tuple(parameters(self.session.experiment.value_at(self.address), f"{self.address}."))

    def _shows(self, parameter: Parameter) -> bool:
        wanted = self.only or (self.address,)
        if not any(_within(parameter.address, address) for address in wanted):
            return False
        return not any(_within(parameter.address, address) for address in self.skip)

    def _rebuild(self, plan: dict[str, Parameter]) -> None:
        kept = {a: c for a, c in self.controls.items() if a in plan and _alike(plan[a], self._plan[a])}
        self.controls = {a: kept[a] if a in kept else self._control(p) for a, p in plan.items()}
        notes, self._notes = self._notes, {}
        rows: list[Any] = []
        opened: set[str] = set()
        for address, made in self.controls.items():
            branch = address.rpartition(".")[0]
            if branch not in opened and branch != self.address and not self.bare:
                opened.add(branch)
                if not address.endswith(".kind"):
                    rows.append(self._heading(branch))
            made.layout.margin = (0, 0, 0, 12 * max(0, self._depth(address)))
            rows.append(made.layout)
            if address.endswith(".kind"):
                rows.append(self._note(branch, notes))
        self.layout.objects = rows

    def _control(self, parameter: Parameter) -> Control:
        editor = self.editors.get(parameter.address)
        if editor is None and self._lists_components(parameter) and not has_own(parameter, self.session):
            return listed(parameter, self.session, self._item)
        if parameter.name == "kind":
            parameter = replace(parameter, options=Options(lambda: _titles(self.session.experiment, parameter.address)))
        return editor(parameter, self.session) if editor else fitted(parameter, self.session)

    def _lists_components(self, parameter: Parameter) -> bool:
        owner, _, name = parameter.address.rpartition(".")
        field = type(self.session.experiment.value_at(owner)).model_fields.get(name)
        return field is not None and bool(element_kinds(field))

    def _item(self, address: str, skip: tuple[str, ...]) -> "Form":
        return Form(address, self.session, skip, editors=self.editors, in_list=True)

    def _depth(self, address: str) -> int:
        """How far a control is indented: the kind of a branch stands with its siblings, its fields below it."""
        if self.bare:
            return 0
        own = address.removesuffix(".kind").removeprefix(f"{self.address}." if self.address else "")
        return own.count(".") if own != self.address else 0

    def _heading(self, branch: str) -> Any:
        name = look.escaped(words(branch.rpartition(".")[2]))
        text = f"<b>{name}</b> {_about(self.session.experiment.value_at(branch))}"
        return look.note(text, margin=(8, 4, 4, 4))

    def _note(self, branch: str, notes: dict[str, pn.pane.HTML]) -> pn.pane.HTML:
        self._notes[branch] = notes.get(branch) or look.note(
            _about(self.session.experiment.value_at(branch)), margin=(0, 4, 6, 4)
        )
        return self._notes[branch]


def _about(component: Component) -> str:
    """The first sentence of the class, and its source, as HTML."""
    first = (type(component).__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")
    source = type(component).source
    said = look.escaped(" ".join(first.split()))
    return said + (f" <i>{look.escaped(source)}</i>" if isinstance(source, str) and source else "")


def _titles(experiment: Component, address: str) -> list[tuple[str, str]]:
    """The kinds that a union offers, with the titles of their classes."""
    owner, _, name = address.removesuffix(".kind").rpartition(".")
    kinds = kinds_of(type(experiment.value_at(owner)).model_fields[name])
    return [(kind, of.title) for kind, of in kinds.items()]


def _within(address: str, branch: str) -> bool:
    return not branch or address == branch or address.startswith(f"{branch}.")


def _alike(one: Parameter, other: Parameter) -> bool:
    """Whether one control can serve both: everything but the value is the same."""
    if repr(one.default) != repr(other.default) or one.options is not other.options:
        return False
    return all(getattr(one, n) == getattr(other, n) for n in ("annotation", "typical", "choices", "help", "optional"))


def _same(plan: dict[str, Parameter], other: dict[str, Parameter]) -> bool:
    return list(plan) == list(other) and all(_alike(plan[a], other[a]) for a in plan)
