"""What a sweep asks for: one or two parameters with their values, and how many networks a point has."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import panel as pn
import panel_material_ui as pmui

from app import look
from app.control import words
from app.number_controls import typed
from app.session import Session
from app.sweeps import forecast_s
from engine.component import Invalid
from engine.experiments.experiment import Experiment
from engine.experiments.names import task_of, wiring_of
from engine.experiments.sweep import MOST_SEEDS, Axis, Sweep, grid_of, said, told_apart
from engine.experiments.sweep_folder import SweepFolder
from engine.experiments.sweepable import Sweepable, sweepable

NONE = ""
NETWORKS = "Networks per point"
FIRST = ("training.objectives.0.weight", "training.optimiser.learning_rate")
SHOWN = 12  # values that are listed below a box
HOW = "Values with commas between, or a range: lin:FROM:TO:POINTS for even steps, log:FROM:TO:POINTS for equal ratios."


class AxisBox:
    """A parameter and the values that it takes; `changed` is called when either is another one."""

    def __init__(self, label: str, optional: bool, changed: Callable[[], None]):
        self._optional, self._changed = optional, changed
        self._known: dict[str, Sweepable] = {}
        self.address = pmui.Select(
            label=label, groups={}, searchable=True, size="small", sizing_mode="stretch_width", margin=(10, 0, 2, 0)
        )
        self.help = look.note("", margin=(0, 2))
        named = "Second values" if optional else "Values"
        self.values = pmui.TextInput(
            label=named, description=HOW, size="small", sizing_mode="stretch_width", margin=(8, 0, 2, 0)
        )
        self.list = look.note("", margin=(0, 2))
        self.address.param.watch(lambda _: self._propose(), "value")
        self.values.param.watch(lambda _: changed(), "value")
        self.layout = pn.Column(self.address, self.help, self.values, self.list, margin=0, sizing_mode="stretch_width")

    def offer(self, found: tuple[Sweepable, ...], chosen: str) -> None:
        """These parameters can be swept; what was chosen stays, with its values."""
        self._known = {one.address: one for one in found}
        groups: dict[str, dict[str, str]] = {"": {"none": NONE}} if self._optional else {}
        for one in found:
            groups.setdefault(words(one.address.split(".")[0]), {})[one.address] = one.address
        value = self.address.value if self.address.value in self._known else chosen
        if groups != self.address.groups:
            self.address.param.update(groups=groups, value=value)
        elif value != self.address.value:
            self.address.value = value
        if not self.values.value:
            self._propose()

    def axis(self) -> Axis | None:
        """What is asked for; None if no parameter is chosen. Raises Invalid with one sentence."""
        if not self.address.value:
            return None
        text = (self.values.value or "").strip()
        if not text:
            raise Invalid("Give the values that it takes.")
        return Axis(address=self.address.value, grid=grid_of(text))

    def tell(self, experiment: Experiment) -> None:
        """The values as they will be, or what is wrong with them."""
        try:
            axis = self.axis()
            values = told_apart(axis.values(experiment)) if axis is not None else ()
            text = ", ".join(values[:SHOWN]) + (f" … ({len(values)})" if len(values) > SHOWN else "")
            self.list.object = look.escaped(text)
        except Invalid as fault:
            self.list.object = _wrong(str(fault))

    def _propose(self) -> None:
        one = self._known.get(self.address.value or NONE)
        self.values.visible = self.list.visible = self.help.visible = one is not None
        if one is not None:
            now = look.escaped(said(one.parameter.value))
            self.help.object = f"{look.escaped(one.parameter.help)} Now: <b>{now}</b>."
            if self.values.value != one.proposed:
                self.values.value = one.proposed
                return  # which has told that it changed
        self._changed()


class SweepForm(pn.viewable.Viewer):
    """The form on the left of the dialog: `start(sweep)` is called with what is asked for."""

    def __init__(self, session: Session, start: Callable[[Sweep], None]):
        super().__init__()
        self.session, self._start = session, start
        self.sweep: Sweep | None = None
        self.busy = ""  # why nothing can be started now
        self._asked: Sweep | None = None  # what is planned: an answer on anything else comes too late
        self._refused = ""  # why the last one could not begin, until something else is asked for
        self._forecast: tuple[Sweep, float] | None = None
        self.about = look.note("", margin=(0, 2, 4, 2))
        self.axes = (AxisBox("Parameter", False, self._follow), AxisBox("Second parameter", True, self._follow))
        self.seeds = pmui.TextInput(
            label=NETWORKS, value="3", size="small", width=140, margin=(12, 0, 4, 0),
            description="Each begins with other weights; the same ones at every point, on the same trials. "
            f"Usual are 1 to 10; at most {MOST_SEEDS}.",
        )  # fmt: skip
        self.seeds.param.watch(lambda _: self._follow(), "value")
        self.plan = look.note("", margin=(4, 2, 2, 2))
        self.ask = _button("Forecast", "timer", "text", self._probe)
        self.go = _button("Start", "play_arrow", "contained", lambda: self.sweep and self._start(self.sweep))
        self.told = look.text("", "paper-state", margin=(6, 2))
        buttons = pn.Row(self.go, self.ask, margin=(6, 0, 0, 0))
        self.layout = pn.Column(
            self.about, self.axes[0].layout, self.axes[1].layout, self.seeds, self.plan, buttons, self.told,
            sizing_mode="stretch_width", margin=0,
        )  # fmt: skip

    def __panel__(self) -> Any:
        return self.layout

    def take_experiment(self) -> None:
        """The form of the page is what is swept; what it offers may have changed."""
        experiment = self.session.experiment
        found = sweepable(experiment)
        known = {one.address for one in found}
        self.about.object = (
            f"What stands in the form: <b>{look.escaped(wiring_of(experiment))}</b>, "
            f"<b>{look.escaped(task_of(experiment))}</b>, {look.counted(experiment.training.all_steps, 'step')}."
        )
        self.axes[0].offer(found, next((a for a in FIRST if a in known), found[0].address))
        self.axes[1].offer(found, NONE)
        self._follow()

    def block(self, why: str) -> None:
        """Say why nothing can be started now; '' if it can."""
        if why != self.busy:
            self.busy = why
            self._plan()

    def refuse_start(self, fault: Invalid) -> None:
        """Say why it could not begin; the plan stays."""
        self._refused, self.busy = str(fault), ""
        self._plan()

    def _follow(self) -> None:
        """Something else is asked for."""
        self._refused = ""
        self._plan()

    def _plan(self) -> None:
        """Plan what is asked for, off the event loop."""
        self.sweep = self._asked = None
        self.go.disabled = self.ask.disabled = True
        experiment = self.session.experiment
        for box in self.axes:
            box.tell(experiment)
        try:
            chosen = [axis for box in self.axes if (axis := box.axis()) is not None]
            asked = {"experiment": experiment, "axes": tuple(chosen), "seeds": _networks(self.seeds.value)}
            sweep = Sweep.read(asked)
        except Invalid as fault:
            self._refuse(None, fault)
            return
        self._asked = sweep
        refuse = partial(self._refuse, sweep)
        self.session.background.latest("sweep plan", partial(_planned, sweep), self._take, refuse)

    def _take(self, made: tuple[Sweep, str]) -> None:
        if made[0] is not self._asked:
            return
        self.sweep, self.plan.object = made
        self.go.disabled, self.ask.disabled = bool(self.busy), False
        self._tell()

    def _probe(self) -> None:
        sweep = self.sweep
        if sweep is None:
            return
        self.ask.disabled = True
        self.told.object = "Two seconds of training on trial …"
        refuse = partial(self._refuse, sweep)
        self.session.background.latest(
            "sweep forecast", lambda: (sweep, forecast_s(sweep)), self._forecast_made, refuse, waits=True
        )

    def _forecast_made(self, made: tuple[Sweep, float]) -> None:
        self._forecast, self.ask.disabled = made, self.sweep is None
        self._tell()

    def _tell(self) -> None:
        """Why nothing can be started, else why the last could not, else how long it takes if that is known."""
        self.told.object = look.escaped(self.busy)
        if self._refused and not self.busy:
            self.told.object = _wrong(self._refused)
        elif self._forecast is not None and self._forecast[0] == self.sweep and not self.busy:
            self.told.object = f"About <b>{look.duration(self._forecast[1])}</b> on this machine as it is now."

    def _refuse(self, of: Sweep | None, fault: Invalid) -> None:
        """Say why it cannot be, if that is what is asked for."""
        if of is self._asked:
            self.ask.disabled = self.sweep is None
            self.plan.object, self.told.object = _wrong(str(fault)), ""


def _networks(text: str) -> int:
    """How many networks a point has. Raises Invalid with one sentence."""
    if not text.strip():
        raise Invalid(f"{NETWORKS}: give how many.")
    try:
        return Sweep().with_value("seeds", typed(text)).seeds
    except Invalid as fault:
        raise Invalid(str(fault).replace("seeds", NETWORKS, 1)) from None


def _planned(sweep: Sweep) -> tuple[Sweep, str]:
    groups = SweepFolder(Path(), sweep).groups
    points = sum(len(group.points) for group in groups)
    runs = look.counted(len(groups), "run")
    together = "all in one population" if len(groups) == 1 and points > 1 else f"in {runs}"
    networks = look.counted(points * sweep.seeds, "network")
    return sweep, f"{look.counted(points, 'point')} × {sweep.seeds} = {networks}, {together}."


def _wrong(sentence: str) -> str:
    return f"<span style='color:{look.FAULT}'>{look.escaped(sentence)}</span>"


def _button(label: str, icon: str, variant: str, act: Callable[[], None]) -> pmui.Button:
    made = pmui.Button(label=label, icon=icon, variant=variant, size="small", margin=(0, 6, 0, 0))
    made.on_click(lambda _: act())
    return made
