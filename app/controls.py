"""One control per parameter: the widget that fits its type."""

import json
from dataclasses import replace
from typing import Any, get_args, get_origin

import panel as pn
import panel_material_ui as pmui

from app.control import Ask, Control, base_type, words
from app.number_controls import NumberBox, Slider, typed
from engine.component import Parameter

FEW_LETTERS = 24  # choices with no more letters than this fit on one row of buttons
MANY = 12  # more options than this need a box to type in
NAMED_BESIDE = """:host(.named-beside) .MuiFormControlLabel-label {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
}"""  # what stands beside shows the name; this copy is for screen readers


class Choice(Control):
    """One of a few named choices: buttons if they fit, else a list."""

    def build(self) -> Any:
        titles = dict(self.parameter.options.of()) if self.parameter.options else {}
        options = {titles.get(choice) or words(str(choice)): choice for choice in self.parameter.choices or ()}
        if len(options) <= 4 and sum(map(len, options)) <= FEW_LETTERS:
            common = {key: value for key, value in self.common.items() if key != "sizing_mode"}
            sx = {"& .MuiToggleButton-root": {"py": "2px", "px": "10px", "whiteSpace": "nowrap"}}
            self.widget = pmui.RadioButtonGroup(options=options, value=self.parameter.value, sx=sx, **common)
        else:
            self.widget = pmui.Select(options=options, value=self.parameter.value, **self.boxed)
        self.widget.param.watch(lambda event: self.wanted(event.new), "value")
        return self.widget

    def put(self, value: Any) -> None:
        self.widget.value = value


class OptionBox(Control):
    """One of the values that are known only at run time."""

    def build(self) -> Any:
        self.options = {str(name): str(value) for value, name in self.parameter.options.of()}
        kind = pmui.Select if len(self.options) <= MANY else pmui.AutocompleteInput
        extra = {"restrict": True, "min_characters": 0} if kind is pmui.AutocompleteInput else {}
        self.widget = kind(options=self.options, **extra, **self.boxed)
        self.widget.param.watch(lambda event: self.wanted(event.new), "value")
        return self.widget

    def put(self, value: Any) -> None:
        if value not in self.options.values():
            self.options = {**self.options, str(value) or "–": value}
            self.widget.options = self.options
        self.widget.value = value


class Toggle(Control):
    """Yes or no."""

    def build(self) -> Any:
        common = {key: value for key, value in self.common.items() if key != "sizing_mode"}
        self.widget = pmui.Switch(value=bool(self.parameter.value), **common)
        self.widget.param.watch(lambda event: self.wanted(event.new), "value")
        return self.widget

    def put(self, value: Any) -> None:
        self.widget.value = bool(value)


class Text(Control):
    """Words, or anything without a widget of its own as JSON."""

    def build(self) -> Any:
        self.widget = pmui.TextInput(**self.boxed)
        self.widget.param.watch(lambda event: self.wanted(self._read(event.new)), "value")
        return self.widget

    def put(self, value: Any) -> None:
        self.widget.value = value if isinstance(value, str) else json.dumps(value, default=str)

    def _read(self, text: str) -> Any:
        if base_type(self.parameter.annotation) is str:
            return text
        try:
            return json.loads(text)
        except ValueError:
            return text  # the engine says what it needs instead


class Names(Control):
    """Several names, with commas between them; a name that holds a comma makes it a list in JSON."""

    def build(self) -> Any:
        self.widget = pmui.TextInput(**self.boxed)
        self.widget.param.watch(lambda event: self.wanted(self._read(event.new)), "value")
        return self.widget

    def put(self, value: Any) -> None:
        has_commas = any("," in name for name in value)
        self.widget.value = json.dumps(value) if has_commas else ", ".join(value)

    def _read(self, text: str) -> Any:
        if text.lstrip().startswith("["):
            try:
                return tuple(json.loads(text))
            except ValueError:
                pass
        return tuple(name.strip() for name in text.split(",") if name.strip())


class Numbers(Control):
    """Several numbers, with commas between them."""

    def build(self) -> Any:
        self.widget = pmui.TextInput(placeholder="numbers with commas between them", **self.boxed)
        self.widget.param.watch(lambda event: self.wanted(self._read(event.new)), "value")
        return self.widget

    def put(self, value: Any) -> None:
        self.widget.value = ", ".join(f"{number:.6g}" for number in value)

    def _read(self, text: str) -> Any:
        """A comma parts numbers here, so it cannot stand in one."""
        return tuple(typed(part) for part in text.replace(";", ",").split(",") if part.strip())


class Optional(Control):
    """A switch for having the value at all; while it is on, the control of the value stands beside it."""

    def build(self) -> Any:
        inner = replace(self.parameter, optional=False, value=self._start())
        self.widget = pmui.Switch(
            label=self.common["label"], value=self.parameter.value is not None, size="small", margin=(3, 0, 3, 4),
            description=self.common["description"], stylesheets=[NAMED_BESIDE],
        )  # fmt: skip
        self.inner = control(inner, lambda _, value: self.wanted(value), resettable=False)
        self.widget.param.watch(lambda event: self.wanted(self._start() if event.new else None), "value")
        return pn.Row(self.widget, self.inner.layout, sizing_mode="stretch_width", margin=0)

    def put(self, value: Any) -> None:
        has = value is not None
        self.widget.param.update(value=has, css_classes=["named-beside"] if has else [])
        self.inner.layout.visible = has
        if has:
            self.inner.show(value)

    def _start(self) -> Any:
        p = self.parameter
        kind = base_type(p.annotation)
        for value in (p.value, p.default, p.typical.low if p.typical else None, p.low, *(p.choices or ())):
            if value is not None:
                return kind(value) if kind in (int, float) else value
        return kind()


def control(parameter: Parameter, ask: Ask, resettable: bool = True) -> Control:
    """The control that fits a parameter."""
    return _family(parameter)(parameter, ask, resettable)


def _family(parameter: Parameter) -> type[Control]:
    kind = base_type(parameter.annotation)
    if parameter.optional:
        return Optional
    if parameter.choices:
        return Choice
    if parameter.options:
        return OptionBox
    if kind is bool:
        return Toggle
    if kind in (int, float) and parameter.typical:
        return Slider
    if kind in (int, float):
        return NumberBox
    if get_origin(kind) is tuple and base_type(get_args(kind)[0]) in (int, float):
        return Numbers
    return Names if kind == tuple[str, ...] else Text
