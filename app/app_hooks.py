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


def _import_early() -> None:
    import app.shell  # noqa: F401, PLC0415
