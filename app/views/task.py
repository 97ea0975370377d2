"""The task: cards to choose from, one trial as a picture, chance and ideal observer, and the form."""

from collections.abc import Callable
from typing import Any

import panel as pn
import panel_material_ui as pmui

from app import look
from app.forms import Form
from app.session import Session
from app.views.cards import cards
from app.views.recovery_setup import FitSetup
from app.views.trial import TrialPicture
from engine.component import Invalid, kinds_of
from engine.experiments.experiment import Experiment
from engine.randomness import torch_stream
from engine.tasks.card import Card, card

IDEAL_TRIALS = 400


class TaskView(pn.viewable.Viewer):
    """Everything about the task; the picture follows the form."""

    def __init__(self, session: Session):
        super().__init__()
        self.session = session
        self.cards = cards("tasks", searchable=False, compact=True, items=_items(), value=session.experiment.task.kind)
        self.picture = TrialPicture("preview_trial")
        self.facts = look.note("")
        self.another = pmui.Button(label="Another trial", icon="casino", variant="text", size="small", margin=0)
        self.form = Form("task", session, skip=("task.kind",))
        self.fit = FitSetup(session)
        self._seed = 0
        self._drawn: Any = None
        self.another.on_click(lambda _: self._next())
        self.missed = look.text("", "problem", margin=(6, 4), visible=False)
        self.shown = pn.Column(self._legend(), self.picture, self.facts, sizing_mode="stretch_width", margin=0)
        self.cards.param.watch(lambda event: self._choose(event.new), "value")
        session.param.watch(lambda _: self._follow(), "experiment")
        self._follow()

    def __panel__(self) -> Any:
        return pn.Column(
            self.cards, self.missed, self.shown, self.fit.drop, self.form, self.fit.finish,
            sizing_mode="stretch_width", margin=0,
        )  # fmt: skip

    def _legend(self) -> pn.Row:
        legend = look.note(
            f'grey: inputs · <span style="color:{look.POSITIVE}">blue: targets</span> · '
            f'<span style="color:{look.NEGATIVE}">orange bar: scored</span>'
        )
        return pn.Row(legend, self.another, sizing_mode="stretch_width", margin=0)

    def _choose(self, kind: str) -> None:
        if kind != self.session.experiment.task.kind:
            self.session.change("task.kind", kind)

    def _next(self) -> None:
        self._seed += 1
        self._follow()

    def _follow(self) -> None:
        experiment = self.session.experiment
        self.cards.value = experiment.task.kind
        asked = (experiment.task, experiment.dt_ms, self._seed)
        if asked != self._drawn:
            self._drawn = asked
            self.session.background.latest("trial", _trial(*asked), self._draw, self._miss)

    def _draw(self, found: tuple[Any, Any, Card]) -> None:
        task, trials, said = found
        self._say("")
        self.picture.show(task, trials)
        chance, ideal = look.percent(said.chance), look.percent(said.ideal)
        self.facts.object = (
            f"{look.escaped(said.paragraph)}<br><b>Chance {chance}.</b> {look.escaped(said.chance_is)} "
            f"{_without_memory(said)}<b>Ideal observer {ideal}.</b> {look.escaped(said.ideal_is)} "
            f"<i>{look.escaped(said.source)}</i>"
        )

    def _miss(self, fault: Invalid) -> None:
        """The trial of another task is not left standing; why there is none stands in its place."""
        self._say(f"There is no trial to show. {fault}")

    def _say(self, why: str) -> None:
        self.missed.param.update(object=look.escaped(why), visible=bool(why))
        self.shown.visible = not why


def _without_memory(said: Card) -> str:
    if said.memoryless is None:
        return ""
    return f"<b>Without memory {look.percent(said.memoryless)}.</b> {look.escaped(said.memoryless_is)} "


def _trial(task: Any, dt_ms: float, seed: int) -> Callable[[], tuple[Any, Any, Card]]:
    def draw() -> tuple[Any, Any, Card]:
        trials = task.trials(1, dt_ms, torch_stream(seed, "preview"))
        return task, trials, card(task, dt_ms, IDEAL_TRIALS)

    return draw


def _items() -> list[dict[str, str]]:
    return [
        {
            "value": kind, "title": of.title or kind, "facts": (of.__doc__ or "").strip().split("\n")[0], "more": "",
            "picture": "", "group": "", "disabled": "",
        }
        for kind, of in kinds_of(Experiment.model_fields["task"]).items()
    ]  # fmt: skip
