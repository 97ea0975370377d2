"""Controls for numbers: a slider spans the typical range, its box takes any number, and the engine judges it."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import panel as pn
import panel_material_ui as pmui

from app.control import Control, base_type
from engine.component import Parameter

PROMPT_MS = 5  # Panel waits 50 ms by default before it tells what was moved; pictures that follow cannot spare them
SLIDER_SX = {"& .MuiSlider-root": {"py": "7px"}}
BOX_SX = {
    "& .MuiInputBase-input": {"textAlign": "right", "p": "0 2px"},
    # the slider shows the name; this copy is for screen readers
    "& label": {
        "position": "absolute",
        "width": "1px",
        "height": "1px",
        "overflow": "hidden",
        "clipPath": "inset(50%)",
    },
    "& .MuiInput-root": {"mt": "0 !important"},
}


@dataclass(frozen=True)
class Scale:
    """How the numbers of a parameter lie along its slider: evenly, or by their decades."""

    parameter: Parameter

    @property
    def is_whole(self) -> bool:
        return base_type(self.parameter.annotation) is int

    @property
    def is_log(self) -> bool:
        return self.parameter.typical.log

    @property
    def slides_in_steps_of_one(self) -> bool:
        return self.is_whole and not self.is_log

    @property
    def step(self) -> float:
        typical = self.parameter.typical
        if self.is_log:
            return 0.05
        nice = 10 ** math.floor(math.log10((typical.high - typical.low) / 20))
        return max(1, round(typical.step or 1)) if self.is_whole else typical.step or nice

    @property
    def ends(self) -> tuple[float, float]:
        """The typical range; of a share of which half or more is typical, all from 0 to 1."""
        p, typical = self.parameter, self.parameter.typical
        is_share = (p.low, p.high) == (0, 1) and not (p.low_is_open or p.high_is_open or self.is_log)
        return (0, 1) if is_share and typical.high - typical.low >= 0.5 else (typical.low, typical.high)

    def span(self, value: float) -> tuple[Any, Any]:
        """Both ends of the slider, stretched to hold a value outside them."""
        low, high = self.ends
        return self.place(min(low, value)), self.place(max(high, value))

    def place(self, value: float) -> Any:
        """Where a number lies on the slider."""
        if self.is_log:
            return math.log10(max(value, 1e-12))
        return int(value) if self.is_whole else float(value)

    def value(self, place: float) -> Any:
        """The number at a place, without the noise of binary fractions."""
        found = float(f"{10**place:.2g}") if self.is_log else float(f"{place:.10g}")
        return round(found) if self.is_whole else found


class Typing(Control):
    """What is typed goes to the engine; nothing typed is no wish."""

    def _typed(self, text: str) -> None:
        if text.strip():
            self.wanted(typed(text))
        else:
            self.cleared()


class Slider(Typing):
    """A slider over the typical range beside a box for the number.

    pmui's editable sliders have both in one, but ignore what is typed after Enter until the box was left (0.16.6).
    """

    is_dragged: ClassVar[bool] = True

    def build(self) -> Any:
        self.scale = Scale(self.parameter)
        kind = pmui.IntSlider if self.scale.slides_in_steps_of_one else pmui.FloatSlider
        low, high = self.scale.span(self.parameter.typical.low)
        ends = {"start": low, "end": high, "step": self.scale.step, "value": low}
        self.widget = kind(**ends, show_value=False, tooltips=False, sx=SLIDER_SX, **self.common)
        self.widget._debounce = PROMPT_MS
        name = f"{self.common['label']}, as a number"
        self.box = pmui.TextInput(
            label=name, size="small", variant="standard", width=64, margin=(6, 4, 0, 2), sx=BOX_SX
        )
        self.widget.param.watch(lambda event: self.wanted(self.scale.value(event.new)), "value")
        self.box.param.watch(lambda event: self._typed(event.new), "value")
        return pn.Row(self.widget, self.box, sizing_mode="stretch_width", margin=0)

    def put(self, value: Any) -> None:
        low, high = self.scale.span(value)
        if self.scale.value(self.widget.value) != value:  # while a rounded value is dragged, the thumb stays in hand
            self.widget.param.update(start=low, end=high, value=self.scale.place(value))
        self.box.value = str(value) if self.scale.is_whole else f"{value:.6g}"


class NumberBox(Typing):
    """A number without a typical range."""

    def build(self) -> Any:
        self.widget = pmui.TextInput(**self.boxed)
        self.widget.param.watch(lambda event: self._typed(event.new), "value")
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
