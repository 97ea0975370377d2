"""What the server does beside serving pages: import early, so that the first visitor need not wait."""

import gc
import logging
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

from tornado.ioloop import IOLoop
from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketClosedError

if (root := str(Path(__file__).resolve().parents[1])) not in sys.path:
    sys.path.insert(0, root)


def on_server_loaded(server: Any) -> None:
    """The port opens at once; a daemon thread imports the page's modules meanwhile."""
    for name in ("asyncio", "tornado.application"):
        logging.getLogger(name).addFilter(is_news)
    settled = partial(IOLoop.current().add_callback, keep_for_good, server)
    Thread(target=_import_early, args=(settled,), name="import-early", daemon=True).start()


def is_news(record: logging.LogRecord) -> bool:
    """Whether a log entry is worth keeping: that a page was closed while something was sent to it is none."""
    fault = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
    return not isinstance(fault, (WebSocketClosedError, StreamClosedError))


def keep_for_good(server: Any) -> None:
    """What is there by now stays, so that the search for garbage need not look at it again: it stops the server
    whenever a visitor leaves, and takes a seventh of the time then. Not while one is here, whose page would stay too.
    """
    if not server.sessions:
        gc.collect()
        gc.freeze()


def on_server_unloaded(_: Any) -> None:
    """The waiting worker goes; runs at work go on."""
    from app.runs import executor

    if executor.cache_info().currsize:
        executor().close()


def _import_early(then: Callable[[], None]) -> None:
    from app.visit import page_builder

    page_builder()
    then()
    from app.runs import executor

    executor()  # a worker is warm before the first Start, and what is still queued goes on
