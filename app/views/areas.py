"""Editors for areas: the area table of a generator, merging measured areas, and who receives input and is read out."""

from collections import Counter
from typing import Any

import panel as pn
import panel_material_ui as pmui

from app import look
from app.control import Control, label
from app.fitting import fitted
from app.session import Session
from app.session_control import SessionControl
from app.views.area_table import STYLE, AreaTable, Chips, RenameTable
from engine.component import Parameter
from engine.connectomes.catalogue import labels_of, record
from engine.connectomes.layout import areas_by

COMMON = {"sizing_mode": "stretch_width", "margin": (4, 4), "styles": STYLE}


class AreaEditor(SessionControl):
    """Sizes and densities in one table, since an area is a row and a column of it."""

    def build(self) -> Any:
        self.widget = AreaTable(**COMMON)
        self.widget.param.watch(self._edited, "edited")
        return self.widget

    def put(self, value: Any) -> None:
        names = tuple(area.name for area in value)
        self.widget.param.update(
            areas=[{"name": area.name, "units": area.units} for area in value],
            densities=self._shown_densities(),
            colours=list(look.area_colours(names).values()),
        )

    def _shown_densities(self) -> list[list[float]]:
        """Those in force: of the table, or of the pattern that makes one."""
        wiring = self.session.experiment.wiring
        return [list(row) for row in wiring.densities] if wiring.pattern == "table" else wiring.table().tolist()

    def _edited(self, event: Any) -> None:
        areas = tuple(event.new["areas"])
        densities = tuple(tuple(row) for row in event.new["densities"])
        known = {area["name"] for area in areas}
        chosen = self.session.experiment.constraints.projections
        kept = {
            f"constraints.projections.{field}": tuple(a for a in getattr(chosen, field) if a in known)
            for field in ("input_areas", "readout_areas")
        }
        shown = tuple(map(tuple, self._shown_densities()))
        table = {"wiring.areas": areas, "wiring.densities": densities}
        if len(densities) == len(shown) and densities != shown:
            table["wiring.pattern"] = "table"  # a cell was edited, so the table is what counts
        self.session.change_all(table | kept, "wiring.areas")


class MergeEditor(SessionControl):
    """Every measured area with a box for the area that it shall belong to."""

    def build(self) -> Any:
        self.widget = RenameTable(**COMMON)
        self.widget.param.watch(lambda event: self.wanted(event.new), "edited")
        return self.widget

    def put(self, value: Any) -> None:
        wiring = self.session.experiment.wiring
        labels, n = labels_of(wiring.connectome, wiring.matrix)
        counted = Counter(areas_by(labels, wiring.area_by or record(wiring.connectome).area_by, n))
        self.widget.rows = [{"name": a, "units": n, "now": value.get(a, a)} for a, n in counted.items()]


class AreaChips(SessionControl):
    """The areas of the connectome as it is wired now; ticked ones are chosen, none means all."""

    def build(self) -> Any:
        self.widget = Chips(label=label(self.parameter), **COMMON)
        self.widget.param.watch(lambda event: self.wanted(tuple(event.new)), "value")
        self.session.param.watch(lambda _: self._offer(), "connectome")
        self._offer()
        return self.widget

    def put(self, value: Any) -> None:
        self.widget.value = list(value)

    def _offer(self) -> None:
        names = self.session.connectome.area_names if self.session.connectome is not None else ()
        self.widget.options = [{"value": name, "colour": colour} for name, colour in look.area_colours(names).items()]


class FromRecord(SessionControl):
    """A list whose entries the record of the chosen connectome gives."""

    def build(self) -> Any:
        self.widget = pmui.Select(options={"": ""}, **self.boxed)
        self.widget.param.watch(lambda event: self.wanted(event.new), "value")
        return self.widget

    def put(self, value: Any) -> None:
        options = self._options()
        if options != self.widget.options:
            self.widget.options = options
            self.widget.param.trigger("value")  # the browser holds the label, which is another one now
        self.widget.value = value if value in options.values() else None

    def _options(self) -> dict[str, str]:
        found = record(self.session.experiment.wiring.connectome)
        if self.parameter.name == "matrix":
            first, *others = found.matrices
            return {first.title: "", **{matrix.title: matrix.name for matrix in others}}
        named = {label: label for label in found.area_labels if label != found.area_by}
        return {f"{found.area_by} (as recorded)": "", **named, "one area": "one"}


def _hidden(parameter: Parameter, session: Session) -> Control:
    """The densities are part of the area table, where there is one."""
    return nothing(parameter, session) if session.experiment.wiring.kind == "areas" else fitted(parameter, session)


class _Nothing(SessionControl):
    def build(self) -> Any:
        return pn.Row(margin=0)

    def put(self, value: Any) -> None:
        """Shown elsewhere."""


def nothing(parameter: Parameter, session: Session) -> Control:
    """The control of a field that is part of another control."""
    made = _Nothing(parameter, session)
    made.layout.visible = False
    return made


EDITORS = {
    "wiring.areas": AreaEditor,
    "wiring.densities": _hidden,
    "wiring.merged_areas": MergeEditor,
    "wiring.area_by": FromRecord,
    "wiring.matrix": FromRecord,
    "constraints.projections.input_areas": AreaChips,
    "constraints.projections.readout_areas": AreaChips,
}
