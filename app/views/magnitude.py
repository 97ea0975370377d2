"""The function of Dale's law by magnitude, shown only while that method is chosen."""

from typing import Any

from app.controls import Choice
from app.session import Session
from engine.component import Parameter


class MagnitudeChoice(Choice):
    """A choice that has no effect is not offered."""

    depends_on_others = True

    def __init__(self, parameter: Parameter, session: Session):
        self.session = session
        super().__init__(parameter, session.change)

    def put(self, value: Any) -> None:
        super().put(value)
        self.layout.visible = self.session.experiment.constraints.dales_law.method == "magnitude"
