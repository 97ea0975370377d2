"""Before Start: how long the form would train here and how much memory it takes; and what fits into some minutes."""

import threading
from collections.abc import Callable
from functools import cache
from typing import Any

import panel as pn
import panel_material_ui as pmui

from app import look
from app.runs import store
from app.session import Session
from engine.component import Component, Invalid
from engine.experiments.forecast import gigabytes
from engine.experiments.minutes import Change, fitted
from engine.experiments.outlook import Outlook
from engine.experiments.probing import Probing

MINUTES_SX = {
    "& .MuiInputBase-input": {"fontSize": "12px", "px": "4px !important", "textAlign": "center"},
    "& .MuiInputAdornment-root": {"display": "none"},  # one more or less is not worth the room; arrow keys do it
}
BUSY = 0.8  # below, others have so much of the core that it is worth telling
WORDS = {
    "training.evaluate_every": "evaluate every", "training.wall_time_s": "stop after (s)", "seeds.networks": "networks",
    "training.batch": "batch", "training.steps": "steps",
}  # fmt: skip
PARTS = {
    "start": "beginning",
    "steps": "steps",
    "evaluations": "evaluations",
    "pruning": "pruning",
    "readouts": "readouts",
}


class ForecastCard(pn.viewable.Viewer):
    """A button that trains the form on trial for two seconds, what it told, and what fits best into some minutes."""

    def __init__(self, session: Session):
        super().__init__()
        self.session = session
        self.found: tuple[Component, Outlook] | None = None
        self.proposed: tuple[Change, ...] = ()
        self.ask = _button("Forecast", "timer", self.probe)
        self.said = look.note("", margin=(0, 0, 0, 6), align="center")
        self.minutes = pmui.FloatInput(
            value=2, start=0.1, end=10_000, step=1, width=58, size="small", variant="standard", margin=(0, 2),
            sx=MINUTES_SX, label="",
        )  # fmt: skip
        self.minutes.param.watch(lambda _: self._propose(), "value")
        self.proposal = look.note("", margin=(0, 4, 0, 6), align="center")
        self.apply = _button("Apply", "done", self.take)
        best = look.note("Best in", margin=(0, 0, 0, 6), align="center", sizing_mode=None, width=42)
        unit = look.note("min:", margin=0, align="center", sizing_mode=None, width=26)
        self._fit = pn.Row(
            best, self.minutes, unit, self.proposal, self.apply,
            visible=False, sizing_mode="stretch_width", margin=0, styles={"align-items": "center"},
        )  # fmt: skip
        top = pn.Row(self.ask, self.said, sizing_mode="stretch_width", margin=0, styles={"align-items": "center"})
        self.layout = pn.Column(top, self._fit, sizing_mode="stretch_width", margin=(2, 0, 0, 0))
        session.param.watch(lambda *_: self._follow(), ["experiment", "startable", "messages", "problem"])
        self._working = False
        self._follow()

    def __panel__(self) -> Any:
        return self.layout

    def probe(self) -> None:
        """Have the form trained on trial, in a process of its own."""
        experiment = self.session.experiment
        self._working = True
        self.ask.disabled = True
        self.said.object = "Two seconds of training on trial …"
        self.session.background.latest(
            "forecast", lambda: (experiment, outlook_of(experiment)), self._take, self._refuse, waits=True
        )

    def take(self) -> None:
        """The form becomes what fits, and is tried in turn."""
        values = {change.address: change.after for change in self.proposed}
        if values and self.session.change_all(values, alone=True):
            self.probe()

    def _take(self, made: tuple[Component, Outlook]) -> None:
        self.found, self._working = made, False
        self._follow()

    def _refuse(self, fault: Invalid) -> None:
        self._working, self.found = False, None
        self._follow()
        self.said.object = look.escaped(str(fault))

    def _follow(self) -> None:
        """What was told holds for the form as it was."""
        refusal = self.session.refusal
        self.ask.disabled = self._working or bool(refusal)
        if self._working:
            return
        current = self.found is not None and self.found[0] == self.session.experiment
        self._fit.visible = current
        if current:
            self.said.object = said(self.found[1])
            self._propose()
        else:
            changed = self.found is not None
            self.said.object = (
                "The form has changed since."
                if changed
                else "Two seconds on trial tell how long the form would train here, and in how much memory."
            )

    def _propose(self) -> None:
        if self.found is None or not self._fit.visible:
            return
        try:
            self.proposed = fitted(*self.found, self.minutes.value or 0)
            self.proposal.object = proposal_said(self.proposed)
        except Invalid as fault:
            self.proposed = ()
            self.proposal.object = look.escaped(str(fault))
        self.apply.visible = bool(self.proposed)


def said(found: Outlook) -> str:
    """Time, memory and the limits of the machine, in a line or two."""
    at_most = "at most " if found.may_end_sooner else ""
    parts = ", ".join(f"{PARTS[name]} {look.duration(s)}" for name, s in found.parts.items() if s >= 0.5)
    line = (
        f"<b>{at_most}{look.duration(found.seconds)}</b> ({look.duration(found.low)} – {look.duration(found.high)}) · "
        f"{gigabytes(found.memory_bytes)} GB of {gigabytes(found.free_bytes)} GB free · "
        f"{look.counted(found.threads, 'core')} of {found.cores}"
    )
    if found.busy < BUSY and found.threads == 1:
        line += f" · {look.duration(found.alone)} if nothing else ran here"
    if found.memory_bytes > found.free_bytes:
        line += " · <b>more memory than is free</b>"
    return f'<span title="{look.escaped(parts)}">{line}</span>'


def proposal_said(changes: tuple[Change, ...]) -> str:
    """What would change, each from what to what."""
    if not changes:
        return "as it is."
    told = [
        f"{_word(c.address)} {look.escaped(_value(c.before))} → <b>{look.escaped(_value(c.after))}</b>" for c in changes
    ]
    return " · ".join(told)


def _word(address: str) -> str:
    parts = address.split(".")
    if "stages" in parts:
        number = int(parts[parts.index("stages") + 1]) + 1
        return f"stage {number} {'rounds every' if parts[-1] == 'every' else parts[-1]}"
    return look.escaped(WORDS.get(address, " ".join(parts[1:]).replace("_", " ")))


def _value(value: Any) -> str:
    return "none" if value is None else look.number(float(value), 4)


def outlook_of(experiment: Component) -> Outlook:
    """One probe at a time in this process: two would slow each other down."""
    with _turn():
        return Probing().outlook(experiment, store=str(store().path))


@cache
def _turn() -> threading.Lock:
    return threading.Lock()


def _button(label: str, icon: str, act: Callable[[], None]) -> pmui.Button:
    made = pmui.Button(label=label, icon=icon, variant="text", size="small", margin=0)
    made.on_click(lambda _: act())
    return made
