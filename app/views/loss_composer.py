"""The loss composer: what training lowers, one row each for the loss of the task and every objective."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

import panel as pn
import panel_material_ui as pmui

from app import look
from app.controls import NAMED_BESIDE, control
from app.lists import Components, FormFor, said_of
from app.session import Session
from app.views.cards import cards
from app.views.fold import Fold
from app.views.loss_numbers import Amount, AmountLine, amounts, stage_now
from app.views.objective_menu import lacks, offered
from app.views.weight_range import WeightRange
from engine.component import Component, Invalid, Parameter, parameters
from engine.training.objectives import OBJECTIVES, Objective
from engine.training.objectives.aim import TASK, TOTAL, names


class ObjectiveRow:
    """One objective: switch, name, weight, what it amounts to, and what it lacks; the rest of it in its fold."""

    def __init__(self, session: Session, address: str, objective: Objective, fold: Fold, name: Callable[[], str]):
        self.session, self.address = session, address
        plain = {p.address: p for p in parameters(objective, f"{address}.")}
        title = type(objective).title
        self.switch = pmui.Switch(
            label=f"Lower {title}", value=objective.active, size="small", margin=(4, 0, 0, 4), width=40,
            stylesheets=[NAMED_BESIDE], css_classes=["named-beside"],
        )  # fmt: skip
        self.switch.param.watch(lambda event: self._turn(event.new), "value")
        self.weight = control(plain[f"{address}.weight"], session.change)
        self.amount = AmountLine()
        self.range = WeightRange(session, address, name)
        self.lack = look.text("", "fault", visible=False, margin=(0, 6, 3, 6))
        self.remark = look.note("", visible=False, margin=(0, 6, 3, 6))
        head = pn.Row(self.switch, fold.heading, sizing_mode="stretch_width", margin=0)
        self.layout = pn.Column(
            head,
            self.weight.layout,
            self.range,
            self.amount,
            self.lack,
            self.remark,
            fold.body,
            sizing_mode="stretch_width",
            margin=0,
        )

    def put(self, objective: Objective, lack: str) -> None:
        """Show the objective as it is now."""
        self.switch.value = objective.active
        self.weight.layout.visible = objective.active
        self.range.layout.visible = objective.active and self.address.startswith("training.objectives")
        self.weight.show(objective.weight, self.session.message(f"{self.address}.weight"))
        told = look.escaped(lack) if objective.active else ""
        if told != self.lack.object:
            self.lack.param.update(object=told, visible=bool(told))
        known = self.session.connectome
        said = " ".join(objective.remarks(known)) if objective.active and known is not None and not lack else ""
        if look.escaped(said) != self.remark.object:
            self.remark.param.update(object=look.escaped(said), visible=bool(said))

    def _turn(self, active: bool) -> None:
        if active != self.session.experiment.value_at(f"{self.address}.active"):
            self.session.change(f"{self.address}.active", active)


class ObjectiveList(Components):
    """The objectives of the training, or of one of its stages."""

    apart: ClassVar[tuple[str, ...]] = ("active", "weight")

    def __init__(self, parameter: Parameter, session: Session, form: FormFor):
        self.rows: list[ObjectiveRow] = []
        self.lacks: tuple[str, ...] = ()
        self._judged: Any = None
        super().__init__(parameter, session, form)
        session.param.watch(lambda *_: self.show_amounts(), ["sight", "asked"])
        session.param.watch(lambda *_: self._judge(), ["connectome", "experiment"])
        session.param.watch(lambda *_: [row.range.follow() for row in self.rows], "experiment")
        self._judge()

    def put(self, value: tuple[Component, ...]) -> None:
        super().put(value)
        for index, row in enumerate(self.rows):
            row.put(self.items[index], self.lacks[index] if index < len(self.lacks) else "")
        self.show_amounts()

    def heading(self, index: int, item: Component) -> str:
        """Their order does not matter, so they have no number."""
        return type(item).title

    def tell(self, item: Component) -> str:
        """What is not as it comes."""
        if not item.active:  # type: ignore[attr-defined]
            return "off"
        plain = type(item)()
        changed = {n: getattr(item, n) for n in type(item).model_fields if getattr(item, n) != getattr(plain, n)}
        return said_of({n: v for n, v in changed.items() if n not in self.apart})

    def arranged(self, index: int) -> Any:
        """Switch and weight beside the fold."""
        self._let_go(index)
        name = partial(self._name, index)
        self.rows.append(ObjectiveRow(self.session, self.address(index), self.items[index], self.folds[index], name))
        return self.rows[index].layout

    def show_amounts(self) -> None:
        """What each amounts to in the run on show, if it lowers these."""
        found = self._amounts()
        for name, row in zip(names(self.items), self.rows, strict=False):
            row.amount.show(found.get(name))

    def _amounts(self) -> dict[str, Amount]:
        sight, asked = self.session.sight, self.session.asked
        if sight is None or asked is None:
            return {}
        now = stage_now(sight.history, asked)
        is_own = getattr(asked.training.course[now], "lowers", "as_set") == "own"
        lowered = f"training.stages.{now}.objectives" if is_own else "training.objectives"
        return amounts(sight.history, asked) if lowered == self.parameter.address else {}

    def _name(self, index: int) -> str:
        return names(self.items)[index]

    def _let_go(self, first: int) -> None:
        """Rows from this one on are no more, nor what they were doing."""
        for row in self.rows[first:]:
            row.range.end()
        self.rows = self.rows[:first]

    def _rebuild(self, value: tuple[Component, ...]) -> None:
        self._let_go(0)
        super()._rebuild(value)

    def _adder(self) -> Any:
        self.menu = cards("objectives", searchable=False, items=offered(()), visible=False, appears=True)
        button = pmui.Button(label="Add an objective", icon="add", size="small", variant="text", margin=4)
        button.on_click(lambda _: self.menu.param.update(visible=not self.menu.visible))
        self.menu.param.watch(lambda event: self._choose(event.new), "value")
        return pn.Column(button, self.menu, sizing_mode="stretch_width", margin=0)

    def _choose(self, kind: str) -> None:
        if kind:
            self.menu.param.update(visible=False, value="")
            self.wanted((*self.items, self.kinds[kind]()))

    def wanted(self, value: Any) -> None:
        """The first one that a stage lists is to be lowered there."""
        owner = self.parameter.address.rpartition(".")[0]
        stage = self.session.experiment.value_at(owner)
        if not self._showing and value and not self.items and getattr(stage, "lowers", "own") != "own":
            changes = {f"{owner}.lowers": "own", self.parameter.address: value}
            self.session.change_all(changes, self.parameter.address)
        else:
            super().wanted(value)

    def _judge(self) -> None:
        """What the wiring lacks is told at once, not only when all of the experiment is checked."""
        experiment, connectome = self.session.experiment, self.session.connectome
        asked = (experiment.task, experiment.dt_ms, self.items, id(connectome))
        if connectome is None or asked == self._judged:
            return
        self._judged, items = asked, self.items
        self.session.background.latest(
            f"needs of {self.parameter.address}",
            lambda: (lacks(experiment, connectome, items), lacks(experiment, connectome, [of() for of in OBJECTIVES])),
            self._know,
            lambda _: None,
            soon=True,
        )

    def _know(self, found: tuple[tuple[str, ...], tuple[str, ...]]) -> None:
        self.lacks, of_kinds = found
        self.menu.items = offered(of_kinds)
        if self.session.experiment.value_at(self.parameter.address) != self.items:
            return  # a change is under way: the rows are about to show it, and what it lacks with it
        for row, item, lack in zip(self.rows, self.items, self.lacks, strict=False):
            row.put(item, lack)


class LossComposer(pn.viewable.Viewer):
    """The loss of the task, every objective, and their total."""

    def __init__(self, session: Session, form: Any):
        super().__init__()
        self.session = session
        self.task = Fold("Loss of the task", lambda: [form("training.task_loss")])
        self.task_amount, self.total = AmountLine(), AmountLine(margin=(4, 6, 6, 6))
        self.own = look.note("", visible=False)
        self.objectives = form("", only=("training.objectives",), bare=True)
        session.param.watch(lambda *_: self._show_amounts(), ["sight", "asked"])
        session.param.watch(lambda *_: self._follow(), "experiment")
        self._follow()
        self._show_amounts()

    def __panel__(self) -> Any:
        return pn.Column(
            self.task.heading, self.task_amount, self.task.body, self.objectives, self.total, self.own,
            sizing_mode="stretch_width", margin=0,
        )  # fmt: skip

    def _follow(self) -> None:
        training = self.session.experiment.training
        self.task.say(of_task(training.task_loss, self.session.experiment.task))
        own = [str(i + 1) for i, stage in enumerate(training.stages) if getattr(stage, "lowers", "") == "own"]
        said = f"Stage {', '.join(own)} lowers objectives of its own instead of these." if own else ""
        self.own.param.update(object=said, visible=bool(said))

    def _show_amounts(self) -> None:
        sight = self.session.sight
        found = amounts(sight.history, self.session.asked) if sight is not None else {}
        self.task_amount.show(found.get(TASK))
        self.total.show(found.get(TOTAL), is_total=True)


def of_task(loss: Any, task: Any) -> str:
    """The form of the task's loss and where it counts."""
    try:
        form = task.loss if loss.form == "auto" else loss.form
    except Invalid:  # a task of one's own without its file
        form = "auto"
    where = {"scored": "scored steps", "last_step": "last scored step", "epochs": ", ".join(loss.epochs) or "epochs"}
    named = {"mse": "squared error", "cross_entropy": "cross-entropy", "auto": "as the task says"}
    return f"{named[form]}, {where[loss.over]}"


def composed(experiment: Any) -> str:
    """All that is lowered, in short."""
    active = [o for o in experiment.training.objectives if o.active]
    form = of_task(experiment.training.task_loss, experiment.task).partition(",")[0]
    return " + ".join([form, *(f"{look.number(o.weight)} {type(o).title.lower()}" for o in active)])
