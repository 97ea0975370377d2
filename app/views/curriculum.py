"""The curriculum editor: which parameter of the task begins easy, from where to where, and when it moves on."""

import math
from typing import Any

import numpy as np
import panel as pn
import panel_material_ui as pmui

from app import look
from app.control import base_type, words
from app.controls import Numbers
from app.lists import Components, FormFor
from app.number_controls import typed
from app.session import Session
from app.session_control import SessionControl
from app.views.name_controls import OneName
from engine.component import Component, Invalid, Parameter, parameters
from engine.training.curriculum import Lesson

VALUES = 3  # of a new lesson
LIKELY = ("delay", "noise", "interval", "memory", "duration")  # what is mostly made harder
WIDTH, HEIGHT = 320, 56
CSS = """
:host { font-size: 11px; color: #8a8f98; }
svg { display: block; width: 100%; height: 56px; overflow: visible; }
path { fill: none; vector-effect: non-scaling-stroke; }
.way { stroke: #0877bd; stroke-width: 1.6px; filter: var(--mui-palette-chart-filter, none); }
.own { stroke: #8a8f98; stroke-width: 1px; stroke-dasharray: 3 3; }
.at { stroke: #f28e1c; stroke-width: 9px; stroke-linecap: round; filter: var(--mui-palette-chart-filter, none); }
"""


def numeric(task: Component) -> dict[str, Parameter]:
    """The parameters of a task that are numbers, by their address below it; durations first."""
    found = {p.address: p for p in parameters(task) if base_type(p.annotation) in (int, float) and p.value is not None}
    return dict(sorted(found.items(), key=lambda item: not item[0].endswith("_ms")))


def easy(parameter: Parameter, first: float, last: float, count: int) -> tuple[float, ...]:
    """`count` values that lead from `first` towards `last`, which follows them and is not among them."""
    way = np.linspace(first, last, count + 1)[:-1]
    if base_type(parameter.annotation) is int:
        way = np.array([v for v in dict.fromkeys(np.round(way)) if v != last] or [first])
    return tuple(float(f"{value:.6g}") for value in way)


def begun(parameter: Parameter, task: Component) -> tuple[float, ...]:
    """The values of a new lesson: from a quarter on, or from 0 where the task itself has none."""
    last = float(parameter.value)
    first = max(last / 4, parameter.low or 0.0) if last > 0 else last
    if base_type(parameter.annotation) is int:
        first = max(math.ceil(first), math.ceil(parameter.low or first))
    return easy(parameter, first, last, VALUES)


class LessonParameter(OneName):
    """Which parameter of the task; another one brings values of its own."""

    def __init__(self, parameter: Parameter, session: Session):
        super().__init__(parameter, session, lambda s, _: numeric(s.experiment.task))

    def wanted(self, value: Any) -> None:
        found = numeric(self.session.experiment.task).get(value)
        if self._showing or found is None or value == self.owner.parameter:  # type: ignore[attr-defined]
            super().wanted(value)
            return
        stem = self.parameter.address.rpartition(".")[0]
        values = {self.parameter.address: value, f"{stem}.values": begun(found, self.session.experiment.task)}
        self.session.change_all(values, self.parameter.address)


class EachValue(Numbers):
    """The values as they are written: numbers, or words where the parameter takes words."""

    def put(self, value: Any) -> None:
        self.widget.value = ", ".join(_short(v) for v in value)


class EasyValues(SessionControl):
    """From a value to that of the task, in some steps; or each value as it is written."""

    def build(self) -> Any:
        def box(label: str, help: str, heard: Any) -> pmui.TextInput:
            made = pmui.TextInput(
                label=label, description=help, size="small", sizing_mode="stretch_width", margin=(10, 4, 3, 4)
            )
            made.param.watch(lambda event: self._hear(heard, event.new), "value")
            return made

        self.first = box("From", "The easiest value, with which training begins.", self._from)
        self.last = box("To", "The value of the task itself; changing it changes the task.", self._to)
        self.count = box("In", "So many values before that of the task.", self._in)
        self.each = EachValue(self.parameter, self.session.change, resettable=False)
        self.even = pn.Row(self.first, self.last, self.count, sizing_mode="stretch_width", margin=0)
        return pn.Column(self.even, self.each.layout, sizing_mode="stretch_width", margin=0)

    def put(self, value: Any) -> None:
        to = self._task_value()
        self.even.visible = to is not None
        self.each.show(value)
        if to is not None:
            self.first.value, self.last.value, self.count.value = _short(value[0]), _short(to), str(len(value))

    @property
    def _plain(self) -> Parameter | None:
        return numeric(self.session.experiment.task).get(self.owner.parameter)  # type: ignore[attr-defined]

    def _task_value(self) -> float | None:
        plain = self._plain
        return None if plain is None else float(plain.value)

    def _hear(self, heard: Any, text: str) -> None:
        number, plain = typed(text or ""), self._plain
        if self._showing or plain is None:
            return
        if isinstance(number, str):
            self._put_back()
        else:
            heard(plain, number)

    def _now(self) -> tuple[float, int]:
        values = self.owner.values  # type: ignore[attr-defined]
        return float(values[0]), len(values)

    def _from(self, plain: Parameter, number: float) -> None:
        self.wanted(easy(plain, number, float(plain.value), self._now()[1]))

    def _in(self, plain: Parameter, number: float) -> None:
        self.wanted(easy(plain, self._now()[0], float(plain.value), max(1, min(1000, round(number)))))

    def _to(self, plain: Parameter, number: float) -> None:
        first, count = self._now()
        values = {f"task.{plain.address}": number, self.parameter.address: easy(plain, first, number, count)}
        self.session.change_all(values, self.parameter.address)


class LessonList(Components):
    """Lessons side by side, each with the steps of its value."""

    def __init__(self, parameter: Parameter, session: Session, form: FormFor):
        self.curves: list[pn.pane.HTML] = []
        super().__init__(parameter, session, form)
        session.param.watch(lambda *_: self._draw(), ["experiment", "sight", "asked"])

    def put(self, value: tuple[Component, ...]) -> None:
        super().put(value)
        self._draw()

    def heading(self, index: int, item: Any) -> str:
        """What the lesson is about."""
        return words(item.parameter.replace(".", " · "))

    def tell(self, item: Any) -> str:
        """Its values, and when it goes on."""
        reached = f" or {look.percent(item.accuracy)} correct" if item.accuracy is not None else ""
        values = [_short(v) for v in item.values]
        shown = values if len(values) <= 4 else [*values[:2], "…", values[-1]]
        return f"{' → '.join(shown)} → task, {look.counted(item.steps, 'step')} each{reached}"

    def arranged(self, index: int) -> Any:
        """The curve stands between heading and contents."""
        fold, curve = self.folds[index], pn.pane.HTML("", stylesheets=[CSS], sizing_mode="stretch_width", margin=(2, 8))
        self.curves = [*self.curves[:index], curve]
        return pn.Column(fold.heading, curve, fold.body, sizing_mode="stretch_width", margin=0)

    def _add(self, item: Component) -> None:
        """A new lesson is about a parameter that this task has and no other lesson is about."""
        task = self.session.experiment.task
        used = {lesson.parameter for lesson in self.items}  # type: ignore[attr-defined]
        known = {a: p for a, p in numeric(task).items() if a not in used and p.value}
        if known:
            telling = [a for word in LIKELY for a in known if word in a]
            address = (telling or list(known))[0]
            plain = known[address]
            item = Lesson(parameter=address, values=begun(plain, task))
        super()._add(item)

    def _draw(self) -> None:
        training, sight = self.session.experiment.training, self.session.sight
        asked = self.session.asked
        is_same = asked is not None and asked.training.curriculum == training.curriculum
        learned = sight.history.lessons if sight is not None and is_same else ()
        for k, (lesson, curve) in enumerate(zip(self.items, self.curves, strict=False)):
            at = (sight.step, learned[k]) if k < len(learned) else None
            told = picture(lesson, self.session.experiment.task, training.all_steps, at)
            if told != curve.object:
                curve.object = told


def picture(lesson: Any, task: Component, steps: int, at: tuple[int, int] | None) -> str:
    """The values over the steps of training as a small curve; `at` is where a run stands: its step, values learned."""
    try:
        own = task.value_at(lesson.parameter)
    except Invalid:
        return ""
    levels = [*lesson.values, own]
    if not all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in levels):
        return ""
    end = max(steps, 1)
    low, high = min(levels), max(levels)

    def y(value: float) -> float:
        return HEIGHT - 6 - (HEIGHT - 12) * (value - low) / ((high - low) or 1)

    turns = [min(k * lesson.steps, end) * WIDTH / end for k in range(len(levels))] + [WIDTH]
    way = "".join(f"{'L' if k else 'M'}{turns[k]:.1f} {y(v):.1f}H{turns[k + 1]:.1f}" for k, v in enumerate(levels))
    dot = f'<path class="at" d="M{WIDTH * min(1, at[0] / end):.1f} {y(levels[at[1]]):.1f}h0"/>' if at else ""
    svg = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" aria-hidden="true">'
    svg += f'<path class="own" d="M0 {y(own):.1f}H{WIDTH}"/><path class="way" d="{way}"/>{dot}</svg>'
    return svg + f"<div>{look.escaped(_about(lesson, levels, steps, at))}</div>"


def _about(lesson: Any, levels: list[float], steps: int, at: tuple[int, int] | None) -> str:
    if at is not None:
        now = "the task itself" if at[1] >= len(lesson.values) else f"value {at[1] + 1} of {len(lesson.values)}"
        return f"The run on show is at {_short(levels[at[1]])}, {now}."
    begins = len(lesson.values) * lesson.steps
    latest = "at the latest " if lesson.accuracy is not None else ""
    if begins >= steps:
        return f"Training ends after {steps:,} steps, before the task itself is trained ({latest}from step {begins:,})."
    return f"The task itself, {_short(levels[-1])}, is trained {latest}from step {begins:,} of {steps:,}."


def _short(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, (int, float)) else str(value)
