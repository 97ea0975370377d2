"""The control for a list of components: one fold each, in the order in which they apply."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

import panel as pn
import panel_material_ui as pmui

from app import look
from app.control import Control, label, words
from app.session import Session
from app.views.fold import Fold
from engine.component import Component, Parameter, element_kinds
from engine.connectomes.steps import EDITS, NULL_MODELS, AssignAreas, CellTypes, FlipSigns, Rename, TypeDensities

OF_UNITS = (FlipSigns, CellTypes, TypeDensities, AssignAreas, Rename)
GROUPS = {  # of long menus
    "null model": NULL_MODELS,
    "edit": tuple(step for step in EDITS if step not in OF_UNITS),
    "areas or types": OF_UNITS,
}
ROUTE = ("pre_areas", "pre_types", "post_areas", "post_types")  # told as one
FormFor = Callable[[str, tuple[str, ...]], Any]  # of the component at an address, without some; follows when told to


class Components(Control):
    """Add, move, remove and edit the components of a list.

    `form` makes the form of one of them. What is refused inside is explained inside; what concerns the list as a whole
    or one of its parts is explained here too.
    """

    depends_on_others: ClassVar[bool] = True
    apart: ClassVar[tuple[str, ...]] = ()  # fields that are not in the form of one, but beside it

    def __init__(self, parameter: Parameter, session: Session, form: FormFor):
        self.session, self.form = session, form
        owner, _, name = parameter.address.rpartition(".")
        self.kinds = element_kinds(type(session.experiment.value_at(owner)).model_fields[name])
        self.items: tuple[Component, ...] = ()
        self.folds: list[Fold] = []
        self.forms: dict[Any, Any] = {}  # by the number of the component
        self._asked_for = False  # whether the last one was added here, by hand
        super().__init__(parameter, session.change)

    def build(self) -> Any:
        name = look.escaped(label(self.parameter))
        title = look.note(f"<b>{name}</b> {look.escaped(self.parameter.help)}", margin=(8, 4, 0, 4))
        self.list = pn.Column(sizing_mode="stretch_width", margin=0)
        self.widget = self._adder()
        return pn.Column(title, self.list, self.widget, sizing_mode="stretch_width", margin=0)

    def put(self, value: tuple[Component, ...]) -> None:
        if [type(item) for item in value] != [type(item) for item in self.items]:
            self._rebuild(value)
        self.items = value
        for index, (item, fold) in enumerate(zip(value, self.folds, strict=True)):
            fold.heading.name_ = self.heading(index, item)
            fold.say(self.tell(item), wrong=any(_below(a, self.address(index)) for a in self._faults()))
        for form in self.forms.values():
            form.follow()

    def address(self, index: int) -> str:
        """Where one of them stands in the experiment."""
        return f"{self.parameter.address}.{index}"

    def heading(self, index: int, item: Component) -> str:
        """What the fold of one is called."""
        return heading(index, item)

    def tell(self, item: Component) -> str:
        """What the fold of one says while it is closed."""
        return said(item)

    def arranged(self, index: int) -> Any:
        """One of them as it stands in the list."""
        return self.folds[index].layout

    def show(self, value: Any, fault: str = "") -> None:
        """A refused value of a part stays in its box there, so the parts always follow."""
        inside = {a: m for a, m in self._faults().items() if a.rpartition(".")[0] == self.parameter.address}
        self._shown = (value, fault)
        self._put_back()
        self._offer_reset(value != self.parameter.default or bool(fault))
        self._explain(fault or next(iter(inside.values()), ""))

    def _faults(self) -> dict[str, str]:
        problem = self.session.problem
        found = {problem.address: str(problem)} if problem is not None and problem.address else {}
        return {a: m for a, m in {**found, **self.session.messages}.items() if _below(a, self.parameter.address)}

    def _rebuild(self, value: tuple[Component, ...]) -> None:
        opened = [item for item, fold in zip(self.items, self.folds, strict=True) if fold.heading.open]
        added, self._asked_for = self._asked_for, False
        is_open = [item in opened or (added and index == len(value) - 1) for index, item in enumerate(value)]
        self.forms = {}
        self.folds = [Fold(self.heading(i, item), partial(self._inside, i)) for i, item in enumerate(value)]
        self.items = value
        for fold, wanted in zip(self.folds, is_open, strict=True):
            fold.heading.open = wanted
        self.list.objects = [self.arranged(index) for index in range(len(value))]

    def _inside(self, index: int) -> list[Any]:
        skip = tuple(f"{self.address(index)}.{name}" for name in self.apart)
        self.forms[index] = self.form(self.address(index), skip)
        last = len(self.items) - 1
        about = look.note(look.escaped(_about(self.items[index])))
        buttons = pn.Row(
            _button("arrow_upward", "Move up", partial(self._move, index, index - 1), index == 0),
            _button("arrow_downward", "Move down", partial(self._move, index, index + 1), index == last),
            _button("content_copy", "Duplicate", partial(self._duplicate, index)),
            _button("delete", "Remove", partial(self._remove, index)),
            margin=0,
        )
        return [about, self.forms[index], buttons]

    def _adder(self) -> Any:
        if len(self.kinds) == 1:
            ((kind, made),) = self.kinds.items()
            button = pmui.Button(
                label=f"Add {_lower(_title(kind, made))}", icon="add", size="small", variant="text", margin=4
            )
            button.on_click(lambda _: self._add(made()))
            return button
        titles = {_title(kind, made): made for kind, made in self.kinds.items()}
        grouped = {name: [t for t, made in titles.items() if made in of] for name, of in GROUPS.items()}
        rest = [title for title in titles if not any(title in some for some in grouped.values())]
        menus = [self._menu(f"Add {name}", {t: titles[t] for t in some}) for name, some in grouped.items() if some]
        return pn.FlexBox(*menus, *([self._menu("Add", {t: titles[t] for t in rest})] if rest else []), margin=0)

    def _menu(self, name: str, titles: dict[str, type[Component]]) -> Any:
        items = [{"label": title} for title in titles]
        menu = pmui.MenuButton(label=name, items=items, icon="add", size="small", variant="text", margin=4)
        menu.on_click(lambda item: self._add(titles[item["label"]]()))
        return menu

    def _add(self, item: Component) -> None:
        self._asked_for = True
        self.wanted((*self.items, item))
        self._asked_for = False

    def _duplicate(self, index: int) -> None:
        self.wanted((*self.items[: index + 1], another(self.items, index), *self.items[index + 1 :]))

    def _remove(self, index: int) -> None:
        self.wanted((*self.items[:index], *self.items[index + 1 :]))

    def _move(self, index: int, to: int) -> None:
        items = list(self.items)
        items.insert(to, items.pop(index))
        self.wanted(tuple(items))


def heading(index: int, item: Component) -> str:
    """The number and the name of one component of a list."""
    return f"{index + 1} · {_title(getattr(item, 'kind', ''), type(item))}"


def another(items: tuple[Component, ...], index: int) -> Component:
    """The same again, under a name that none of them has."""
    item = items[index]
    if not getattr(item, "name", ""):
        return item
    taken = {getattr(other, "name", "") for other in items}
    number = next(k for k in range(2, len(items) + 3) if f"{item.name} {k}" not in taken)  # type: ignore[attr-defined]
    return item.with_value("name", f"{item.name} {number}")  # type: ignore[attr-defined]


def said(item: Component) -> str:
    """The first fields of a component in short, e.g. 'swaps per connection 10, keep strengths yes'."""
    fields = {name: getattr(item, name) for name in type(item).model_fields if name not in ("kind", *ROUTE)}
    route = [_route(item)] if "pre_areas" in type(item).model_fields else []
    return ", ".join(part for part in (*route, said_of(fields, 4 - len(route))) if part)


def said_of(fields: dict[str, Any], most: int = 4) -> str:
    """The first of some fields that hold something, in short."""
    told = [f"{words(name).lower()} {_short(value)}" for name, value in fields.items() if value not in (None, "", ())]
    return ", ".join(told[:most])


def _route(item: Any) -> str:
    """From which areas and types to which."""
    sent, received = (
        " ".join(_short(names) for names in (getattr(item, f"{side}_types"), getattr(item, f"{side}_areas")) if names)
        for side in ("pre", "post")
    )
    return f"{sent or 'all'} → {received or 'all'}"


def _short(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return look.number(value)
    if isinstance(value, Component):
        return type(value).title or type(value).__name__
    if isinstance(value, tuple):
        text = ", ".join(map(str, value)) if all(isinstance(v, str) for v in value) else f"({len(value)})"
        return text if len(text) <= 40 else f"{text[:39]}…"
    return str(value)


def _title(kind: str, made: type[Component]) -> str:
    return made.title or words(kind or made.__name__)


def _lower(title: str) -> str:
    """Inside a sentence; E/I and the like stay."""
    return title[:1].lower() + title[1:] if title[1:2].islower() else title


def _about(item: Component) -> str:
    first = (type(item).__doc__ or "").strip().split("\n\n")[0]
    source = type(item).source
    return " ".join(f"{first} {source if isinstance(source, str) else ''}".split())


def _below(address: str, branch: str) -> bool:
    return address == branch or address.startswith(f"{branch}.")


def _button(icon: str, name: str, do: Callable[[], None], is_off: bool = False) -> Any:
    made = pmui.IconButton(icon=icon, description=name, size="small", disabled=is_off, margin=0, width=30)
    made.on_click(lambda _: do())
    return made
