"""The stage editor: the parts of a training as a time line, templates to begin with, and a fold for each."""

from functools import partial
from typing import Any, ClassVar

import panel as pn
import panel_material_ui as pmui

from app import look
from app.lists import Components, FormFor, heading, said_of
from app.session import Session
from app.views.fold import Fold
from app.views.time_line import bars, time_line, told, trained
from engine.component import Component, Parameter
from engine.training.templates import TEMPLATES

GROUPS = {  # what most stages leave as it comes has folds inside, each with a form that is built when it is opened
    "Loss": ("lowers", "objectives", "batch"),
    "Pruning": ("prune",),
    "Laws and frozen weights": ("freeze", "dales_law", "connection_mask"),
    "End": ("target_accuracy", "patience", "keep"),
}


class StageList(Components):
    """Stages in order; without any, the line shows the one that the training makes."""

    apart: ClassVar[tuple[str, ...]] = tuple(name for names in GROUPS.values() for name in names)

    def __init__(self, parameter: Parameter, session: Session, form: FormFor):
        self.groups: dict[tuple[int, str], Fold] = {}
        super().__init__(parameter, session, form)
        session.param.watch(lambda *_: self._draw(), ["experiment", "problem", "sight", "asked"])

    def build(self) -> Any:
        self.line = time_line(self._open)
        made = super().build()
        title, *rest = made.objects
        made.objects = [title, self.line, *rest]
        return made

    def put(self, value: tuple[Component, ...]) -> None:
        super().put(value)
        for (index, name), fold in self.groups.items():
            self._tell_group(index, name, fold)
        self._draw()

    def heading(self, index: int, item: Component) -> str:
        """The name of a stage, or its kind."""
        name = getattr(item, "name", "")
        return f"{index + 1} · {name}" if name else heading(index, item)

    def tell(self, item: Any) -> str:
        """What sets it apart."""
        return told(item)

    def _rebuild(self, value: tuple[Component, ...]) -> None:
        self.groups = {}
        super()._rebuild(value)

    def _inside(self, index: int) -> list[Any]:
        about, form, buttons = super()._inside(index)
        fields = type(self.items[index]).model_fields
        for name in (name for name, held in GROUPS.items() if any(field in fields for field in held)):
            fold = self.groups[index, name] = Fold(name, partial(self._group, index, name))
            self._tell_group(index, name, fold)
        return [about, form, *(fold.layout for (of, _), fold in self.groups.items() if of == index), buttons]

    def _group(self, index: int, name: str) -> list[Any]:
        rest = (field for field in type(self.items[index]).model_fields if field not in GROUPS[name])
        made = self.form(self.address(index), tuple(f"{self.address(index)}.{field}" for field in rest))
        self.forms[index, name] = made  # so that it is told to follow
        return [made]

    def _tell_group(self, index: int, name: str, fold: Fold) -> None:
        held = tuple(f"{self.address(index)}.{field}" for field in GROUPS[name])
        wrong = any(fault == address or fault.startswith(f"{address}.") for address in held for fault in self._faults())
        fold.say(_told_of(self.items[index], name), wrong)

    def _adder(self) -> Any:
        items = [{"label": template.title, "tooltip": template.about} for template in TEMPLATES]
        self.templates = pmui.MenuButton(
            label="Templates", items=items, icon="auto_awesome_motion", size="small", variant="text", margin=4
        )
        self.templates.on_click(self._take)
        return pn.FlexBox(self._menu("Add a stage", {made.title: made for made in self.kinds.values()}), self.templates)

    def _take(self, item: Any) -> None:
        chosen = item.get("label") if isinstance(item, dict) else item
        training = self.session.experiment.training
        for template in TEMPLATES:
            if template.title == chosen:
                stages = {self.parameter.address: template.stages(training)}
                self.session.change_all(stages, self.parameter.address, alone=True)

    def _draw(self) -> None:
        training = self.session.experiment.training
        done = trained(training.course, self.session.sight, self.session.asked)
        faulty = {a.removeprefix(f"{self.parameter.address}.").partition(".")[0] for a in self._faults()}
        shown = bars(training.course, done, tuple(int(part) for part in faulty if part.isdecimal()))
        if shown != self.line.stages:
            self.line.stages = shown

    def _open(self, index: int) -> None:
        """The fold of the stage whose bar was chosen, alone."""
        for k, fold in enumerate(self.folds):
            fold.heading.open = k == index


def _told_of(stage: Any, group: str) -> str:
    """What of a group is not as it comes."""
    if group == "Pruning":
        return ", ".join(f"{p.matrix} to {look.percent(p.density)}" for p in stage.prune) or "none"
    plain = type(stage)()
    fields = [name for name in GROUPS[group] if name in type(stage).model_fields]
    return said_of({n: getattr(stage, n) for n in fields if getattr(stage, n) != getattr(plain, n)}) or "as it comes"
