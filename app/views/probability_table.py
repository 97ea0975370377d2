"""The table of connection probabilities: edited in place, and as CSV to and from a file."""

from typing import Any

import panel as pn
import panel_material_ui as pmui

from app.saver import Saver
from app.session import Session
from app.views.row_controls import PlainRows
from engine.component import Invalid, Parameter
from engine.connectomes import read_table, write_table

AREAS = ("pre_area", "post_area")


class ProbabilityTable(PlainRows):
    """One row for every pair of cell types; the engine reads a file and names the row that it cannot take."""

    def __init__(self, parameter: Parameter, session: Session):
        def of(end: str) -> Any:
            return lambda _, owner: dict.fromkeys(getattr(population, end) for population in owner.populations)

        ends = ("area", "layer", "type")
        suggests = {f"{side}_{end}": of(end) for side in ("pre", "post") for end in ends}
        super().__init__(parameter, session, suggests)

    def build(self) -> Any:
        self.fields = dict(sorted(self.fields.items(), key=lambda field: field[0] in AREAS))  # areas last: few have any
        self.saver = Saver()
        self.export = pmui.Button(label="Export CSV", icon="download", variant="text", size="small", margin=(0, 4))
        self.file = pmui.FileInput(label="Import CSV", accept=".csv,.txt", size="small", variant="text", margin=(0, 4))
        self.export.on_click(lambda _: self._save())
        self.file.param.watch(lambda event: self._read(event.new), "value")
        self.table = super().build()
        files = pn.Row(self.export, self.file, self.saver, margin=0)
        return pn.Column(self.table, files, sizing_mode="stretch_width", margin=0)

    def _save(self) -> None:
        self.saver.save("connection_probabilities.csv", "text/csv", write_table(self.value).encode())

    def _read(self, content: bytes | None) -> None:
        if not content:
            return
        try:
            self.wanted(read_table(content.decode("utf-8-sig", errors="replace")))
        except Invalid as fault:
            self._explain(str(fault))
