"""How a paper is run: sizes and seeds, and the buttons Run, Go on and Stop."""

from collections.abc import Callable
from functools import partial
from typing import Any

import panel_material_ui as pmui

from app import look
from app.export import FIELD_SX
from app.papers import Result, desk
from app.session import Session
from engine.component import Invalid
from engine.experiments.papers.conduct import folder_of
from engine.experiments.papers.paper import Paper, Scale

MOST_SEEDS = 256
BEGUN = ("begun", "running", "stopped", "failed")
DONE = "All parts of this are done; another first seed makes an independent run."
PAPERS_OWN = "The paper's own"
MOST_LETTERS = 60


def own_data(one: Paper) -> dict[str, tuple[tuple[str, str], ...]]:
    """What can take the place of the paper's data, by what it is called on the page. Reads files: slow."""
    return {
        f"{own.what}: {title[:MOST_LETTERS]}": ((own.what, id),) for own in one.takes for id, title in own.choices()
    }


def _named(own: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(f"{what}: {name}" for what, name in own) or PAPERS_OWN


def _takes(one: Paper) -> str:
    return " ".join(own.about for own in one.takes)


class PaperRun:
    """The fields say which seeds; one button begins or goes on, the other one stops. `asked` is called after each."""

    def __init__(self, session: Session, asked: Callable[[], None]):
        self.session, self._asked = session, asked
        self.paper: Paper | None = None
        self.forecast: tuple[tuple[str, Scale], float] | None = None  # of what was asked for last
        self.started = ""  # the folder in which a run was just begun
        self._running: Result | None = None
        box = {"size": "small", "margin": (10, 8, 0, 0), "sx": FIELD_SX}
        self.seeds = pmui.IntInput(label="Seeds (0: as the recipe)", value=0, start=0, end=MOST_SEEDS, width=158, **box)
        self.first = pmui.IntInput(label="First seed", value=0, start=0, width=92, **box)
        self.full = pmui.Switch(label="Published sizes", value=False, size="small", margin=(10, 8, 0, 0))
        self.own = pmui.Select(label="Data", options={PAPERS_OWN: ()}, value=(), visible=False, width=170, **box)
        for field in (self.seeds, self.first, self.full, self.own):
            field.param.watch(lambda _: self._asked(), "value")
        self.go = pmui.Button(label="Run", icon="play_arrow", variant="contained", size="small", margin=(8, 6, 0, 0))
        self.go.on_click(lambda _: self._go())
        self.stop = pmui.Button(
            label="Stop", icon="stop", variant="outlined", size="small", margin=(8, 0, 0, 0), disabled=True,
            description="Stop at the next step; what is done stays done",
        )  # fmt: skip
        self.stop.on_click(lambda _: self._stop())
        self.why = look.note("", margin=(8, 0, 0, 0))
        self.controls = (self.own, self.seeds, self.first, self.full, self.go, self.stop, self.why)

    @property
    def scale(self) -> Scale:
        """What the fields ask for."""
        return Scale(self.full.value, self.seeds.value or None, self.first.value or 0, self.own.value or ())

    def about(self, one: Paper, result: Result | None) -> None:
        """The paper, and the result whose seeds the fields show."""
        self.paper = one
        self.own.param.update(options={PAPERS_OWN: ()}, value=(), visible=bool(one.takes), description=_takes(one))
        self.take(result)
        self.session.background.latest("paper own", partial(own_data, one), partial(self._offer, one), self._refuse)

    def take(self, result: Result | None) -> None:
        """The fields show the seeds of a result of this machine; those of a shipped one are the recipe's own."""
        scale = Scale() if result is None or result.is_shipped else result.scale
        self.full.value, self.seeds.value, self.first.value = scale.full, scale.seeds or 0, scale.first_seed
        if scale.own not in self.own.options.values():
            self.own.options = {**self.own.options, _named(scale.own): scale.own}
        self.own.value = scale.own

    def show(self, census: tuple[Result, ...], of: tuple[Result, ...]) -> None:
        """Which buttons can be pressed, and why not."""
        folder = folder_of(self.paper, self.scale)
        here = next((result for result in of if result.folder == folder), None)
        self._running = next((result for result in census if result.state == "running"), None)
        is_done = here is not None and here.state == "done"
        self.go.label = (
            "Go on" if here is not None and here.state in ("stopped", "failed", "begun", "running") else "Run"
        )
        self.go.disabled = is_done or self._running is not None
        self.stop.disabled = self._running is None or self._running.paper.name != self.paper.name
        said = f"One paper runs at a time: {self._running.paper.name} is running." if self._is_elsewhere else ""
        said = said or (DONE if is_done else self._forecast())
        if said != self.why.object:
            self.why.object = said

    def _forecast(self) -> str:
        """How long what is asked for will take, once that is known."""
        if self.forecast is None or self.forecast[0] != (self.paper.name, self.scale):
            return ""
        return f"About {look.duration(self.forecast[1])} on two cores."

    def _offer(self, one: Paper, found: dict[str, tuple[tuple[str, str], ...]]) -> None:
        """The user's own data that there are; one that is chosen stays."""
        if one is self.paper:
            kept = {_named(self.own.value): self.own.value} if self.own.value else {}
            self.own.param.update(options={PAPERS_OWN: (), **kept, **found}, value=self.own.value)

    @property
    def _is_elsewhere(self) -> bool:
        return self._running is not None and self._running.paper.name != self.paper.name

    def _go(self) -> None:
        one, scale = self.paper, self.scale
        self.go.disabled = True

        def begun(_: Any) -> None:
            self.started = str(folder_of(one, scale))
            self._asked()

        work = partial(desk().start, one, scale)
        self.session.background.latest("paper start", work, begun, self._refuse, waits=True)

    def _stop(self) -> None:
        running = self._running
        if running is not None:
            self.stop.disabled = True
            work = partial(desk().stop, running)
            self.session.background.latest("paper stop", work, lambda _: self._asked(), self._refuse)

    def _refuse(self, fault: Invalid) -> None:
        self.why.object = look.escaped(str(fault))
