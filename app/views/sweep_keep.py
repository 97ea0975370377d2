"""Delete a sweep with its runs, and bring it back."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import panel_material_ui as pmui

from app.session import Session
from app.sweeps import Named, desk
from engine.component import Invalid


class SweepKeep:
    """Two buttons for the sweep on show; `moved(folder)` hears of one that is gone, or is back.

    Their place stays, whatever becomes of the sweep: nothing else comes to lie under a second click.
    """

    def __init__(self, session: Session, moved: Callable[[Path], None], refuse: Callable[[Invalid], None]):
        self._session, self._moved, self._refuse = session, moved, refuse
        self._on_show: Named | None = None
        self._gone: Named | None = None  # the last one, which Undo brings back
        self.delete = _button("Delete", "delete", "Delete this sweep with its runs; they stay in the trash for 30 days")
        self.undo = _button("Undo", "undo", "Bring the sweep back that was deleted last")
        self.delete.on_click(lambda _: self._delete())
        self.undo.on_click(lambda _: self._undo())

    def show(self, one: Named | None, any_there: bool) -> None:
        """This sweep is on show, if any are there; one that runs has to be stopped first."""
        self._on_show = one
        self.delete.visible = self.undo.visible = any_there or self._gone is not None
        self.delete.disabled, self.undo.disabled = one is None or one.running, self._gone is None

    def _delete(self) -> None:
        chosen = self._on_show
        if chosen is not None:
            self.delete.disabled = True
            self._do(partial(desk().delete, chosen.folder), lambda _: self._deleted(chosen))

    def _deleted(self, chosen: Named) -> None:
        self._gone = chosen
        self._session.notice = f"{chosen.name} deleted; Undo brings it back."
        self._moved(chosen.folder)

    def _undo(self) -> None:
        gone, self._gone, self.undo.disabled = self._gone, None, True
        if gone is not None:
            self._do(partial(desk().restore, gone.folder), self._moved)

    def _do(self, work: Callable[[], Path], then: Callable[[Path], None]) -> None:
        self._session.background.latest("sweep keep", work, then, self._refuse)


def _button(label: str, icon: str, says: str) -> pmui.Button:
    return pmui.Button(
        label=label, icon=icon, description=says, variant="text", size="small", margin=(8, 4, 0, 0), visible=False
    )
