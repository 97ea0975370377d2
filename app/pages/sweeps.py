"""Sweeps: the experiment of the form over some of its parameters, and what came of it, live."""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import panel as pn
import panel_material_ui as pmui

from app import look
from app.clock import while_open
from app.session import Session
from app.sweeps import Named, Seen, desk, one_at_a_time
from app.views.sweep_form import SweepForm
from app.views.sweep_keep import SweepKeep
from app.views.sweep_results import SweepResults
from app.views.visitor import Visitor
from engine.component import Invalid
from engine.experiments.experiment import Experiment
from engine.experiments.sweep import Sweep

REFRESH_MS = 1000


@dataclass(frozen=True)
class Look:
    """All sweeps, and how one of them stands, or why it cannot be read: `asked`, else the one to be shown instead."""

    asked: Path | None
    listed: tuple[Named, ...]
    seen: Seen | None = None
    fault: Invalid | None = None

    @property
    def running(self) -> Named | None:
        """The one at work."""
        return next((one for one in self.listed if one.running), None)

    @property
    def to_show(self) -> Path | None:
        """What was asked for; where it is gone, the one before it; else the one at work, or the newest."""
        sound = [one for one in self.listed if not one.damaged]
        older = [one for one in sound if self.asked is not None and one.folder.name < self.asked.name]
        by_work = sorted(sound, key=lambda one: not one.running)
        there = [one for one in (self.of(self.asked), *older, *by_work) if one is not None]
        return there[0].folder if there else None

    def of(self, folder: Path | None) -> Named | None:
        """The sweep in this folder, if it is there."""
        return next((one for one in self.listed if one.folder == folder), None)


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
        self.keep = SweepKeep(self.session, self._moved, self._not_moved)
        self.results = SweepResults(
            self.session.background, self._choose, self._stop, self._go_on, self._open_in_build,
            (self.keep.delete, self.keep.undo),
        )  # fmt: skip
        parts = pn.Column(
            self.form, self.results,
            css_classes=["sweep"], stylesheets=[look.stylesheet()], sizing_mode="stretch_width", margin=0,
        )  # fmt: skip
        self.dialog.objects = [parts, self.visitor]

    def _ask(self, then_open: bool = False) -> None:
        work, show = partial(_looked, self.folder), partial(self._show, then_open)
        self.session.background.latest("sweeps", work, show, partial(self._refuse, then_open))

    def _show(self, then_open: bool, found: Look) -> None:
        if found.asked == self.folder and found.of(self.folder) is None:  # none was chosen yet, or it is gone
            self.folder = found.seen.kept.folder if found.seen is not None else None
        running = found.running
        if not self._starts:
            self.form.block(one_at_a_time(running) if running is not None else "")
        self.results.offer(found.listed, self.folder)
        self.keep.show(found.of(self.folder), bool(found.listed))
        if found.seen is not None and found.seen.kept.folder == self.folder:
            is_other = running is not None and running.folder != self.folder
            self.results.show(found.seen, one_at_a_time(running) if is_other else "")
        elif found.fault is not None and found.asked == self.folder:
            self.results.refuse(found.fault)
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

    def _moved(self, folder: Path) -> None:
        self.folder = folder
        self._ask()

    def _not_moved(self, fault: Invalid) -> None:
        self.session.notice = str(fault)
        self._ask()

    def _open_in_build(self, experiment: Experiment, name: str) -> None:
        self.session.load(experiment)
        self.session.notice = f"{name} is in the form; Undo brings yours back."
        self.dialog.open = False


def _looked(folder: Path | None) -> Look:
    found = Look(folder, desk().census())
    try:
        return replace(found, seen=desk().look(found.to_show) if found.to_show is not None else None)
    except Invalid as fault:
        return replace(found, fault=fault)
