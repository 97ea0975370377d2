"""Undo, redo, back to the defaults, and the named starting points."""

from collections.abc import Callable
from typing import Any

import panel as pn
import panel_material_ui as pmui

from app.session import Session
from engine.experiments.experiment import Experiment
from engine.experiments.presets import PRESETS


class HistoryButtons(pn.viewable.Viewer):
    """What concerns the experiment as a whole; nothing here touches a run."""

    def __init__(self, session: Session):
        super().__init__()
        self.session = session
        self.undo = _icon("undo", "Undo the last change", session.undo)
        self.redo = _icon("redo", "Redo", session.redo)
        self.reset = _icon("restart_alt", "Back to the default experiment", lambda: session.load(Experiment()))
        items = [{"label": preset.title, "tooltip": preset.about} for preset in PRESETS]
        self.presets = pmui.MenuButton(label="Examples", items=items, variant="text", size="small", margin=0)
        self.presets.on_click(self._load)
        session.param.watch(self._follow, ["experiment", "messages"])
        self._follow()

    def __panel__(self) -> Any:
        return pn.Row(self.presets, self.undo, self.redo, self.reset, margin=0)

    def _follow(self, *_: Any) -> None:
        self.undo.disabled = not self.session.can_undo
        self.redo.disabled = not self.session.can_redo
        self.reset.disabled = not (self.session.experiment.changes() or self.session.messages)

    def _load(self, item: Any) -> None:
        chosen = item.get("label") if isinstance(item, dict) else item
        for preset in PRESETS:
            if preset.title == chosen:
                self.session.load(preset.experiment())


def _icon(name: str, said: str, act: Callable[[], Any]) -> pmui.IconButton:
    made = pmui.IconButton(icon=name, description=said, size="small", margin=0, width=28)
    made.on_click(lambda _: act())
    return made
