"""Runs: the table of what was kept, and what can be done with it."""

import time
from collections.abc import Callable
from html import escape
from typing import Any

import panel as pn
import panel_material_ui as pmui

from app import look
from app.background import soon
from app.clock import while_open
from app.runs import executor, reader, store
from app.saver import Saver
from app.session import Session
from app.views.bundle_box import BundleBox
from app.views.overlay import Overlay
from app.views.run_rows import COLUMNS, cells, disk_used, frame_of, new_table, searched, told
from engine.component import Invalid
from engine.experiments.run import Run
from engine.experiments.summary import Summary

REFRESH_MS = 1500
ACTIVE = ("queued", "running", "paused")
EMPTY = "No run is kept yet. Press <b>Start</b> at the top left: every run appears here and stays until you delete it."


class Runs(pn.viewable.Viewer):
    """A dialog over the page; `open()` shows it. Its parts are made when it is first opened."""

    def __init__(self, session: Session):
        super().__init__()
        self.session = session
        self.dialog = pmui.Dialog(
            title="Runs", title_variant="h5", show_close_button=True, close_on_click=True, width_option="xl",
            sx={"& .MuiDialog-paper": {"width": "min(1400px, 96vw)", "maxWidth": "96vw"}},
        )  # fmt: skip
        self._rows: dict[str, Summary] = {}
        self._deleted: list[str] = []
        self._noted: str | None = None
        self._told: tuple[str, str, str] | None = ("", "", "")  # other than any choice
        self._seen: tuple[Summary, ...] = ()
        self._ids: list[str] = []
        self._cells: list[tuple[Any, ...]] = []
        self.table: Any = None
        while_open(session, self.dialog, REFRESH_MS, self.refresh)

    def __panel__(self) -> Any:
        return self.dialog

    def open(self) -> None:
        """Show the dialog with what is in the store now."""
        self.session.background.latest("list runs", lambda: tuple(store().runs()), self._open, self._refuse)

    def _open(self, summaries: tuple[Summary, ...]) -> None:
        self._seen, self._rows = summaries, {summary.id: summary for summary in summaries}
        if self.table is None:
            self._build()
        self._fill()
        self.dialog.open = True

    # parts

    def _build(self) -> None:
        self.overlay = Overlay()
        self.saver = Saver()
        self.filter = pmui.TextInput(
            label="Filter by name, task, connectome, state or note", size="small", width=360, margin=(6, 8, 0, 0)
        )
        self.filter.param.watch(lambda _: self._fill(), "value_input")
        self._ids, self._cells = list(self._rows), [cells(summary) for summary in self._rows.values()]
        self.table = new_table(self._ids, self._cells)
        self.count = look.note("", margin=(4, 0))
        self.place = look.note("", margin=(4, 0))
        self.said = look.note("", margin=(4, 0))
        self.open_run = _button("Open", "visibility", "Open on the page, and put its experiment into the form")
        self.stop = _button("Stop", "stop", "Stop the chosen runs and keep a checkpoint")
        self.resume = _button("Resume", "play_arrow", "Resume the chosen runs from their last checkpoint")
        self.download = _button("Download", "download", "Download the whole run as one zip file")
        self.delete = _button("Delete", "delete", "Delete the chosen runs; they stay in the trash for 30 days")
        self.undo = _button("Undo", "undo", "Undo the last removal")
        self.bundle = BundleBox(self.session, self._close)
        self.name_box = pmui.TextInput(label="Name", size="small", width=300, margin=(0, 8, 0, 0))
        self.note_box = pmui.TextInput(label="Note", size="small", sizing_mode="stretch_width", margin=0)
        self._connect()
        actions = (self.open_run, self.resume, self.stop, self.download, self.delete, self.undo, self.bundle.button)
        self.dialog.objects = [
            pn.Row(self.filter, self.count, margin=(0, 0, 6, 0), sizing_mode="stretch_width"),
            self.table,
            pn.FlexBox(*actions, margin=(8, 0), sizing_mode="stretch_width"),
            self.bundle,
            pn.Row(self.name_box, self.note_box, margin=(4, 0), sizing_mode="stretch_width"),
            self.said, self.overlay.layout, self.place, self.saver,
        ]  # fmt: skip

    def _connect(self) -> None:
        self.table.param.watch(self._chosen, "selection")
        self.table.on_click(self._take_note, column="note")
        self.open_run.on_click(lambda _: self._open_chosen())
        self.stop.on_click(lambda _: self._each(lambda run: run.request("stop"), ACTIVE))
        self.resume.on_click(lambda _: self._each(executor().resume, ("stopped", "lost", "failed")))
        self.download.on_click(lambda _: self._download())
        self.delete.on_click(lambda _: self._delete())
        self.undo.on_click(lambda _: self._undo())
        self.name_box.param.watch(lambda event: self._write("name", event.new), "value")
        self.note_box.param.watch(lambda event: self._write("note", event.new), "value")

    # what is shown

    @property
    def chosen(self) -> list[Summary]:
        """The runs whose boxes are ticked."""
        ids = [self._ids[k] for k in self.table.selection if k < len(self._ids)]
        return [self._rows[run_id] for run_id in ids if run_id in self._rows]

    def refresh(self) -> None:
        """What is in the store now; the table changes only where a run has changed."""
        summaries = reader().census()
        if summaries is not None and summaries != self._seen:
            self._seen, self._rows = summaries, {summary.id: summary for summary in summaries}
            self._fill()

    def _fill(self) -> None:
        words = (self.filter.value_input or "").lower().split()
        kept = [s for s in self._rows.values() if all(word in searched(s) for word in words)]
        ids, rows = [s.id for s in kept], [cells(s) for s in kept]
        chosen = {summary.id for summary in self.chosen}
        if ids != self._ids:
            self._ids, self.table.value = ids, frame_of(ids, rows)
            selection = [i for i, run_id in enumerate(ids) if run_id in chosen]
            if selection != self.table.selection:
                self.table.selection = selection
        elif changed := [i for i, row in enumerate(rows) if row != self._cells[i]]:
            self.table.patch({c: [(i, rows[i][k]) for i in changed] for k, c in enumerate(COLUMNS)}, as_index=False)
        self._cells = rows
        total = len(self._rows)
        runs = look.counted(total, "run")
        self.count.object = (f"{len(kept)} of {runs}" if words else runs) if total else EMPTY
        self._chosen()
        self.session.background.latest("disk", lambda: disk_used(store().path), self._tell_place, lambda _: None)

    def _tell_place(self, used: int) -> None:
        self.place.object = f"Kept in <code>{escape(str(store().path))}</code> · {used / 1e6:,.0f} MB used"

    def _chosen(self, *_: Any) -> None:
        chosen = self.chosen
        states = {summary.state for summary in chosen}
        self.open_run.disabled = len(chosen) != 1 or not chosen[0].is_readable
        self.stop.disabled = not states & set(ACTIVE)
        self.resume.disabled = not any(summary.is_resumable for summary in chosen)
        self.download.disabled = len(chosen) != 1
        self.delete.disabled = not chosen or bool(states & set(ACTIVE))
        self.undo.disabled = not self._deleted
        one = chosen[0] if len(chosen) == 1 else None
        self._show_notes(one)
        said = [told(s) for s in chosen if s.message and s.state in ("damaged", "failed", "lost")]
        self.said.object = "<br>".join(map(escape, said))
        self.overlay.show(chosen, self.session.background)

    def _show_notes(self, one: Summary | None) -> None:
        """What the visitor is typing is left alone while the table changes around it."""
        told = (one.id, one.name, one.note) if one else None
        if told == self._told:
            return
        self._told, self._noted = told, one.id if one else None
        self.name_box.param.update(value=one.name if one else "", disabled=one is None)
        self.note_box.param.update(value=one.note if one else "", disabled=one is None)

    # what can be done

    def _take_note(self, event: Any) -> None:
        """A click on a note chooses its run, and the visitor can type."""
        self.table.selection = [event.row]
        soon(self.note_box.focus)

    def _open_chosen(self) -> None:
        run = self.chosen[0].id
        self.session.background.latest(
            "open run", lambda: store().run(run).experiment(), lambda asked: self._put_on_show(run, asked), self._refuse
        )

    def _put_on_show(self, run_id: str, asked: Any) -> None:
        self.session.load(asked)
        self.session.run = run_id
        self._close()

    def _close(self) -> None:
        self.dialog.open = False

    def _each(self, act: Callable[[Run], None], states: tuple[str, ...]) -> None:
        ids = [summary.id for summary in self.chosen if summary.state in states]
        self._do(lambda: [act(store().run(run_id)) for run_id in ids])

    def _delete(self) -> None:
        chosen = self.chosen

        def gone(_: Any) -> None:
            self._deleted = [summary.id for summary in chosen]
            names, them = (chosen[0].name, "it") if len(chosen) == 1 else (look.counted(len(chosen), "run"), "them")
            self.session.notice = f"{names} deleted; Undo brings {them} back."
            if self.session.run in self._deleted:
                self.session.run = None

        self._do(lambda: [store().delete(summary.id) for summary in chosen], gone)

    def _undo(self) -> None:
        ids, self._deleted = self._deleted, []
        self._do(lambda: [store().restore(run_id) for run_id in ids])

    def _write(self, what: str, text: str) -> None:
        """Name or note of the one chosen run, if the visitor and not the table changed it."""
        run_id = self._noted
        if run_id is None or run_id not in self._rows or getattr(self._rows[run_id], what) == text:
            return
        write = store().rename if what == "name" else store().note
        self._do(lambda: write(run_id, text))

    def _download(self) -> None:
        run_id = self.chosen[0].id
        self.said.object = "Packing the bundle …"

        def packed() -> tuple[str, bytes]:
            path = store().bundle(run_id)
            return path.name, path.read_bytes()

        def save(made: tuple[str, bytes]) -> None:
            self.saver.save(made[0], "application/zip", made[1])
            self.said.object = f"{escape(made[0])} · {len(made[1]) / 1e6:.1f} MB"

        self.session.background.latest("bundle", packed, save, self._refuse)

    def _do(self, work: Callable[[], Any], then: Callable[[Any], None] | None = None) -> None:
        """Slow work on the store; the table shows its result."""

        def done(result: Any) -> None:
            if then is not None:
                then(result)
            reader().hurry()

        self.session.background.latest(f"runs {time.monotonic_ns()}", work, done, self._refuse)

    def _refuse(self, fault: Invalid) -> None:
        self.said.object = escape(str(fault))
        reader().hurry()


def _button(label: str, icon: str, says: str) -> pmui.Button:
    return pmui.Button(label=label, icon=icon, description=says, variant="outlined", size="small", margin=(0, 6, 4, 0))
