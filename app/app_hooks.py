"""What the server does beside serving pages: import early, so that the first visitor need not wait."""

import logging
import sys
from pathlib import Path
from threading import Thread
from typing import Any

from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketClosedError

if (root := str(Path(__file__).resolve().parents[1])) not in sys.path:
    sys.path.insert(0, root)


def on_server_loaded(_: Any) -> None:
    """The port opens at once; a daemon thread imports the page's modules meanwhile."""
    for name in ("asyncio", "tornado.application"):
        logging.getLogger(name).addFilter(is_news)
    Thread(target=_import_early, name="import-early", daemon=True).start()


def is_news(record: logging.LogRecord) -> bool:
    """Whether a log entry is worth keeping: that a page was closed while something was sent to it is none."""
    fault = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
    return not isinstance(fault, (WebSocketClosedError, StreamClosedError))


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
