"""The tools of the wiring editor: what a gesture on the matrix does, and the steps that it becomes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import panel as pn
import panel_material_ui as pmui

from app import look
from app.views.wiring_picture import Shown
from engine.component import Invalid
from engine.connectomes.editing import added, assigned, flipped, on_blocks, removed, without
from engine.connectomes.steps import ScaleBlock, SetBlockWeights, SetDensity, Step

MODES = {"Blocks": "blocks", "Brush": "brush", "Box": "box", "Lasso": "lasso", "Units": "units", "Move": "look"}
HOW = {
    "blocks": "Click a block, or drag over several, to set it to the value. Shift empties.",
    "brush": "Drag to add connections, each pair under the brush with the probability. Shift deletes.",
    "box": "Drag a box around connections, then delete or add.",
    "lasso": "Draw around connections, then delete or add.",
    "units": "Drag across columns or click one to choose units; Shift takes units out of the choice.",
    "look": "Drag to move the picture.",
}
NAMED = "wiring editor"  # by tags that begin so the canvas finds the widgets in the page
BLOCK_VALUES = {"Density": "density", "Weights ×": "factor", "Mean weight": "strength"}
BUTTON_SX = {"& .MuiToggleButton-root": {"py": "2px", "px": "8px", "whiteSpace": "nowrap"}}
Apply = Callable[[tuple[Step, ...]], None]


class EditorTools(pn.viewable.Viewer):
    """The mode and its settings; `gesture` takes what was drawn, `apply` gets the steps it becomes."""

    def __init__(self, apply: Apply):
        super().__init__()
        self.apply = apply
        self.shown: Shown | None = None
        self.units: tuple[int, ...] = ()
        self.region: dict[str, Any] = {}
        self.refused = ""
        self.mode = _buttons("What the pointer does", MODES, "blocks", tags=[f"{NAMED} mode"])
        self.how = look.note("", margin=(2, 4, 6, 4))
        self._block_parts()
        self._pair_parts()
        self._unit_parts()
        self.mode.param.watch(lambda _: self._turn(), "value")
        self._turn()

    def __panel__(self) -> Any:
        parts = (self.mode, self.how, self.block_row, self.block_by, self.pair_column, self.unit_column)
        return pn.Column(*parts, sizing_mode="stretch_width", margin=0)

    def _block_parts(self) -> None:
        self.what = _buttons("What is set", BLOCK_VALUES, "density")
        self.value = _number("Density", 0.3, 0, 1, 0.05)
        self.by = _buttons("Blocks", {"Areas": False, "Areas × types": True}, False, tags=[f"{NAMED} by"])
        self.block_row = pn.Row(self.what, self.value, sizing_mode="stretch_width", margin=0)
        self.block_by = pn.Row(self.by, sizing_mode="stretch_width", margin=0)
        self.what.param.watch(lambda event: self._offer_value(event.new), "value")

    def _pair_parts(self) -> None:
        self.brush = _number("Brush width", 5, 1, 200, 1, pmui.IntInput, tags=[f"{NAMED} brush"])
        self.chance = _number("Probability", 0.5, 0, 1, 0.05)
        self.weight = _number("New weight", 1.0, 1e-6, 1e6, 0.1)
        self.covered = look.note("", margin=(2, 4))
        self.delete = _act("Delete connections", "delete", lambda: self._on_region(self._removed))
        self.add = _act("Add connections", "add", lambda: self._on_region(self._added))
        numbers = pn.Row(self.brush, self.chance, self.weight, sizing_mode="stretch_width", margin=0)
        self.on_region = pn.Column(self.covered, pn.Row(self.delete, self.add, margin=0), margin=0)
        self.pair_column = pn.Column(numbers, self.on_region, sizing_mode="stretch_width", margin=0)

    def _unit_parts(self) -> None:
        self.chosen = look.note("", margin=(2, 4))
        self.flip = _act("Flip signs", "swap_vert", lambda: self._on_units(flipped))
        self.gone = _act("Remove units", "delete", lambda: self._on_units(without))
        self.area = pmui.AutocompleteInput(
            label="Area, old or new", options=[], restrict=False, min_characters=0, size="small", width=170, margin=4
        )
        self.assign = _act("Assign", "place", self._assign)
        signs = pn.Row(self.flip, self.gone, margin=0)
        self.unit_column = pn.Column(self.chosen, signs, pn.Row(self.area, self.assign, margin=0), margin=0)

    def show(self, shown: Shown) -> None:
        """The connectome that gestures are about from now on."""
        known = self.shown.connectome.names if self.shown else ()
        if self.shown is None:
            strong = np.abs(shown.connectome.weights[shown.connectome.weights != 0])
            self.weight.value = float(f"{np.median(strong):.3g}") if strong.size else 1.0
        if known != shown.connectome.names:
            self.units = ()
        self.shown = shown
        self.area.options = list(shown.connectome.area_names)
        self._tell()

    def gesture(self, drawn: dict[str, Any]) -> None:
        """What was drawn becomes steps, a region or a choice of units. Raises nothing: `refused` says why not."""
        if self.shown is None or not drawn:
            return
        self.refused = ""
        self.mode.value = drawn["mode"]  # a quick hand is here before its choice of the tool
        act = {"blocks": self._paint_blocks, "brush": self._paint, "units": self._choose}.get(
            drawn["mode"], self._surround
        )
        act(drawn)
        self._tell()

    @property
    def marks(self) -> list[list[int]]:
        """Spans of the chosen units in the order shown."""
        if self.shown is None or not self.units:
            return []
        places = np.flatnonzero(np.isin(self.shown.ordering.units, self.units))
        return [[int(r[0]), int(r[-1]) + 1] for r in np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)]

    def _paint_blocks(self, drawn: dict[str, Any]) -> None:
        made = {"density": SetDensity, "factor": ScaleBlock, "strength": SetBlockWeights}[self.what.value]
        value = {"density": 0.0} if drawn["erase"] else {self.what.value: self.value.value}
        post, pre = (self.shown.blocks(drawn[side], drawn["by_type"]) for side in ("post", "pre"))
        self._attempt(lambda: on_blocks((SetDensity if drawn["erase"] else made).read(value), post, pre))

    def _paint(self, drawn: dict[str, Any]) -> None:
        pairs = self.shown.pairs(drawn)
        self._attempt(lambda: self._removed(pairs) if drawn["erase"] else self._added(pairs))

    def _surround(self, drawn: dict[str, Any]) -> None:
        self.region = {k: v for k, v in drawn.items() if k != "count"} | {"erase": False}

    def _choose(self, drawn: dict[str, Any]) -> None:
        found = self.shown.units(*drawn["span"])
        kept = [unit for unit in self.units if unit not in set(found)]
        self.units = tuple(kept) if drawn["erase"] else (*kept, *found)

    def _added(self, pairs: np.ndarray) -> tuple[Step, ...]:
        chance = self.chance.value if self.chance.value is not None else 1.0
        return added(self.shown.connectome, pairs, self.weight.value, chance, np.random.default_rng())

    def _removed(self, pairs: np.ndarray) -> tuple[Step, ...]:
        return removed(self.shown.connectome, pairs, 1.0, np.random.default_rng())

    def _on_region(self, act: Callable[[np.ndarray], tuple[Step, ...]]) -> None:
        if self.shown is not None and self.region:
            self._attempt(lambda: act(self.shown.pairs(self.region)))

    def _on_units(self, act: Callable[..., Step]) -> None:
        if self.shown is not None and self.units:
            self._attempt(lambda: (act(self.shown.connectome, self.units),))

    def _assign(self) -> None:
        area = (self.area.value or self.area.value_input or "").strip()
        if area:
            self._on_units(lambda connectome, units: assigned(connectome, units, area))

    def _attempt(self, make: Callable[[], tuple[Step, ...]]) -> None:
        try:
            steps = make()
        except Invalid as fault:
            self.refused = str(fault)
            return
        self.refused = "" if steps else "Nothing there to change."
        if steps:
            self.apply(steps)

    def _turn(self) -> None:
        mode = self.mode.value
        self.how.object = HOW[mode]
        self.block_row.visible = self.block_by.visible = mode == "blocks"
        self.pair_column.visible, self.on_region.visible = mode in ("brush", "box", "lasso"), mode in ("box", "lasso")
        self.brush.visible, self.unit_column.visible = mode == "brush", mode == "units"
        self.region = {}
        self._tell()

    def _offer_value(self, what: str) -> None:
        positive = (1e-6, 1e6)
        of = {
            "density": ("Density", 0.3, 0, 1),
            "factor": ("Factor", 2.0, *positive),
            "strength": ("Mean", 1.0, *positive),
        }
        name, value, low, high = of[what]
        self.value.param.update(label=name, start=low, end=high, value=value)

    def _tell(self) -> None:
        self.delete.disabled = self.add.disabled = not self.region
        self.flip.disabled = self.gone.disabled = self.assign.disabled = not self.units
        self.chosen.object = f"{look.counted(len(self.units), 'unit')} chosen" if self.units else "No unit is chosen."
        self.covered.object = "Nothing is surrounded yet."
        if self.region and self.shown is not None:
            pairs = self.shown.pairs(self.region)
            there = int((pairs & self.shown.connectome.mask).sum())
            self.covered.object = f"{look.counted(there, 'connection')} of {look.counted(int(pairs.sum()), 'pair')}"


def _buttons(label: str, options: dict[str, Any], value: Any, **more: Any) -> Any:
    return pmui.RadioButtonGroup(
        label=label, options=options, value=value, size="small", margin=(4, 4), sx=BUTTON_SX, **more
    )


def _number(
    label: str, value: float, low: float, high: float, step: float, kind: Any = pmui.FloatInput, **more: Any
) -> Any:
    limits = {"start": low, "end": high, "step": step}
    return kind(label=label, value=value, **limits, size="small", width=100, margin=(6, 4), **more)


def _act(label: str, icon: str, do: Callable[[], None]) -> Any:
    made = pmui.Button(label=label, icon=icon, variant="outlined", size="small", margin=4, disabled=True)
    made.on_click(lambda _: do())
    return made
