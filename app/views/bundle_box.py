"""Open a bundle that somebody sent: a place to drop it, and its experiment in the form."""

from collections.abc import Callable
from typing import Any

import panel as pn
import panel_material_ui as pmui

from app import look
from app.session import Session
from app.uploads import Uploads
from app.views.file_drop import FileDrop
from engine.component import Component, Invalid
from engine.experiments.open_bundle import open_bundle

LABEL = "Drop the zip file of a run here. Its experiment comes into Build; Undo brings back what was there."


class BundleBox(pn.viewable.Viewer):
    """A button that shows the place to drop; `then()` hears that the experiment is in the form."""

    def __init__(self, session: Session, then: Callable[[], None]):
        super().__init__()
        self.session, self._then = session, then
        self.button = pmui.Button(
            label="Open a bundle", icon="folder_zip", description="Put the experiment of a downloaded run into Build",
            variant="outlined", size="small", margin=(0, 6, 4, 0),
        )  # fmt: skip
        self.button.on_click(lambda _: self.show(not self.layout.visible))
        self.drop = FileDrop(self._arrived, self._refuse, label=LABEL, chooses_folders=False)
        self.fault = look.text("", "problem", margin=(8, 0), visible=False)
        self.layout = pn.Column(self.drop, self.fault, visible=False, sizing_mode="stretch_width", margin=(4, 0, 8, 0))
        if session.document is not None:
            session.document.on_session_destroyed(lambda _: self.drop.close())

    def __panel__(self) -> Any:
        return self.layout

    def show(self, is_shown: bool) -> None:
        """The place to drop; what was under way ends when it goes."""
        self._say("")
        self.layout.visible = is_shown
        if not is_shown:
            self.drop.close()

    def _arrived(self, uploads: Uploads) -> None:
        self._say("")
        self.session.background.latest("open bundle", lambda: _opened(uploads), self._load, self._refuse)

    def _load(self, experiment: Component) -> None:
        self.session.load(experiment)
        self.show(False)
        self.session.notice = "The experiment of the bundle is in the form."
        self._then()

    def _refuse(self, fault: Invalid) -> None:
        self._say(str(fault))

    def _say(self, sentence: str) -> None:
        self.fault.param.update(object=look.escaped(sentence), visible=bool(sentence))


def _opened(uploads: Uploads) -> Component:
    """The experiment in the one file that came; what was uploaded is gone afterwards."""
    try:
        if len(uploads.paths) != 1:
            raise Invalid("Several files were chosen; a bundle is one zip file.")
        return open_bundle(uploads.paths[0])
    finally:
        uploads.close()
