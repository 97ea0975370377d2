"""The open questions about some files, each with its control; they follow the answers, since one opens another."""

from typing import Any

import panel as pn

from app.control import Ask, Control
from app.views.question import Asked, both_ways, question_control
from engine.component import parameters
from engine.connectomes.formats import Answers
from engine.connectomes.importing import State


class QuestionsForm:
    """Controls for `State.questions`; a question that stays keeps its control, and the focus in it."""

    def __init__(self, ask: Ask):
        self.ask = ask
        self.controls: dict[str, Control] = {}
        self.layout = pn.Column(sizing_mode="stretch_width", margin=0)
        self._plan: dict[str, tuple[Any, ...]] = {}
        self._fields = {parameter.address: parameter for parameter in parameters(Answers())}

    def begin(self) -> None:
        """The next questions are about other files."""
        self._plan, self.controls = {}, {}

    def show(self, state: State) -> None:
        """Ask what is open now, and show what was answered."""
        plan = {q.address: (q.sentence, q.choices) for q in state.questions}
        if plan != self._plan:
            kept = {a: c for a, c in self.controls.items() if plan.get(a) == self._plan[a]}
            self.controls = {
                q.address: kept.get(q.address) or question_control(q, self._fields[q.address], self.ask)
                for q in state.questions
            }
            self._plan = plan
            self.layout.objects = [control.layout for control in self.controls.values()]
        for address, control in self.controls.items():
            control.show(state.answers[address], state.fault if state.address == address else "")
        axis = self.controls.get("source_axis")
        if isinstance(axis, Asked) and state.preview is not None:
            axis.tell(both_ways(state.preview.examples, state.answers["source_axis"]))
