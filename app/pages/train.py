"""Train: the transport bar and the live views. (A skeleton that the builder of Train replaces.)"""

from typing import Any

import panel as pn

from app import look
from app.pages.transport import Transport
from app.session import Session

__all__ = ["Train", "Transport"]


class Train(pn.viewable.Viewer):
    """Loss, accuracy and activity while a run trains."""

    def __init__(self, session: Session):
        super().__init__()
        self.session = session

    def __panel__(self) -> Any:
        return look.empty("No run yet: press Start.")
