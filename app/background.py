"""Slow work off the event loop: the latest request wins, and its result comes back under the document lock."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache, partial
from typing import Any

import panel as pn
from bokeh.document import Document

from engine.component import Invalid

Work = Callable[[], Any]
Then = Callable[[Any], None]
log = logging.getLogger(__name__)


@cache
def workers(of: str = "") -> ThreadPoolExecutor:
    """Two threads for all visitors together, four more for what must not queue behind an analysis ("soon"), of which
    some may wait for a network that another builds, and some that wait for another process or machine ("waiting").

    What they run must not touch a document.
    """
    return ThreadPoolExecutor({"soon": 4, "waiting": 8}.get(of, 2), thread_name_prefix=f"connectarium-{of}")


def in_order(draw: Callable[[], Any]) -> None:
    """Draw, so that the page hears of all of it in the order in which it was done.

    Bokeh sends what changed in a figure when the callback is over; Panel sends what changed in a layout by itself, at
    once or, while the socket is busy, a little later. Then news of a figure overtakes the layout that brings it, and
    the browser knows of no such figure. Held together, both go in one message.

    From the moment a browser has taken the document until it says that it is ready, Panel drops what changes in a
    layout, as if the browser were still to take it. Until then we wait.
    """
    document = pn.state.curdoc
    if is_on_its_way(document):
        _when_ready(document, draw)
    else:
        _together(draw)


def _together(draw: Callable[[], Any]) -> None:
    with pn.io.unlocked(policy="collect"):
        draw()


def is_on_its_way(document: Document | None) -> bool:
    """Whether a browser is connected, but has not drawn the page yet."""
    session = getattr(document and document.session_context, "session", None)
    return session is not None and session.connection_count > 0 and not pn.state.loaded


def _when_ready(document: Document, draw: Callable[[], Any]) -> None:
    """Not `pn.state.onload`, which holds the session until the page is ready: some never are."""
    waiting = [draw]  # emptied: the document keeps the callback

    def ready(_: Any) -> None:
        while waiting:
            document.add_next_tick_callback(partial(_together, waiting.pop()))

    document.on_event("document_ready", ready)


def soon(draw: Callable[[], Any]) -> None:
    """Draw with the document's lock held. Panel calls what watches a widget without it, and then Bokeh refuses a change
    of its models (ecosystem 0.6)."""
    document = pn.state.curdoc
    if document is None or document.session_context is None:
        draw()
    else:
        document.add_next_tick_callback(partial(in_order, draw))


class Background:
    """One visitor's slow work. Of several requests with one name, only the running and the newest are ever done.

    `then(result)` and `fault(Invalid)` run on the visitor's document with its lock held, so they may change figures.
    Without a document (a test, a notebook) the work is done at once. With one it begins when the event loop is free
    again: a page is built on the loop, and work on a large connectome beside it would make everybody wait for longer.
    """

    def __init__(self, document: Document | None):
        self.document = document
        self.closed = False
        self._loop = None if document is None else _running_loop()
        self._is_held = document is not None and self._loop is not None
        self._running: dict[str, Future] = {}
        self._waiting: dict[str, tuple[Work, Then, Then | None, str]] = {}
        if document is not None and self._is_held:
            document.add_next_tick_callback(self._release)

    def latest(
        self, name: str, work: Work, then: Then, fault: Then | None = None, soon: bool = False, waits: bool = False
    ) -> None:
        """Do `work()`; an earlier request with this name that has not begun is dropped.

        `soon` is for short work that somebody waits for with a slider in hand, `waits` for work done elsewhere.
        """
        if self.closed:
            return
        if self.document is None:
            self._deliver(_outcome(work), then, fault)
            return
        self._waiting[name] = (work, then, fault, "soon" if soon else "waiting" if waits else "")
        if name not in self._running and not self._is_held:
            self._begin(name)

    def close(self) -> None:
        """Nothing is delivered any more, and what has not begun is never done: others wait for the same threads."""
        self.closed = True
        self._waiting.clear()
        for future in list(self._running.values()):
            future.cancel()

    def _release(self) -> None:
        self._is_held = False
        for name in list(self._waiting):
            self._begin(name)

    def _begin(self, name: str) -> None:
        work, then, fault, of = self._waiting.pop(name)
        self._running[name] = future = workers(of).submit(_outcome, work)
        future.add_done_callback(partial(self._hand_over, name, then, fault))

    def _hand_over(self, name: str, then: Then, fault: Then | None, done: Future) -> None:
        """Called on a worker thread, which must not even call `add_next_tick_callback`: Panel holds a document's events
        back now and then and sends them later by a list that is read, then emptied (bokeh/document/callbacks.py); a
        callback added between the two is lost, and its name would be taken for ever. So the event loop adds it."""
        if self.closed or done.cancelled():
            return
        deliver = partial(self._schedule, partial(self._finish, name, done.result(), then, fault))
        if self._loop is None:
            deliver()
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(deliver)

    def _schedule(self, finish: Callable[[], None]) -> None:
        if not self.closed and self.document is not None:
            self.document.add_next_tick_callback(finish)

    def _finish(self, name: str, outcome: Any, then: Then, fault: Then | None) -> None:
        self._running.pop(name, None)
        if name in self._waiting:
            self._begin(name)
        if not self.closed:
            in_order(partial(self._deliver, outcome, then, fault))

    def _deliver(self, outcome: Any, then: Then, fault: Then | None) -> None:
        if not isinstance(outcome, Invalid):
            then(outcome)
        elif fault is not None:
            fault(outcome)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    """The event loop that serves the document; a test has none."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _outcome(work: Work) -> Any:
    """The result, or the fault as one sentence: a bug in the engine must not silence a page."""
    try:
        return work()
    except Invalid as fault:
        return fault
    except BaseException as error:  # also what ends a thread: its name must become free
        log.exception("The work of a page failed.")
        return Invalid(f"This could not be computed ({type(error).__name__}). The log of the server has the details.")
