"""Add a connectome: from the visitor's own files, or from where its publisher keeps it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import panel as pn
import panel_material_ui as pmui

from app.session import Session
from app.views.downloads import Downloads
from app.views.import_wizard import ImportWizard
from engine.connectomes.importing import Cuts

FILES, DOWNLOAD = 0, 1


class ImportPage(pn.viewable.Viewer):
    """A dialog over the page; `open()` shows it. `then(id, cuts)` hears what was added. Its parts are made when it is
    first opened."""

    def __init__(self, session: Session, then: Callable[[str, Cuts], None]):
        super().__init__()
        self.session, self._then = session, then
        self.dialog = pmui.Dialog(
            title="Add a connectome", title_variant="h5", show_close_button=True, close_on_click=False,
            width_option="xl",
            sx={"& .MuiDialog-paper": {"width": "min(1120px, 96vw)", "maxWidth": "96vw", "minHeight": "560px"}},
        )  # fmt: skip
        self.wizard: ImportWizard | None = None
        self.downloads: Downloads | None = None
        self.dialog.param.watch(self._opened_or_closed, "open")

    def __panel__(self) -> Any:
        return self.dialog

    def open(self) -> None:
        """Show the dialog as it was left."""
        if self.wizard is None:
            self._build()
        self.wizard.warm()
        self.dialog.open = True

    def close(self) -> None:
        """The visitor left: readers, uploads and downloads end."""
        if self.wizard is not None:
            self.wizard.close()
            self.downloads.close()

    def _build(self) -> None:
        self.wizard = ImportWizard(self.session, self._added, self._used)
        self.downloads = Downloads(self.session, self._fetched)
        self.tabs = pmui.Tabs(
            ("From files", self.wizard),
            ("Download", self.downloads),
            dynamic=True,
            sizing_mode="stretch_width",
            margin=0,
        )
        self.dialog.objects = [self.tabs]
        if self.session.document is not None:
            self.session.document.on_session_destroyed(lambda _: self.close())

    def _opened_or_closed(self, event: Any) -> None:
        if not event.new:
            self.wizard.rest()

    def _fetched(self, paths: tuple[Path, ...], given: Mapping[str, Any]) -> None:
        self.tabs.active = FILES
        self.wizard.reset()
        self.wizard.read(paths, given)

    def _used(self) -> None:
        self.dialog.open = False

    def _added(self, id: str, cuts: Cuts) -> None:
        self.dialog.open = False
        self._then(id, cuts)
