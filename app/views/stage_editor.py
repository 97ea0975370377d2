"""The stage editor: the parts of a training as a time line, templates to begin with, and a fold for each."""

from typing import Any

import panel as pn
import panel_material_ui as pmui

from app.lists import Components, FormFor, heading
from app.session import Session
from app.views.time_line import bars, time_line, told, trained
from engine.component import Component, Parameter
from engine.training.templates import TEMPLATES


class StageList(Components):
    """Stages in order; without any, the line shows the one that the training makes."""

    def __init__(self, parameter: Parameter, session: Session, form: FormFor):
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
        self._draw()

    def heading(self, index: int, item: Component) -> str:
        """The name of a stage, or its kind."""
        name = getattr(item, "name", "")
        return f"{index + 1} · {name}" if name else heading(index, item)

    def tell(self, item: Any) -> str:
        """What sets it apart."""
        return told(item)

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
