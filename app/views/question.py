"""One question about a file: its sentence, and the choices in words or a box to type in."""

from dataclasses import replace
from typing import Any

import panel as pn
import panel_material_ui as pmui

from app import look
from app.control import Ask, Control
from app.controls import control
from app.views.radio_list import radio_list
from engine.component import Parameter
from engine.connectomes.formats import Question
from engine.connectomes.importing import Example

OPEN = "ask"  # the value of an answer that was not given


class Asked(Control):
    """A question with choices: all of them in sight, none chosen while there is no answer."""

    def __init__(self, parameter: Parameter, question: Question, ask: Ask):
        self.question = question
        super().__init__(parameter, ask, resettable=False)

    def build(self) -> Any:
        self.values = tuple(value for value, _ in self.question.choices)
        sentence = look.text(look.escaped(self.question.sentence), "question", margin=(10, 4, 0, 4))
        self.widget = radio_list(self.question.sentence, self.question.choices)
        self.widget.param.watch(lambda event: self.wanted(event.new), "value")
        return pn.Column(sentence, self.widget, sizing_mode="stretch_width", margin=0)

    def put(self, value: Any) -> None:
        self.widget.value = value if value in self.values else OPEN

    def tell(self, asides: dict[str, str]) -> None:
        """What helps to choose, by choice."""
        if asides != self.widget.asides:
            self.widget.asides = asides


class Typed(Control):
    """A question whose answer is typed."""

    def build(self) -> Any:
        self.widget = pmui.TextInput(
            **{**self.common, "label": self.parameter.help, "description": "", "margin": (7, 4, 3, 4)}
        )
        self.widget.param.watch(lambda event: self.wanted(event.new), "value")
        return self.widget

    def put(self, value: Any) -> None:
        self.widget.value = value


def question_control(question: Question, parameter: Parameter, ask: Ask) -> Control:
    """The control for the answer to a question; `parameter` is the field of the answers that it fills."""
    if question.choices:
        return Asked(parameter, question, ask)
    told = replace(parameter, help=question.sentence)
    return Typed(told, ask, resettable=False) if isinstance(parameter.value, str) else control(told, ask)


def both_ways(examples: tuple[Example, ...], axis: str) -> dict[str, str]:
    """The same connections as each choice reads them; they come as `axis` does, or as rows if that is open."""
    turned = tuple(replace(one, source=one.target, target=one.source) for one in examples)
    ways = (turned, examples) if axis == "columns" else (examples, turned)
    return {name: " · ".join(map(in_words, way)) for name, way in zip(("rows", "columns"), ways, strict=True)}


def in_words(one: Example) -> str:
    """A connection as 'AVAL → AVBL: 12'."""
    return f"{one.source} → {one.target}: {look.number(one.weight)}"
