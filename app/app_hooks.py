"""What the server does beside serving pages: import early, so that the first visitor need not wait."""

import sys
from pathlib import Path
from threading import Thread
from typing import Any

if (root := str(Path(__file__).resolve().parents[1])) not in sys.path:
    sys.path.insert(0, root)


def on_server_loaded(_: Any) -> None:
    """The port opens at once; a daemon thread imports the page's modules meanwhile."""
    Thread(target=_import_early, name="import-early", daemon=True).start()


def on_server_unloaded(_: Any) -> None:
    """The waiting worker goes; runs at work go on."""
    from app.runs import executor

    if executor.cache_info().currsize:
        executor().close()


def _import_early() -> None:
    from app.visit import page_builder

    page_builder()
    from app.runs import executor

    executor()  # a worker is warm before the first Start, and what is still queued goes on
