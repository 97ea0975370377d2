"""Train: the transport bar and the live views. (A skeleton that the builder of Train replaces.)"""

from typing import Any

import panel as pn
import panel_material_ui as pmui

from app import look
from app.session import Session


class Transport(pn.viewable.Viewer):
    """Start; enabled when the experiment can be started."""

    def __init__(self, session: Session):
        super().__init__()
        self.session = session
        self.start = pmui.Button(label="Start", icon="play_arrow", color="primary", size="small", margin=2)
        self.start.disabled = session.param.startable.rx.not_()

    def __panel__(self) -> Any:
        return pmui.Row(self.start, margin=0)


class Train(pn.viewable.Viewer):
    """Loss, accuracy and activity while a run trains."""

    def __init__(self, session: Session):
        super().__init__()
        self.session = session

    def __panel__(self) -> Any:
        return look.empty("No run yet: press Start.")
