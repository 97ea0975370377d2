"""The choices of an analysis as controls, read off its fields like every other form."""

from collections.abc import Callable
from typing import Any

from app.control import Control
from app.controls import control
from engine.analysis import Analysis
from engine.component import Invalid, parameters


class Choices:
    """`value` is the analysis as the controls have it; `ask` hears that it has changed."""

    def __init__(self, analysis: Analysis, ask: Callable[[], None]):
        self.value, self._ask = analysis, ask
        self.controls: dict[str, Control] = {
            p.name: control(p, self._wanted) for p in parameters(analysis, f"{analysis.kind}.")
        }

    def __getitem__(self, name: str) -> Any:
        return self.controls[name].layout

    def _wanted(self, address: str, value: Any) -> None:
        name = address.rpartition(".")[2]
        try:
            self.value = self.value.with_value(name, value)
        except Invalid as fault:
            self.controls[name].show(value, str(fault))
            return
        self.controls[name].show(value)
        self._ask()
