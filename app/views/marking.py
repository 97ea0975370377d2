"""Which units are marked: chips for areas and signs, the marked units in words, and a way to let go of them."""

from collections.abc import Callable
from functools import partial

import panel as pn
import panel_material_ui as pmui

from app.session import Selection
from engine.analysis.connectivity import group_of_units
from engine.connectomes.connectome import Connectome

MOST_CHIPS = 6
SIGNS = ("E", "I", "free")
SLIM = {"padding": "0px 8px", "fontSize": "12px", "whiteSpace": "nowrap", "minHeight": "22px"}
LONGEST = 28  # letters of what is marked
CHIP = {"& .MuiChip-root, &.MuiChip-root": {"cursor": "pointer"}}


class Marking:
    """A row of chips; `select` is told what was chosen."""

    def __init__(self, select: Callable[[Selection], None]):
        self._select = select
        self._connectome: Connectome | None = None
        self._chips = pn.Row(margin=0, align="center")
        self._groups = pmui.Select(
            label="Mark",
            options={"…": ""},
            value="",
            size="small",
            variant="outlined",
            width=120,
            visible=False,
            margin=4,
        )
        self._groups.param.watch(self._chosen, "value")
        self.clear = pmui.Button(
            label="", icon="close", variant="outlined", size="small", color="default", visible=False, sx=SLIM,
            margin=(6, 6, 0, 0),
        )  # fmt: skip
        self.clear.on_click(lambda _: select(Selection()))
        self.controls = (self._groups, self._chips)

    def offer(self, connectome: Connectome) -> None:
        """The groups of this connectome."""
        if connectome is self._connectome:
            return
        self._connectome = connectome
        groups = groups_of(connectome)
        many = len(groups) > MOST_CHIPS
        short = {label: groups[label] for label in groups if not many or label in SIGNS}
        self._chips.objects = [self._chip(label, units) for label, units in short.items()]
        self._groups.param.update(options={"…": "", **{g: g for g in groups}}, value="")
        self._groups.visible = many

    def show(self, selection: Selection) -> None:
        """Say what is marked."""
        n = len(selection.units)
        self.clear.visible = n > 0
        label = selection.label if len(selection.label) <= LONGEST else f"{selection.label[: LONGEST - 1]}…"
        self.clear.label = f"{label} · {n}" if n > 1 else label
        if not n:
            self._groups.value = ""

    def _chip(self, label: str, units: tuple[int, ...]) -> pmui.Chip:
        chip = pmui.Chip(label=label, size="small", variant="outlined", sx=CHIP, margin=3)
        chip.param.watch(partial(self._take, label, units), "clicks")
        return chip

    def _take(self, label: str, units: tuple[int, ...], *_: object) -> None:
        self._select(Selection(units, label))

    def _chosen(self, event: object) -> None:
        if self._connectome is not None and self._groups.value:
            self._take(self._groups.value, groups_of(self._connectome)[self._groups.value])


def groups_of(connectome: Connectome) -> dict[str, tuple[int, ...]]:
    """Units by area, then by sign, then by cell type; groups that hold all units are left out."""
    found: dict[str, tuple[int, ...]] = {}
    for by in ("area", "sign", "type"):
        named = group_of_units(connectome, by)
        for name in dict.fromkeys(named):
            units = tuple(k for k, group in enumerate(named) if group == name)
            if len(units) < connectome.n:
                found.setdefault(name, units)
    return found
