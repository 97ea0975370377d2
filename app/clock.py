"""A visitor's own clock: what is asked again and again, until it is stopped or the visitor leaves."""

from collections.abc import Callable
from typing import Any

from app.background import in_order, is_on_its_way
from app.session import Session


def every(session: Session, ms: int, call: Callable[[], Any]) -> Callable[[], None]:
    """Call on this visitor's own clock, with the document's lock, until the visitor leaves; returns how to stop it.

    Never `pn.state.add_periodic_callback`: it marks every page of the process as busy at each tick (ecosystem 0.2).
    """
    document = session.document
    if document is None:
        return lambda: None

    def tick() -> None:
        if not is_on_its_way(document):  # the next tick is soon enough; kept ones would all come at once
            in_order(call)

    callback = document.add_periodic_callback(tick, ms)
    stopped: list[bool] = []

    def stop() -> None:
        if not stopped and not session.background.closed:
            stopped.append(True)
            document.remove_periodic_callback(callback)

    return stop


def while_open(session: Session, dialog: Any, ms: int, call: Callable[[], Any]) -> None:
    """Call so as long as the dialog is open."""
    stops: list[Callable[[], None]] = []

    def changed(event: Any) -> None:
        while stops:
            stops.pop()()
        if event.new:
            stops.append(every(session, ms, call))

    dialog.param.watch(changed, "open")
