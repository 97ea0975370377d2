"""What all controls share: label, unit, help, reset and error, read off the parameter."""

import types
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Union, get_args, get_origin

import panel as pn
import panel_material_ui as pmui

from app import look
from engine.component import Parameter

Ask = Callable[[str, Any], Any]

SYMBOLS = {
    "tau": "Time constant τ", "dt": "Time step Δt", "relu": "ReLU", "tanh": "tanh", "sgd": "SGD", "adamw": "AdamW",
    "rmsprop": "RMSProp", "cpu": "CPU", "cuda": "CUDA", "dales_law": "Dale's law", "log1p": "log(1 + w)",
    "learn_tau": "Learn τ", "shortest_tau": "Shortest τ", "longest_tau": "Longest τ", "sqrt_2alpha": "√(2α)",
}  # fmt: skip
FIELDS = {  # fields whose name alone does not say what they are
    "rules": "Rules for synapses", "target_rules": "Rules for cell types", "wiring.steps": "Changes",
    "table": "Probabilities", "exceptions": "Exceptions by pair", "connection_probability": "Probability",
    "area_by": "Areas from", "pre": "From", "post": "To", "post_areas": "To areas", "post_types": "To cell types",
    "pre_areas": "From areas", "pre_types": "From cell types", "from_type": "From cell type", "to_type": "To cell type",
    "structure.share": "Strongest weights (share)", "structure.nulls": "Random graphs",
    "structure.symmetric": "Either direction connects",
    "types": "Cell types", "merged_areas": "Merge areas", "listed": "Densities by region",
}  # fmt: skip
BOXED = (10, 4, 3, 4)  # the name of an outlined box stands on its upper edge
UNIT_SUFFIXES = {"Hz": "_hz", "µm": "_um", "°": "_deg", "°/s": "_deg_s"}


def words(name: str, unit: str = "") -> str:
    """A field or a kind as words, with its unit: `tau_ms` → 'Time constant τ (ms)'."""
    stem = name.removesuffix(UNIT_SUFFIXES.get(unit, f"_{unit}")) if unit else name
    text = SYMBOLS.get(stem) or stem.replace("_", " ")
    return f"{text[:1].upper()}{text[1:]}" + (f" ({unit})" if unit else "")


def label(parameter: Parameter) -> str:
    """What the control is called; a `kind` is called after the field that holds it."""
    if parameter.name == "kind":
        return words(parameter.address.rsplit(".", 2)[-2])
    return FIELDS.get(parameter.address) or FIELDS.get(parameter.name) or words(parameter.name, parameter.unit)


class Control(ABC):
    """A parameter on screen. `ask(address, value)` hears what the user wants; `show` is told what is the case."""

    depends_on_others: ClassVar[bool] = False  # whether it shows more than the value of its own parameter
    is_dragged: ClassVar[bool] = False  # then nothing may be added to the page while pictures follow the hand

    def __init__(self, parameter: Parameter, ask: Ask, resettable: bool = True):
        self.parameter = parameter
        self._resettable = resettable
        self.fault = ""
        self.widget: Any = None
        self._ask = ask
        self._showing = False
        self._line: pn.pane.HTML | None = None
        self._reset: pmui.IconButton | None = None
        self._shown: tuple[Any, str] | None = None
        self.common = {"label": label(parameter), "description": parameter.help, "size": "small"}
        self.common |= {"sizing_mode": "stretch_width", "margin": (3, 4)}
        self.boxed = self.common | {"margin": BOXED}
        self._row = pn.Row(self.build(), sizing_mode="stretch_width", margin=0)
        self.layout = pn.Column(self._row, sizing_mode="stretch_width", margin=0)
        self.show(parameter.value)

    @abstractmethod
    def build(self) -> Any:
        """The widget; it calls `self.wanted` when the user acts."""

    @abstractmethod
    def put(self, value: Any) -> None:
        """Make the widget show a value."""

    def wanted(self, value: Any) -> None:
        """The user asks for a value."""
        if not self._showing:
            self._ask(self.parameter.address, value)

    def show(self, value: Any, fault: str = "") -> None:
        """Show what is the case; a refused value stays in its box, with the reason below."""
        if self._shown == (value, fault) and not self.depends_on_others:
            return
        self._shown = (value, fault)
        if not fault:
            self._put_back()
        self._offer_reset(value != self.parameter.default or bool(fault))
        self._explain(fault)

    def cleared(self) -> None:
        """The user emptied the box: the last valid value comes back."""
        if not self._showing:
            self.wanted(self._shown[0])
            self._put_back()

    def _put_back(self) -> None:
        self._showing = True
        self.put(self._shown[0])
        self._showing = False

    def _offer_reset(self, differs: bool) -> None:
        if self._reset is None and (differs or self.is_dragged) and self._resettable:
            name = f"Reset {label(self.parameter)}"
            self._reset = pmui.IconButton(icon="restart_alt", size="small", description=name, margin=0, width=28)
            self._reset.on_click(lambda _: self._ask(self.parameter.address, self.parameter.default))
            self._row.append(self._reset)
        if self._reset is not None:
            self._reset.visible = differs

    def _explain(self, fault: str) -> None:
        if self._line is None and fault:
            self._line = pn.pane.HTML("", css_classes=["fault"], stylesheets=[look.stylesheet()], margin=(0, 6))
            self.layout.append(self._line)
        if self._line is not None:
            self._line.param.update(object=look.escaped(fault), visible=bool(fault))
        self.fault = fault


def base_type(annotation: Any) -> Any:
    """The type below Annotated and `| None`."""
    if get_origin(annotation) is Annotated:
        return base_type(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return base_type(next(member for member in get_args(annotation) if member is not type(None)))
    return annotation
