"""At the weight of an objective: up to which weight the task is still learned, found by short trainings on trial."""

import threading
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import panel as pn
import panel_material_ui as pmui

from app import look
from app.clock import every
from app.runs import store
from app.session import Session
from engine.component import Component, Invalid
from engine.experiments.searching import Searching

POLL_MS = 500


class WeightRange(pn.viewable.Viewer):
    """A button that starts the search, how it stands, a button that ends it, and the range; `name` is the objective's
    name in the experiment. What was found is taken away when anything but this weight changes."""

    def __init__(self, session: Session, address: str, name: Callable[[], str]):
        super().__init__()
        self.session, self.address, self._named = session, f"{address}.weight", name
        self.searching: Searching | None = None
        self._of: Component | None = None
        self._stop: Callable[[], None] = lambda: None
        plain = {"variant": "text", "size": "small", "margin": (0, 0, 2, 2)}
        self.find = pmui.Button(label="Find range", icon="straighten", **plain)
        self.find.on_click(lambda _: self.search())
        self.cancel = pmui.Button(label="Cancel", icon="close", visible=False, **plain)
        self.cancel.on_click(lambda _: self.end())
        self.said = look.note("", margin=(0, 6, 0, 4), align="center")
        self.layout = pn.Row(self.find, self.cancel, self.said, sizing_mode="stretch_width", margin=0,
                             styles={"align-items": "center"})  # fmt: skip
        self._is_heard = False  # when the visitor leaves

    def __panel__(self) -> Any:
        return self.layout

    def search(self) -> None:
        """Short trainings of the form begin, in a process of their own, unless they are under way."""
        if self.searching is not None:
            return
        self._of = self._apart()
        if self.session.document is not None and not self._is_heard:
            self._is_heard = True
            self.session.document.on_session_destroyed(lambda _: self.end())
        self.searching = searching = Searching(self.session.experiment, self._named(), str(store().path))
        self.find.visible, self.cancel.visible = False, True
        self.said.object = "Training on trial …"
        self._stop = every(self.session, POLL_MS, self._tell)
        found = partial(_alone, searching)
        self.session.background.latest(f"range {self.address}", found, self._take, self._refuse, waits=True)

    def end(self) -> None:
        """What is under way ends."""
        if self.searching is not None:
            self.searching.close()

    def _take(self, found: dict[str, Any]) -> None:
        self._rest(range_said(found) if found else "")

    def _refuse(self, fault: Invalid) -> None:
        self._rest(look.escaped(str(fault)))

    def _rest(self, said: str) -> None:
        self._stop()
        self.searching = None
        self.find.visible, self.cancel.visible = True, False
        self.said.object = said if self._of == self._apart() else ""

    def _tell(self) -> None:
        if self.searching is not None and self.searching.now.get("weights"):
            self.said.object = progress_said(self.searching.now)

    def follow(self) -> None:
        """The form has changed."""
        if self.searching is None and self._of is not None and self._of != self._apart():
            self._of, self.said.object = None, ""

    def _apart(self) -> Component | None:
        """The form but for this weight; None while its objective is gone."""
        try:
            return self.session.experiment.with_value(self.address, 1.0)
        except Invalid:
            return None


def _alone(searching: Searching) -> dict[str, Any]:
    """What it finds. Raises Invalid while another one of this server is under way: they would slow each other down."""
    if not _turn().acquire(blocking=False):
        raise Invalid("One search runs at a time, and another is under way; wait until it is over, or cancel it.")
    try:
        return searching.found()
    finally:
        _turn().release()


@cache
def _turn() -> threading.Lock:
    return threading.Lock()


def progress_said(now: dict[str, Any]) -> str:
    """Which training it is, and what is known already."""
    known = f", solved at {look.number(now['solved'])}" if now["solved"] else ""
    known += f", fails at {look.number(now['fails'])}" if now["fails"] else ""
    low, high = now["weights"][0], now["weights"][-1]
    part = look.percent(now["step"] / max(1, now["steps"]))
    return f"Training {now['round']}, weights {look.number(low)} to {look.number(high)}: {part}{known}"


def range_said(found: dict[str, Any]) -> str:
    """The range, and what it rests on."""
    tried = "; ".join(f"{weight}: {look.percent(accuracy)}" for weight, accuracy in found["accuracy"].items())
    about = f"Accuracy by weight: {tried}. Below {look.percent(found['threshold'])} counts as failed."
    said = f"<b>0 to {look.number(found['upper'])}</b>, evenly spaced: accuracy begins to fail half way, at about "
    return f'<span title="{look.escaped(about)}">{said}{look.number(found["limit"])}.</span>'
