"""One visit of the page: the experiment being built, the run being watched, and what is selected."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import param
from bokeh.document import Document

from app.background import Background, in_order
from app.shelf import Shelf, judged, wired
from engine.component import Component, Invalid, Parameter, parameters
from engine.connectomes.connectome import Connectome

__all__ = ["Selection", "Session", "Shelf", "judged", "wired"]

UNDO_DEPTH = 100
ONE_GESTURE_S = 1.0  # changes of one parameter that follow each other faster than this are undone together
CHECK_AFTER_MS = 200
CHECKING = "it is being checked."


@dataclass(frozen=True)
class Selection:
    """Units marked in every view, by index, and how they came to be chosen ("area V1", "unit AVAL")."""

    units: tuple[int, ...] = ()
    label: str = ""


class Session(param.Parameterized):
    """What one visitor sees. Views watch its parameters; nothing here is shared with another visitor.

    `experiment` is always complete and its fields are valid by themselves. `problem` tells why it cannot be started as
    a whole, or is None; `startable` is True only after the whole experiment was checked.
    """

    experiment = param.ClassSelector(class_=Component, allow_None=False)
    problem = param.ClassSelector(class_=Invalid, doc="Why the experiment as a whole cannot be started.")
    messages = param.Dict(default={}, doc="Refused values: address -> sentence.")
    startable = param.Boolean(default=False)
    forecast = param.Parameter(default=None, doc="The Forecast of the checked experiment, or None.")
    connectome = param.ClassSelector(class_=Connectome, doc="The last one that could be wired.")
    wired_for = param.ClassSelector(class_=Component, doc="The experiment that the connectome belongs to.")
    run = param.String(default=None, allow_None=True, doc="Id of the run on show.")
    sight = param.Parameter(default=None, doc="What is known of that run by now: an app.runs.Sight, or None.")
    asked = param.Parameter(default=None, doc="The experiment of that run, or None.")
    selection = param.ClassSelector(class_=Selection, default=Selection())
    notice = param.String(default="", doc="One sentence for the visitor; the shell shows it and empties it.")

    def __init__(
        self,
        experiment: Component,
        document: Document | None = None,
        wire: Callable[[Any], Connectome] | None = None,
        judge: Callable[[Any], Any] | None = None,
        **values: Any,
    ):
        super().__init__(experiment=experiment, **values)
        self.document = document
        self._wire = wire or wired
        self._judge_whole = judge or judged
        self.background = Background(document)
        self._listed: tuple[Any, tuple[Parameter, ...]] = (None, ())
        self._past: list[Component] = []
        self._future: list[Component] = []
        self._last_change = ("", 0.0)
        self._checks = 0
        self.param.watch(lambda _: self.check(), "experiment")  # the first to hear: it is wired while the forms follow
        self.check()

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Every parameter of the experiment as it is now."""
        if self._listed[0] is not self.experiment:
            self._listed = (self.experiment, tuple(parameters(self.experiment)))
        return self._listed[1]

    def change(self, address: str, value: Any) -> bool:
        """Set one parameter. A value that it cannot take leaves all as it is and is explained at `address`."""
        return self.change_all({address: value}, address)

    def change_all(self, values: dict[str, Any], address: str = "", alone: bool = False) -> bool:
        """Set several parameters in one step; a fault is explained at `address` (default: where it lies).

        A change that stands `alone` is undone by itself, however fast it followed the last one.
        """
        try:
            changed = self.experiment.with_values(values)
        except Invalid as fault:
            self.messages = {**self.messages, address or fault.address: str(fault)}
            return False
        cleared = {a: m for a, m in self.messages.items() if not any(_concerns(a, set_) for set_ in values)}
        self._put(changed, "" if alone else address or ",".join(values))
        self.messages = cleared
        return True

    def load(self, experiment: Component) -> None:
        """Put another experiment in place of this one; undo brings the old one back."""
        self.messages = {}
        self._put(experiment, "")

    def undo(self) -> None:
        """Take the last change back; refused values first, since they were typed last."""
        if self.messages:
            self.messages = {}
            return
        self._travel(self._past, self._future)

    def redo(self) -> None:
        """Do the last change that was taken back again."""
        self._travel(self._future, self._past)

    @property
    def can_undo(self) -> bool:
        return bool(self._past or self.messages)

    @property
    def can_redo(self) -> bool:
        return bool(self._future)

    @property
    def refusal(self) -> str:
        """Why nothing can be started now, or ''. A box that shows a refused value does not show what would train."""
        if self.messages:
            shown = {parameter.address for parameter in self.parameters}
            for address, said in self.messages.items():
                if any(address == known or address.startswith(f"{known}.") for known in shown):
                    return said
        if self.startable:
            return ""
        return str(self.problem) if self.problem is not None else CHECKING

    def message(self, address: str) -> str:
        """What is wrong at an address: a refused value, or the problem of the whole experiment if it lies there."""
        if address in self.messages:
            return self.messages[address]
        return str(self.problem) if self.problem is not None and self.problem.address == address else ""

    def check(self) -> None:
        """Wire the connectome now and judge the whole experiment shortly after, both off the event loop."""
        experiment = self.experiment
        take = partial(self._take_connectome, experiment)
        refuse = partial(self._refuse, experiment)
        self.background.latest("connectome", lambda: self._wire(experiment), take, refuse, soon=True)
        if self.document is None:
            self._judge()
            return
        self._checks += 1
        self.document.add_timeout_callback(partial(in_order, partial(self._judge_later, self._checks)), CHECK_AFTER_MS)

    def when_valid(self, then: Callable[[Component], None]) -> None:
        """Check the experiment as it is now; call `then` with it if it can be started, else say why not."""
        experiment = self.experiment

        def accepted(forecast: Any) -> None:
            self._accept(experiment, forecast)
            then(experiment)

        refuse = partial(self._refuse, experiment)
        self.background.latest("start", lambda: self._judge_whole(experiment), accepted, refuse, soon=True)

    def close(self) -> None:
        """The visitor left."""
        self.background.close()

    def _put(self, experiment: Component, gesture: str) -> None:
        if experiment == self.experiment:
            return
        last, at = self._last_change
        now = time.monotonic()
        if not (gesture and gesture == last and now - at < ONE_GESTURE_S and self._past):
            self._past = [*self._past, self.experiment][-UNDO_DEPTH:]
        self._future = []
        self._last_change = (gesture, now)
        self.experiment = experiment

    def _travel(self, source: list[Component], target: list[Component]) -> None:
        if not source:
            return
        target.append(self.experiment)
        self._last_change = ("", 0.0)
        self.messages = {}
        self.experiment = source.pop()

    def _judge_later(self, check: int) -> None:
        """After a pause in the changes: only the timer of the last one counts."""
        if check == self._checks:
            self._judge()

    def _judge(self) -> None:
        experiment = self.experiment
        accept, refuse = partial(self._accept, experiment), partial(self._refuse, experiment)
        self.background.latest("check", lambda: self._judge_whole(experiment), accept, refuse, soon=True)

    def _take_connectome(self, experiment: Component, connectome: Connectome) -> None:
        if self.connectome is None or connectome.names != self.connectome.names:
            self.selection = Selection()
        self.param.update(connectome=connectome, wired_for=experiment)

    def _accept(self, experiment: Component, forecast: Any) -> None:
        if self._is_current(experiment):
            self.param.update(problem=None, forecast=forecast, startable=True)

    def _refuse(self, experiment: Component, fault: Invalid) -> None:
        if self._is_current(experiment):
            self.param.update(problem=fault, forecast=None, startable=False)

    def _is_current(self, experiment: Component) -> bool:
        """Whether a result is about what the form shows; a result that came too late asks for another check."""
        if experiment is self.experiment or experiment == self.experiment:
            return True
        self._judge()
        return False


def _concerns(address: str, changed: str) -> bool:
    """Whether a message at `address` is outdated by a change at `changed`."""
    family = changed.removesuffix(".kind") if changed.endswith(".kind") else changed
    return address == changed or address.startswith(f"{family}.")
