"""Runs: what was kept. (A skeleton that the builder of Train replaces.)"""

from typing import Any

import panel as pn
import panel_material_ui as pmui

from app import look
from app.session import Session


class Runs(pn.viewable.Viewer):
    """A dialog over the page; `open()` shows it."""

    def __init__(self, session: Session):
        super().__init__()
        self.session = session
        said = pn.pane.HTML("No run yet: press Start.", css_classes=["empty"], stylesheets=[look.stylesheet()])
        self.dialog = pmui.Dialog(said, title="Runs", show_close_button=True)

    def open(self) -> None:
        """Show the dialog."""
        self.dialog.open = True

    def __panel__(self) -> Any:
        return self.dialog
