"""Controls for numbers: a slider spans the typical range, its box takes any number, and the engine judges it."""

import math
from typing import Any

import panel as pn
import panel_material_ui as pmui

from app.control import Control, base_type

SLIDER_SX = {
    "& .MuiFormLabel-root": {"maxWidth": "66%", "m": 0},
    "& .MuiInputAdornment-root": {"display": "none"},
    "& .MuiTextField-root": {"flexGrow": 0, "width": "72px", "ml": "auto"},
    "& .MuiInputBase-input": {"textAlign": "right", "p": "0 2px"},
    "& .MuiSlider-root": {"py": "7px"},
}


class Slider(Control):
    """A slider over the typical range, and a box that takes any number; the engine says what it cannot accept."""

    def build(self) -> Any:
        low, high = self._span(self.parameter.value)
        whole = base_type(self.parameter.annotation) is int
        kind = pmui.EditableIntSlider if whole else pmui.EditableFloatSlider
        step = 1 if whole else self._step()
        value = low if self.parameter.value is None else self.parameter.value
        more = {} if whole else {"format": "0.[00000]"}
        self.widget = kind(start=low, end=high, step=step, value=value, sx=SLIDER_SX, **more, **self.common)
        self.widget.param.watch(lambda event: self.wanted(event.new), "value")
        return self.widget

    def put(self, value: Any) -> None:
        low, high = self._span(value)
        self.widget.param.update(start=low, end=high, value=value)

    def _span(self, value: Any) -> tuple[Any, Any]:
        typical = self.parameter.typical
        low, high = typical.low, typical.high
        kind = int if base_type(self.parameter.annotation) is int else float
        return (kind(low), kind(high)) if value is None else (kind(min(low, value)), kind(max(high, value)))

    def _step(self) -> float:
        typical = self.parameter.typical
        return typical.step or 10 ** math.floor(math.log10((typical.high - typical.low) / 20))


class LogSlider(Control):
    """A slider over the decades of the typical range, with a box for the number itself."""

    def build(self) -> Any:
        typical = self.parameter.typical
        span = math.log10(typical.low or 1e-6), math.log10(typical.high)
        self.widget = pmui.FloatSlider(
            start=span[0], end=span[1], step=0.05, show_value=False, tooltips=False, sx=SLIDER_SX, **self.common
        )
        sx = {"& .MuiInputBase-input": {"textAlign": "right", "p": "0 2px"}}
        self.box = pmui.TextInput(label="", size="small", variant="standard", width=72, margin=(10, 4, 0, 0), sx=sx)
        self.widget.param.watch(lambda event: self.wanted(_neat(10**event.new)), "value")
        self.box.param.watch(lambda event: self.wanted(_number(event.new)), "value")
        return pn.Row(self.widget, self.box, sizing_mode="stretch_width", margin=0)

    def put(self, value: Any) -> None:
        exponent = math.log10(value) if value and value > 0 else self.widget.start
        if abs(exponent - self.widget.value) > 0.03:
            self.widget.value = min(max(exponent, self.widget.start), self.widget.end)
        self.box.value = f"{value:g}"


class NumberBox(Control):
    """A number without a typical range."""

    def build(self) -> Any:
        self.kind = base_type(self.parameter.annotation)
        self.widget = pmui.TextInput(**self.common)
        self.widget.param.watch(lambda event: self.wanted(_number(event.new)), "value")
        return self.widget

    def put(self, value: Any) -> None:
        self.widget.value = "" if value is None else (str(value) if self.kind is int else f"{value:g}")


def _number(text: str) -> Any:
    """A typed number; what is none goes to the engine as it is, which says so."""
    try:
        value = float(text.replace(",", ".").replace("−", "-"))
    except ValueError:
        return text
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _neat(value: float) -> float:
    return float(f"{value:.2g}")
