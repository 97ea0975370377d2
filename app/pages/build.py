"""Build: the experiment, section by section, with the matrix always in view."""

from typing import Any

import panel as pn
import panel_material_ui as pmui

from app import look
from app.forms import Form
from app.session import Session


class Build(pn.viewable.Viewer):
    """Forms for every choice of the experiment."""

    def __init__(self, session: Session):
        super().__init__()
        self.session = session

    def __panel__(self) -> Any:
        return pmui.Column(Form("dynamics", self.session), Form("training", self.session), sizing_mode="stretch_width")
