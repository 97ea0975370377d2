"""A word beside the E/I ratio when the data know who excites and who inhibits, and a button that takes their word."""

from typing import Any

import panel as pn
import panel_material_ui as pmui

from app import look
from app.session import Session
from engine.connectomes.catalogue import record

MEASURED = ("edge_majority", "transmitter")
SAID = {
    "edge_majority": "These data sign each connection, but the signs are drawn by the ratio above.",
    "transmitter": "These data name the transmitters, but the signs are drawn by the ratio above.",
}


class MeasuredSigns(pn.viewable.Viewer):
    """Visible only while measured signs exist and are not used; nothing is switched without being asked."""

    def __init__(self, session: Session):
        super().__init__()
        self.session = session
        self.sentence = look.note("", margin=(2, 0, 0, 4))
        self.use = pmui.Button(
            label="Use measured signs", variant="outlined", size="small", margin=(0, 4), sx={"whiteSpace": "nowrap"}
        )
        self.use.on_click(lambda _: self._take())
        self.layout = pn.Row(self.sentence, self.use, sizing_mode="stretch_width", margin=(0, 0, 4, 0))
        session.param.watch(self._follow, "experiment")
        self._follow()

    def __panel__(self) -> Any:
        return self.layout

    def _follow(self, *_: Any) -> None:
        rule = unused(self.session.experiment.wiring)
        self.layout.visible = bool(rule)
        if rule:
            self.sentence.object = SAID[rule]

    def _take(self) -> None:
        rule = unused(self.session.experiment.wiring)
        if rule:
            self.session.change("wiring.signs.kind", rule)


def unused(wiring: Any) -> str:
    """The sign rule that follows the data, if there is one and the wiring draws signs by a ratio instead; else ''."""
    if wiring.kind != "measured" or not wiring.signs.kind.startswith("ratio"):
        return ""
    return next((rule for rule in record(wiring.connectome).signs_offered if rule in MEASURED), "")
