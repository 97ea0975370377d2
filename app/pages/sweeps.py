"""Sweeps: the experiment of the form over some of its parameters, and what came of it, live."""

from functools import partial
from pathlib import Path
from typing import Any

import panel as pn
import panel_material_ui as pmui

from app import look
from app.clock import while_open
from app.session import Session
from app.sweeps import Named, Seen, desk
from app.views.sweep_form import SweepForm
from app.views.sweep_results import SweepResults
from app.views.visitor import Visitor
from engine.component import Invalid
from engine.experiments.experiment import Experiment
from engine.experiments.sweep import Sweep

REFRESH_MS = 1000
Look = tuple[tuple[Named, ...], Seen | None]


class Sweeps(pn.viewable.Viewer):
    """A dialog over the page; `open()` shows it. Its parts are made when it is first opened.

    It asks how the sweep on show stands once a second, and only while it is open in a visible tab.
    """

    def __init__(self, session: Session):
        super().__init__()
        self.session = session
        self.dialog = pmui.Dialog(
            title="Sweep parameters", title_variant="h5", show_close_button=True, close_on_click=True,
            width_option="xl", sx={"& .MuiDialog-paper": {"width": "96vw", "maxWidth": "1560px", "height": "94vh"}},
        )  # fmt: skip
        self.form: SweepForm | None = None
        self.folder: Path | None = None  # of the sweep on show
        self._starts = False  # one is being checked
        while_open(session, self.dialog, REFRESH_MS, self.tick)

    def __panel__(self) -> Any:
        return self.dialog

    def open(self) -> None:
        """Show the dialog with the form as it is now."""
        if self.form is None:
            self._build()
        self.form.take_experiment()
        self._ask(then_open=True)

    def tick(self) -> None:
        """Look again, if anybody sees it."""
        if self.dialog.open and not self.visitor.hidden:
            self._ask()

    def _build(self) -> None:
        self.visitor = Visitor()
        self.form = SweepForm(self.session, self._start)
        self.results = SweepResults(self.session.background, self._choose, self._stop, self._go_on, self._open_in_build)
        parts = pn.Column(
            self.form, self.results,
            css_classes=["sweep"], stylesheets=[look.stylesheet()], sizing_mode="stretch_width", margin=0,
        )  # fmt: skip
        self.dialog.objects = [parts, self.visitor]

    def _ask(self, then_open: bool = False) -> None:
        work, show = partial(_looked, self.folder), partial(self._show, then_open)
        self.session.background.latest("sweeps", work, show, partial(self._refuse, then_open))

    def _show(self, then_open: bool, found: Look) -> None:
        listed, seen = found
        if self.folder is None and seen is not None:
            self.folder = seen.kept.folder
        running = next((one for one in listed if one.running), None)
        if not self._starts:
            self.form.block(f"One sweep runs at a time, and {running.name} is running." if running is not None else "")
        self.results.offer(listed, self.folder)
        if seen is not None and seen.kept.folder == self.folder:
            self.results.show(seen)
        if then_open:
            self.dialog.open = True

    def _refuse(self, then_open: bool, fault: Invalid) -> None:
        self.results.refuse(fault)
        if then_open:
            self.dialog.open = True

    # what can be done

    def _start(self, sweep: Sweep) -> None:
        self._starts = True
        self.form.block("The points are being checked …")
        self.session.background.latest("sweep start", partial(desk().start, sweep), self._begun, self._not_begun)

    def _go_on(self) -> None:
        self._starts = self.results.go.disabled = True
        self.session.background.latest("sweep start", partial(desk().go_on, self.folder), self._begun, self._not_begun)

    def _begun(self, folder: Path) -> None:
        self._starts = self.results.go.disabled = False
        self.folder = folder
        self._ask()

    def _not_begun(self, fault: Invalid) -> None:
        self._starts = self.results.go.disabled = False
        self.form.refuse_start(fault)

    def _stop(self) -> None:
        work = partial(desk().stop, self.folder)
        self.session.background.latest("sweep stop", work, lambda _: self._ask(), self.results.refuse)

    def _choose(self, folder: Path) -> None:
        if folder != self.folder:
            self.folder = folder
            self._ask()

    def _open_in_build(self, experiment: Experiment, name: str) -> None:
        self.session.load(experiment)
        self.session.notice = f"{name} is in the form; Undo brings yours back."
        self.dialog.open = False


def _looked(folder: Path | None) -> Look:
    """All sweeps, and how one of them stands: the one on show, else the one at work, else the newest."""
    listed = desk().census()
    sound = sorted((one for one in listed if not one.damaged), key=lambda one: not one.running)
    wanted = folder or next((one.folder for one in sound), None)
    return listed, desk().look(wanted) if wanted is not None else None
