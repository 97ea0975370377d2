"""The transport: start, pause, step, reset and stop, and how far the run has come."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import panel as pn
import panel_material_ui as pmui
import param

from app import look
from app.background import soon
from app.runs import executor, reader, store
from app.session import CHECKING, Session, judged
from app.views import readout
from app.views.visitor import Visitor
from app.views.watching import Watching
from engine.component import Component, Invalid
from engine.experiments.forecast import gigabytes
from engine.experiments.run import Run

WITHOUT_YOU = {"running": "goes on without you", "paused": "stays paused", "queued": "still waits for a free place"}
ACTIVE = tuple(WITHOUT_YOU)
RESUMABLE = ("stopped", "failed", "lost")
REFUSED_SX = {"&.Mui-disabled": {"pointerEvents": "auto !important", "cursor": "not-allowed"}}
IN_TWO_LINES_IF_NARROW = {
    "@media (max-width: 1140px)": {
        "fontSize": "11px", "lineHeight": 1.2, "whiteSpace": "normal", "width": "70px", "px": 0,
        "& .MuiButton-startIcon": {"display": "none"},
    }
}  # fmt: skip
ICON_SX = {"minWidth": "34px", "px": "6px", **REFUSED_SX}


@dataclass(frozen=True)
class Offer:
    """Whether a control can be used now, and what it would do or why it cannot."""

    enabled: bool
    says: str


def offers(state: str, title: str = "", reason: str = "", busy: bool = False) -> dict[str, Offer]:
    """What each control offers in a state of the run on show; `reason` says why nothing could be started."""
    active, name = state in ACTIVE, title or "this run"
    start = Offer(True, "Start a new run of the form (Space)")
    if active:
        start = Offer(False, f"Start is free again when {name} has ended or was put aside")
    elif reason:
        start = Offer(False, f"Start is not possible: {reason}")
    pause = {
        "running": Offer(True, "Pause (Space)"),
        "paused": Offer(True, "Resume (Space)"),
        "queued": Offer(False, "Pause: it still waits for a free place"),
    }.get(state, Offer(False, "Pause: nothing is training"))
    step = Offer(
        start.enabled, "Step: train once, then wait (→)" if start.enabled else f"Step is not possible: {reason}"
    )
    if state in RESUMABLE:
        pause = Offer(True, f"Resume {name} from its last checkpoint")
    if state in ("running", "paused", *RESUMABLE):
        step = Offer(True, "Step: train once, then wait (→)")
    elif state in ("queued", "done"):
        step = Offer(False, f"Step: {name} " + ("still waits for a free place" if active else "is complete"))
    offered = {
        "start": start,
        "pause": pause,
        "step": step,
        "reset": Offer(bool(state), "Reset: back to the untrained network; the run is kept (R)"),
        "stop": Offer(active, "Stop, and keep a checkpoint" if active else "Stop: nothing is training"),
    }
    wait = "One moment, the last request is on its way"
    return {name: Offer(False, wait) for name in offered} if busy else offered


class Transport(pn.viewable.Viewer):
    """Stands at the top left of the page. `help` fires when the visitor asks for it with "?"."""

    help = param.Event()
    busy = param.Boolean(default=False, doc="A request is on its way.")

    def __init__(self, session: Session):
        super().__init__()
        self.session = session
        self.watching = Watching(session, census=True)
        self.visitor = Visitor(keys=True)
        self.visitor.on_msg(lambda event: soon(lambda: self.press(event.data)))
        self.start = pmui.Button(
            label="Start", icon="play_arrow", color="primary", size="small", margin=(0, 6, 0, 0), sx=REFUSED_SX
        )
        self.pause = self._icon("pause", "Pause")
        self.step = self._icon("skip_next", "Step")
        self.reset = self._icon("restart_alt", "Reset")
        self.stop = self._icon("stop", "Stop")
        self.readout = pn.pane.HTML(
            "", stylesheets=[look.stylesheet(), readout.CSS], margin=(0, 0, 0, 10), width=255, height=38
        )
        self.other = pmui.Button(
            label="", variant="text", size="small", margin=(0, 0, 0, 6), visible=False, icon="visibility",
            sx=IN_TWO_LINES_IF_NARROW,
        )  # fmt: skip
        self._wire()
        self._show()

    def __panel__(self) -> Any:
        buttons = (self.start, self.pause, self.step, self.reset, self.stop)
        return pmui.Row(*buttons, self.readout, self.other, self.visitor, margin=0, styles={"align-items": "center"})

    def press(self, what: str) -> None:
        """Do what a key or a button means, if it can be done now."""
        if what == "help":
            self.param.trigger("help")
            return
        state = self.watching.state
        control = what
        if what == "run":
            control = "pause" if state in ACTIVE or (state in RESUMABLE and not self._differs) else "start"
        offer = self.offers()[control]
        if not offer.enabled:
            self.session.notice = offer.says
            return
        {"start": self._start, "pause": self._toggle, "step": self._step, "reset": self._reset, "stop": self._stop}[
            control
        ]()

    def offers(self) -> dict[str, Offer]:
        """What the controls offer now."""
        return offers(self.watching.state, self.watching.title, self.session.refusal, self.busy)

    @property
    def _differs(self) -> bool:
        return self.watching.asked is not None and self.watching.asked != self.session.experiment

    def _icon(self, icon: str, label: str) -> pmui.IconButton:
        return pmui.Button(
            icon=icon, icon_size="20px", label="", description=label, color="default", variant="text", size="small",
            margin=0, sx=ICON_SX,
        )  # fmt: skip

    def _wire(self) -> None:
        for what in ("start", "pause", "step", "reset", "stop"):
            getattr(self, what).on_click(lambda _, what=what: soon(lambda: self.press(what)))
        self.other.on_click(lambda _: soon(self._open_other))
        self.session.param.watch(self._show, ["startable", "problem", "messages", "run", "experiment", "forecast"])
        self.watching.param.watch(self._show, ["sight", "fault", "title", "asked", "census"])
        self.param.watch(self._show, "busy")
        self.visitor.param.watch(self._rest, "hidden")

    def _rest(self, event: Any) -> None:
        self.watching.paused = event.new

    # what the controls do

    def _start(self) -> None:
        experiment = self.session.experiment
        self._ask(lambda: begun(experiment), self._begun)

    def _begun(self, run: Run) -> None:
        self.session.run = run.id

    def _toggle(self) -> None:
        run, state = self.watching.run, self.watching.state
        if state in RESUMABLE:
            self._ask(lambda: executor().resume(run))
        else:
            self._ask(lambda: run.request("pause" if state == "running" else "resume"))

    def _step(self) -> None:
        run, state, experiment = self.watching.run, self.watching.state, self.session.experiment
        if state in ("running", "paused"):
            self._ask(lambda: run.request("step"))
        elif state in RESUMABLE:
            self._ask(lambda: resumed_for_a_step(run))
        else:
            self._ask(lambda: resumed_for_a_step(begun(experiment), resume=False), self._begun)

    def _stop(self) -> None:
        run = self.watching.run
        self._ask(lambda: run.request("stop"))

    def _reset(self) -> None:
        if (state := self.watching.state) in ACTIVE:
            self.session.notice = f"{self.watching.title} {WITHOUT_YOU[state]}; Runs shows it."
        self.session.run = None

    def _ask(self, work: Callable[[], Any], then: Callable[[Any], None] | None = None) -> None:
        """One request at a time, off the event loop."""
        self.busy = True

        def done(result: Any) -> None:
            self.busy = False
            reader().hurry()
            if then is not None:
                then(result)

        def refused(fault: Invalid) -> None:
            self.busy = False
            self.session.notice = str(fault)

        self.session.background.latest("transport", work, done, refused, soon=True)

    def _open_other(self) -> None:
        active = sorted((s for s in self.watching.census if s.state in ACTIVE), key=lambda s: ACTIVE.index(s.state))
        if active:
            self.session.run = active[0].id

    # what is shown

    def _show(self, *_: Any) -> None:
        state, offered = self.watching.state, self.offers()
        for what, offer in offered.items():
            getattr(self, what).param.update(disabled=not offer.enabled, description=offer.says)
        resumes = state in ("paused", *RESUMABLE)
        self.pause.icon = "play_circle" if resumes else "pause"
        self.readout.object = readout.readout(
            state, self.watching.title, self.watching.sight, self.watching.fault, self._forecast(), self._reason()
        )
        self._show_other()

    def _reason(self) -> str:
        """Why Start is disabled, unless a run is at work, which is reason enough."""
        refusal = self.session.refusal
        return (
            f"Start is not possible: {refusal}"
            if refusal not in ("", CHECKING) and self.watching.state not in ACTIVE
            else ""
        )

    def _forecast(self) -> str:
        """What a start would take, and what is free."""
        need, running = self.session.forecast, sum(s.state == "running" for s in self.watching.census)
        if need is None:
            return "The experiment is being checked …"
        places = executor().limit
        free = f"{max(0, places - running)} of {places} places free"
        return f"{need.units:,} units · {gigabytes(need.memory_bytes)} GB · {free}"

    def _show_other(self) -> None:
        label = readout.others(Counter(s.state for s in self.watching.census))
        self.other.param.update(label=f"{label} · open", visible=bool(label) and not self.session.run)


def begun(experiment: Component) -> Run:
    """The experiment as a new run in the store, about to train. Raises Invalid if it cannot be started or kept."""
    judged(experiment)
    run = store().create(experiment)
    executor().start(run)
    return run


def resumed_for_a_step(run: Run, resume: bool = True) -> Run:
    """The run goes on by one step and pauses."""
    if resume:
        executor().resume(run)
    run.request("step")
    return run
