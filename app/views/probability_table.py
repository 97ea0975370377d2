"""The table of connection probabilities as CSV: edited in place, pasted in, copied out."""

from typing import Any

import panel_material_ui as pmui

from app.control import Control
from app.session import Session
from engine.component import Parameter
from engine.connectomes import write_table

MONOSPACED = {"& textarea": {"fontFamily": "ui-monospace, monospace", "fontSize": "12px", "whiteSpace": "pre"}}


class ProbabilityTable(Control):
    """One row for every pair of cell types; the engine reads the text and names the row that it cannot take."""

    def __init__(self, parameter: Parameter, session: Session):
        super().__init__(parameter, session.change)

    def build(self) -> Any:
        self.widget = pmui.TextAreaInput(rows=10, max_length=2_000_000, sx=MONOSPACED, **self.common)
        self.widget.param.watch(lambda event: self.wanted(event.new), "value")
        return self.widget

    def put(self, value: Any) -> None:
        self.widget.value = write_table(value)
