"""Controls for numbers: a slider spans the typical range, its box takes any number, and the engine judges it."""

import math
from typing import Any

import panel as pn
import panel_material_ui as pmui

from app.control import Control, base_type

SLIDER_SX = {"& .MuiSlider-root": {"py": "7px"}}
BOX_SX = {"& .MuiInputBase-input": {"textAlign": "right", "p": "0 2px"}}


class Slider(Control):
    """A slider over the typical range beside a box for the number.

    pmui's editable sliders have both in one, but ignore what is typed after Enter until the box was left (0.16.6).
    """

    def build(self) -> Any:
        kind = pmui.IntSlider if self._is_whole else pmui.FloatSlider
        low, high = self._span(None)
        self.widget = kind(
            start=low,
            end=high,
            step=self._step(),
            value=low,
            show_value=False,
            tooltips=False,
            sx=SLIDER_SX,
            **self.common,
        )
        self.box = pmui.TextInput(label="", size="small", variant="standard", width=64, margin=(6, 4, 0, 2), sx=BOX_SX)
        self.widget.param.watch(lambda event: self.wanted(self._from_slider(event.new)), "value")
        self.box.param.watch(lambda event: self.wanted(typed(event.new)), "value")
        return pn.Row(self.widget, self.box, sizing_mode="stretch_width", margin=0)

    def put(self, value: Any) -> None:
        low, high = self._span(value)
        self.widget.param.update(start=low, end=high, value=value)
        self.box.value = f"{value:,}".replace(",", "") if self._is_whole else f"{value:.6g}"

    @property
    def _is_whole(self) -> bool:
        return base_type(self.parameter.annotation) is int

    def _from_slider(self, value: Any) -> Any:
        return value if self._is_whole else float(f"{value:.10g}")

    def _span(self, value: Any) -> tuple[Any, Any]:
        """The typical range, stretched to hold a value outside it."""
        typical, kind = self.parameter.typical, int if self._is_whole else float
        inside = typical.low if value is None else value
        return kind(min(typical.low, inside)), kind(max(typical.high, inside))

    def _step(self) -> float:
        typical = self.parameter.typical
        nice = 10 ** math.floor(math.log10((typical.high - typical.low) / 20))
        return max(1, round(typical.step or 1)) if self._is_whole else typical.step or nice


class LogSlider(Slider):
    """The slider runs over the decades of the typical range."""

    def put(self, value: Any) -> None:
        exponent = math.log10(value)
        low, high = self._span(None)
        if abs(exponent - self.widget.value) > 0.03:  # not while it is being dragged: the value is rounded
            self.widget.param.update(start=min(low, exponent), end=max(high, exponent), value=exponent)
        self.box.value = f"{value:g}"

    @property
    def _is_whole(self) -> bool:
        return False

    def _from_slider(self, value: Any) -> Any:
        return float(f"{10**value:.2g}")

    def _span(self, value: Any) -> tuple[Any, Any]:
        typical = self.parameter.typical
        return math.log10(typical.low or 1e-6), math.log10(typical.high)

    def _step(self) -> float:
        return 0.05


class NumberBox(Control):
    """A number without a typical range."""

    def build(self) -> Any:
        self.widget = pmui.TextInput(**self.common)
        self.widget.param.watch(lambda event: self.wanted(typed(event.new)), "value")
        return self.widget

    def put(self, value: Any) -> None:
        whole = base_type(self.parameter.annotation) is int
        self.widget.value = "" if value is None else (str(value) if whole else f"{value:g}")


def typed(text: str) -> Any:
    """A typed number; what is none goes to the engine as it is, which says so."""
    try:
        value = float(text.replace(",", ".").replace("−", "-"))
    except ValueError:
        return text
    return int(value) if value.is_integer() and abs(value) < 2**53 else value
