"""Export of every figure: PNG, SVG and PDF at a size in millimetres, and its numbers as CSV; no browser is involved."""

import csv
import io
from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
import panel as pn
import panel_material_ui as pmui

from app import look
from app.background import Background
from app.figures import RASTER_DPI, Twin, drawn
from app.saver import Saver
from engine.component import Invalid
from engine.connectomes.sparse_files import sparse_file

Format = Literal["png", "svg", "pdf", "csv", "mtx", "npz"]
SINGLE_COLUMN_MM, DOUBLE_COLUMN_MM = 89, 183
SMALLEST_MM, LARGEST_MM = 20, 1000
MIME = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf", "csv": "text/csv"}
SPARSE = {"mtx": "text/plain", "npz": "application/octet-stream"}  # of matrices only
MENU_SX = {"& .MuiPaper-root": {"padding": "10px 14px", "width": "304px", "boxSizing": "border-box"}}
FIELD_SX = {  # without the buttons for one millimetre more or less, which have no names; the arrow keys do the same
    "& .MuiInputBase-input": {"fontSize": "13px", "px": "12px !important"},
    "& .MuiInputAdornment-root": {"display": "none"},
}


def rendered(twin: Twin, form: Format, width_mm: float = SINGLE_COLUMN_MM, height_mm: float | None = None) -> bytes:
    """The file of a figure at exactly this size (height: as suits it); the size does not matter to numbers."""
    if form in ("mtx", "npz"):
        about = f"{twin.title}. Units in the order of the figure; its CSV names them. {twin.warning}"
        return sparse_file(twin.matrix, form, about)
    if form == "csv":
        return table({**twin.numbers, "WARNING": [twin.warning]} if twin.warning else twin.numbers)
    height_mm = round(width_mm * twin.shape, 1) if height_mm is None else height_mm
    _require_size(width_mm, height_mm)
    buffer = io.BytesIO()
    drawn(twin, width_mm, height_mm).savefig(buffer, format=form, dpi=RASTER_DPI, metadata=_recipe(twin, form))
    return buffer.getvalue()


def table(numbers: Mapping[str, Any]) -> bytes:
    """Columns as CSV with a header; columns may differ in length, and what is no number is left empty."""
    columns = [np.asarray(values).ravel().tolist() for values in numbers.values()]
    rows = max((len(column) for column in columns), default=0)
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(numbers)
    filled = ([_cell(value) for value in column] + [""] * (rows - len(column)) for column in columns)
    writer.writerows(zip(*filled, strict=True))
    return buffer.getvalue().encode()


def export_controls(figure_factory: Callable[[], Twin], name: str | Callable[[], str]) -> pn.Row:
    """The small export button that stands with every figure.

    `figure_factory()` is called on the page's thread when a file is asked for and returns a `Twin` with a copy of what
    is on screen, or raises Invalid if there is nothing yet; another thread draws it. `name` begins the file's name.
    """
    return _Menu(figure_factory, name if callable(name) else lambda: name).row


class _Menu:
    """The button, and the menu that is made when it is first opened."""

    def __init__(self, factory: Callable[[], Twin], name: Callable[[], str]):
        self.factory, self.name = factory, name
        button = pmui.IconButton(
            icon="download", description="Export this figure", color="default", size="small", margin=0, icon_size="18px"
        )
        button.on_click(self._open)
        self.popup = pmui.Popup(sx=MENU_SX, transform_origin={"horizontal": "right", "vertical": "top"})
        self.row = pn.Row(button, self.popup, margin=0, width=34)
        self.saver: Saver | None = None

    def _open(self, _: Any) -> None:
        if self.saver is None:
            self.saver = Saver()
            self.background = Background(pn.state.curdoc)
            self.popup.objects = self._content()
            self.row.append(self.saver)
        self._say("")
        self.sparse.visible = self._has_matrix()
        self.popup.open = True

    def _content(self) -> list[Any]:
        self.preset = pmui.RadioButtonGroup(
            options={f"{SINGLE_COLUMN_MM} mm": SINGLE_COLUMN_MM, f"{DOUBLE_COLUMN_MM} mm": DOUBLE_COLUMN_MM},
            value=SINGLE_COLUMN_MM, size="small", margin=(0, 0, 8, 0), sizing_mode="stretch_width",
        )  # fmt: skip
        size = {"start": SMALLEST_MM, "end": LARGEST_MM, "step": 1, "size": "small", "width": 116, "sx": FIELD_SX}
        self.width = pmui.FloatInput(label="Width (mm)", value=SINGLE_COLUMN_MM, margin=(0, 8, 8, 0), **size)
        self.height = pmui.FloatInput(label="Height (mm)", value=self._suiting_height(), margin=(0, 0, 8, 0), **size)
        self.preset.param.watch(self._take_preset, "value")
        self.said = pn.pane.HTML("", css_classes=["note"], stylesheets=[look.stylesheet()], margin=(6, 0, 0, 0))
        buttons = pmui.Row(*(self._button(form, form.upper()) for form in MIME), margin=0)
        self.sparse = pmui.Row(*(self._button(form, f"Sparse {form}") for form in SPARSE), margin=(8, 0, 0, 0))
        return [self.preset, pmui.Row(self.width, self.height, margin=0), buttons, self.sparse, self.said]

    def _button(self, form: Format, label: str) -> pmui.Button:
        made = pmui.Button(label=label, variant="outlined", size="small", margin=(0, 6, 0, 0))
        made.on_click(lambda _: self._export(form))
        return made

    def _take_preset(self, event: Any) -> None:
        self.width.value = event.new
        self.height.value = self._suiting_height()

    def _suiting_height(self) -> float:
        try:
            return round(self.width.value * self.factory().shape)
        except Invalid:
            return round(self.width.value * 0.62)

    def _has_matrix(self) -> bool:
        try:
            return self.factory().matrix is not None
        except Invalid:
            return False

    def _export(self, form: Format) -> None:
        try:
            twin = self.factory()
        except Invalid as fault:
            self._say(str(fault))
            return
        width, height, file = self.width.value, self.height.value, f"{self.name()}.{form}"
        self._say(f"Drawing {file} …")
        self.background.latest(
            "export",
            lambda: rendered(twin, form, width, height),
            lambda content: self._save(file, (MIME | SPARSE)[form], content),
            lambda fault: self._say(str(fault)),
        )

    def _save(self, file: str, mime: str, content: bytes) -> None:
        if self.saver is not None:
            self.saver.save(file, mime, content)
        self._say(f"{file} · {len(content) / 1000:,.0f} kB")

    def _say(self, sentence: str) -> None:
        self.said.object = sentence


def _require_size(width_mm: float | None, height_mm: float | None) -> None:
    for what, value in (("width", width_mm), ("height", height_mm)):
        if value is None or not SMALLEST_MM <= value <= LARGEST_MM:
            raise Invalid(f"The {what} must be {SMALLEST_MM} to {LARGEST_MM} mm.")


def _recipe(twin: Twin, form: Format) -> dict[str, Any]:
    """Title and experiment as the format keeps them; no date, so that equal figures are equal files."""
    made = f"Connectarium experiment: {twin.link or 'default'}" + (f" {twin.warning}" if twin.warning else "")
    if form == "pdf":
        return {"Title": twin.title, "Subject": made, "Creator": "Connectarium", "CreationDate": None}
    if form == "svg":
        return {"Title": twin.title, "Description": made, "Creator": "Connectarium", "Date": None}
    return {"Title": twin.title, "Description": made, "Software": "Connectarium"}


def _cell(value: Any) -> Any:
    if isinstance(value, float):
        return "" if not np.isfinite(value) else f"{value:.9g}"
    return "" if value is None else value
