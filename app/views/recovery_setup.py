"""A recording is dropped, and the fit to it is set up: what stands beside the form of the task."""

from typing import Any

import panel as pn
import panel_material_ui as pmui

from app import look
from app.session import Session
from app.uploads import Uploads
from app.views.file_drop import FileDrop
from engine.component import Component
from engine.experiments.fit import fit
from engine.recordings.keeping import keep

KIND = "recording"
DROP = "Drop a recording here: .npz, .h5, .csv or .nwb; several files are sessions of the same units"
ABOUT = (
    "Makes one area of the observed units and one of the hidden ones, all connected and without Dale's law; reads the "
    "observed ones out one to one, lets the input reach those named above, and starts windows from the recording. Undo "
    "takes it back."
)


class FitSetup:
    """`drop` stands above the form of the task, `finish` below it; both are seen only if the task is a recording."""

    def __init__(self, session: Session):
        self.session = session
        self.files = FileDrop(self._arrived, self._refuse, label=DROP)
        self.told = look.text("", "note", margin=(2, 4))
        self.drop = pn.Column(self.files, self.told, sizing_mode="stretch_width", margin=(6, 4, 0, 4))
        self.button = pmui.Button(label="Set up the fit", icon="auto_fix_high", size="small", margin=(8, 4, 2, 4))
        self.button.on_click(lambda _: self.set_up())
        self.said = look.note(ABOUT)
        self.finish = pn.Column(self.button, self.said, sizing_mode="stretch_width", margin=0)
        session.param.watch(lambda _: self._follow(), "experiment")
        self._follow()

    def set_up(self) -> None:
        """Everything that the fit needs, in one change."""
        asked = self.session.experiment
        self.session.background.latest("fit", lambda: (asked, fit(asked)), self._fitted, self._not_fitted, soon=True)

    def _fitted(self, found: tuple[Component, dict[str, Any]]) -> None:
        asked, values = found
        if asked != self.session.experiment:
            self.set_up()
        elif self.session.change_all(values, "wiring", alone=True):
            self._say_fit(_told(values))

    def _not_fitted(self, fault: Exception) -> None:
        self._say_fit(f"<b>{look.escaped(str(fault))}</b>")

    def _say_fit(self, sentence: str) -> None:
        self.said.object = f"{sentence}<br>{ABOUT}"

    def _arrived(self, uploads: Uploads) -> None:
        def work() -> tuple[str, str]:
            try:
                return keep(uploads.paths)
            finally:
                uploads.close()

        self.told.object = "Reading …"
        self.session.background.latest("keep recording", work, self._kept, self._refuse)

    def _kept(self, found: tuple[str, str]) -> None:
        name, question = found
        chosen = {"task.recording.kind": "file", "task.recording.file": name}
        self.session.change_all(chosen, "task.recording.file", alone=True)
        self.told.object = f"Kept as {look.escaped(name)}. {look.escaped(question)}"

    def _refuse(self, fault: Exception) -> None:
        """The recording that was chosen before stays, which is said where there is one."""
        task = self.session.experiment.task
        chosen = getattr(task.recording, "file", "") if task.kind == KIND else ""
        kept = f" {look.escaped(chosen)} stays chosen." if chosen else ""
        self.told.object = f"<b>{look.escaped(str(fault))}</b>{kept}"

    def _follow(self) -> None:
        shown = self.session.experiment.task.kind == KIND
        self.drop.visible = self.finish.visible = shown
        self.said.object = ABOUT


def _told(values: dict[str, Any]) -> str:
    areas = " and ".join(f"{area.units:,} {area.name}" for area in values["wiring"].areas)
    return f"<b>Set up: {areas} units</b>, Δt {look.number(values['dt_ms'])} ms, {values['dynamics.activation']}."
