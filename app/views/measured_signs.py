"""A word beside the E/I ratio when the data know who excites and who inhibits, and a button that takes their word."""

from typing import Any

import panel as pn
import panel_material_ui as pmui

from app import look
from app.session import Session
from app.shelf import wired
from engine.connectomes.catalogue import record
from engine.connectomes.connectome import Connectome

MEASURED = ("edge_majority", "transmitter")
SAID = {
    "edge_majority": "These data sign each connection{share}, but the signs are drawn by the ratio above.",
    "transmitter": "These data name the transmitters{share}, but the signs are drawn by the ratio above.",
}
ORIGIN = {
    "ratio_by_unit": "by chosen ratio", "ratio_by_region": "by chosen ratio", "transmitter": "by transmitter",
    "edge_majority": "as measured", "unsigned": "none",
}  # fmt: skip


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
        if not rule:
            return
        self.sentence.object = SAID[rule].format(share="")
        measured = self.session.experiment.with_value("wiring.signs.kind", rule)
        self.session.background.latest("measured signs", lambda: wired(measured), self._tell, lambda _: None)

    def _tell(self, measured: Connectome) -> None:
        """How many would excite by what was measured, so that the ratio is not taken for it."""
        rule = unused(self.session.experiment.wiring)
        if rule:
            share = f" (by them {look.percent(float((measured.signs > 0).mean()))} of the units excite)"
            self.sentence.object = SAID[rule].format(share=share)

    def _take(self) -> None:
        rule = unused(self.session.experiment.wiring)
        if rule:
            self.session.change("wiring.signs.kind", rule)


def comes_from(wiring: Any) -> str:
    """From what it comes who excites and who inhibits, in two words."""
    signs = getattr(wiring, "signs", None)
    return "given by the wiring" if signs is None else ORIGIN[signs.kind]


def is_off(connectome: Connectome, wiring: Any) -> str:
    """A sentence where the share of E is not the chosen one, which the slider shows; else ''."""
    chosen = getattr(getattr(wiring, "signs", None), "excitatory_fraction", None)
    excite = int((connectome.signs > 0).sum())
    if chosen is None or abs(excite - chosen * connectome.n) < 1:
        return ""
    because = "Changes come after it" if wiring.steps else "regions have one sign as a whole"
    share = look.percent(excite / connectome.n)
    return f"{share} of the units excite, not the chosen {look.percent(chosen)}: {because}."


def unused(wiring: Any) -> str:
    """The sign rule that follows the data, if there is one and the wiring draws signs by a ratio instead; else ''."""
    if wiring.kind != "measured" or not wiring.signs.kind.startswith("ratio"):
        return ""
    return next((rule for rule in record(wiring.connectome).signs_offered if rule in MEASURED), "")
