"""One visit: the page, or a card that says why there is none."""

import logging
from collections.abc import Callable
from threading import Lock
from typing import Any

import panel as pn
import panel_material_ui as pmui
from panel.io.resources import get_dist_path

log = logging.getLogger(__name__)
BROKEN = "The page could not be built. The log of the server says why; reload to try again."

IMPORTING = Lock()


def page_builder() -> Callable[[], Any]:
    """What builds the page. Imported here, since a page that cannot even be imported must not be blank; by one thread
    at a time, since the first visitor may come while the server still imports early."""
    with IMPORTING:
        from app.shell import build_page

        return build_page


def serve() -> None:
    """Put the page into the current document. If that fails, the visitor gets a sentence and the log the trace."""
    pn.extension("tabulator", notifications=True)
    styles_from_here()
    try:
        shown: Any = page_builder()()
    except Exception:
        log.exception("The page could not be built.")
        shown = pmui.Alert(object=BROKEN, severity="error", margin=40)
    shown.servable(title="Connectarium")


def styles_from_here() -> None:
    """Say where Panel's styles are. Panel says so only when it renders the page, so that what was built before that and
    shown after it would ask the public network for its looks."""
    if (document := pn.state.curdoc) is not None:
        document.template_variables["dist_url"] = get_dist_path()
