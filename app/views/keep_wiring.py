"""Save as a new connectome: the wiring as it stands goes into the user's library, and Build uses it."""

from typing import Any

import panel as pn
import panel_material_ui as pmui

from app import look
from app.session import Session
from engine.connectomes.kept_edit import facts_of, kept
from engine.connectomes.library import Library
from engine.connectomes.measured import MeasuredWiring


class KeepWiring(pn.viewable.Viewer):
    """A title and a button; the licence and citation of the source go with it."""

    def __init__(self, session: Session):
        super().__init__()
        self.session = session
        self.title = pmui.TextInput(
            label="Title", placeholder="My edited connectome", size="small", max_length=200,
            sizing_mode="stretch_width", margin=4,
        )  # fmt: skip
        self.save = pmui.Button(label="Save", icon="save", variant="contained", size="small", margin=(8, 4))
        self.said = look.note("", margin=(0, 4, 4, 4))
        self.save.on_click(lambda _: self._save())

    def __panel__(self) -> Any:
        return pn.Column(
            look.text("Save as a new connectome", "heading", margin=(10, 4, 0, 4)),
            pn.Row(self.title, self.save, sizing_mode="stretch_width", margin=0),
            self.said,
            sizing_mode="stretch_width", margin=0,
        )  # fmt: skip

    def tell(self) -> None:
        """What will be carried along."""
        licence = facts_of(self.session.experiment.wiring)["licence"]
        self.said.object = f"With its source, its changes and its licence: {look.escaped(licence)}."

    def _save(self) -> None:
        experiment, connectome = self.session.wired_for, self.session.connectome
        if connectome is None or experiment != self.session.experiment:
            self.said.object = "The last change is still being wired; try again in a moment."
            return
        title = (self.title.value_input or self.title.value or "").strip() or "My edited connectome"
        self.save.disabled = True

        def work() -> MeasuredWiring:
            return kept(connectome, title, experiment.wiring, Library())

        self.session.background.latest("keep wiring", work, lambda made: self._use(made, title), self._refuse)

    def _use(self, wiring: MeasuredWiring, title: str) -> None:
        self.save.disabled = False
        self.session.load(self.session.experiment.with_value("wiring", wiring))
        self.session.notice = f"“{title}” is in your library, and this experiment uses it now."

    def _refuse(self, fault: Any) -> None:
        self.save.disabled = False
        self.said.object = look.escaped(str(fault))
