"""One visit: the page, or a card that says why there is none."""

import logging
from typing import Any

import panel as pn
import panel_material_ui as pmui

log = logging.getLogger(__name__)
BROKEN = "The page could not be built. The log of the server says why; reload to try again."


def serve() -> None:
    """Put the page into the current document. If that fails, the visitor gets a sentence and the log the trace."""
    pn.extension("tabulator", notifications=True)
    try:
        from app.shell import build_page  # here: a page that cannot even be imported must not be blank

        shown: Any = build_page()
    except Exception:
        log.exception("The page could not be built.")
        shown = pmui.Alert(object=BROKEN, severity="error", margin=40)
    shown.servable(title="Connectarium")
