"""Explore: connectivity, activity and tuning of a run. (A skeleton that the builder of Explore replaces.)"""

from typing import Any

import panel as pn

from app import look
from app.session import Session


class Explore(pn.viewable.Viewer):
    """What the trained network became."""

    def __init__(self, session: Session):
        super().__init__()
        self.session = session

    def __panel__(self) -> Any:
        return look.empty("No run yet: press Start.")
