"""The run on show, as one visitor follows it."""

from typing import Any

import param

from app.clock import every
from app.runs import GONE, reader, store
from app.session import Session
from engine.component import Component, Invalid, parameters
from engine.experiments.damage import touches_numbers
from engine.experiments.run import Run

TICK_MS = 300


class Watching(param.Parameterized):
    """Follows `session.run` on the visitor's own clock, with the document's lock held; views watch its parameters.

    The name and the experiment of the run are read once, off the event loop.
    """

    sight = param.Parameter(default=None, doc="The latest app.runs.Sight, or None.")
    fault = param.String(default="", doc="Why the run cannot be shown.")
    title = param.String(default="", doc="What the run is called.")
    asked = param.Parameter(default=None, doc="The experiment of the run, or None.")
    census = param.Parameter(default=(), doc="All runs of the store.")

    def __init__(self, session: Session, live: bool = False, census: bool = False):
        super().__init__()
        self.session = session
        self.live, self._wants_census = live, census
        self.paused = False
        self.run: Run | None = None
        session.param.watch(self._take_up, "run")
        self._take_up()
        every(session, TICK_MS, self.tick)

    def tick(self) -> None:
        """Look again. While `paused` (the page is out of view) the run is followed, but nothing is told or drawn."""
        if self._wants_census and not self.paused:
            self.census = reader().census() or ()
        if self.run is None:
            return
        sight = reader().look(self.run, self.live and not self.paused)
        if sight is not None and not self.paused and sight is not self.sight:
            self.sight = sight

    @property
    def short_name(self) -> str:
        """The last part of the title: the two words that tell runs apart."""
        return self.title.rpartition(" · ")[2]

    @property
    def state(self) -> str:
        """The state of the run; "damaged" if it cannot be read or what it came to is in doubt; "missing" or ""."""
        if self.run is None:
            return "missing" if self.fault else ""
        if self.sight is None:
            return "queued"
        if self.sight.status is None:
            return "missing" if self.sight.fault == GONE else "damaged"
        state = self.sight.status.state
        return "damaged" if state == "done" and touches_numbers(self.sight.damage) else state

    def _take_up(self, *_: Any) -> None:
        run_id = self.session.run
        self.run, fault = None, ""
        if run_id:
            try:
                self.run = store().run(run_id)
            except Invalid as error:
                fault = str(error)
        self.param.update(sight=None, asked=None, title=run_id or "", fault=fault)
        if self.run is not None:
            self.session.background.latest(f"read the run {id(self)}", self._reading(self.run), self._know, self._doubt)
            self.tick()

    def _reading(self, run: Run) -> Any:
        return lambda: (run, run.notes()["name"], run.experiment())

    def _know(self, read: tuple[Run, str, Component]) -> None:
        run, title, asked = read
        if run == self.run:
            self.param.update(title=title, asked=asked)

    def _doubt(self, fault: Invalid) -> None:
        self.fault = str(fault)


def differing(form: Component, asked: Component | None) -> tuple[str, ...]:
    """The addresses at which the form is no longer the experiment of the run; none without a run."""
    if asked is None or form == asked:
        return ()
    ours = {p.address: p.value for p in parameters(form)}
    theirs = {p.address: p.value for p in parameters(asked)}
    return tuple(a for a in dict.fromkeys((*ours, *theirs)) if ours.get(a, ...) != theirs.get(a, ...))
