"""The rows of the table of runs."""

import contextlib
import os
import time
from pathlib import Path
from typing import Any

import pandas as pd
import panel as pn

from app import look
from engine.experiments.summary import Summary

COLUMNS = {
    "name": "Name", "state": "State", "task": "Task", "wiring": "Connectome", "networks": "Networks", "loss": "Loss",
    "accuracy": "Accuracy", "steps": "Steps", "time": "Time", "started": "Started", "note": "Note",
}  # fmt: skip
WIDTHS = {
    "state": 82, "task": 142, "wiring": 130, "networks": 96, "loss": 74, "accuracy": 94, "steps": 100, "time": 84,
    "started": 128,
}  # fmt: skip
LEAST, GROWS = {"name": 150, "note": 150}, {"name": 2, "note": 3}  # these two share what room is left
LEAVES = ("networks", "started", "time", "steps", "task")  # in this order, where there is no room for all
TABLE_CSS = """
:host, .tabulator { font-size: 12.5px !important; }
.tabulator-row .tabulator-cell { padding: 5px 8px !important; height: auto !important; }
.tabulator-row .tabulator-cell > div { overflow: hidden; text-overflow: ellipsis; }
.tabulator-row .tabulator-cell:has(input) { text-overflow: clip !important; } /* no dot beside the boxes */
.tabulator-header .tabulator-col-content { padding: 6px 8px !important; }
.tabulator-row.tabulator-selected { background: rgba(8, 119, 189, 0.14) !important; color: inherit !important; }
.tabulator-row.tabulator-selected .tabulator-cell { color: inherit !important; }
"""


def disk_used(folder: Path) -> int:
    """Bytes that the store takes, the trash included."""
    total = 0
    for inner, _, files in os.walk(folder):
        for name in files:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(inner, name)).st_size
    return total


def cells(summary: Summary) -> tuple[Any, ...]:
    """The row of a run, one entry per column."""
    accuracy = "–" if summary.accuracy is None else f"{100 * summary.accuracy:.1f} %"
    name = summary.name.removeprefix(f"{summary.wiring} · {summary.task} · ")
    started = time.strftime("%Y-%m-%d %H:%M", time.localtime(summary.started)) if summary.started else ""
    return (
        name, summary.state, summary.task, summary.wiring, summary.networks, look.number(summary.loss, 3),
        accuracy, f"{summary.step:,} / {summary.steps:,}", look.duration(summary.seconds), started,
        summary.note,
    )  # fmt: skip


def frame_of(ids: list[str], rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    """The table of these rows."""
    return pd.DataFrame(rows, columns=list(COLUMNS), index=ids, dtype=object)


def told(summary: Summary) -> str:
    """What went wrong with a run, and what opening it shows then."""
    said = f"{summary.name}: {summary.message}"
    if summary.state != "damaged":
        return said
    if not summary.is_readable:
        return f"{said} It cannot be opened, since what was asked of it cannot be read."
    return f"{said} Open shows what can still be read; do not rely on what this names."


def searched(summary: Summary) -> str:
    """What the filter looks at, in small letters."""
    return " ".join((summary.name, summary.state, summary.task, summary.wiring, summary.note, summary.id)).lower()


class RunTable(pn.widgets.Tabulator):
    """A table that fits its window: name and note share what room is left, and what matters least leaves first."""

    def _config_columns(self, column_objs: list[Any]) -> list[dict[str, Any]]:
        # not by `configuration`, which counts the column of boxes as the first (panel 1.9)
        made: list[dict[str, Any]] = super()._config_columns(column_objs)
        return [column | _fitted(column["field"]) if column.get("field") in COLUMNS else column for column in made]


def _fitted(name: str) -> dict[str, Any]:
    """What the browser does with a column: all its words under the pointer, and when it makes room for others."""
    fitted = {"tooltip": True, "responsive": len(LEAVES) - LEAVES.index(name) if name in LEAVES else 0}
    return fitted | ({"minWidth": LEAST[name], "widthGrow": GROWS[name]} if name in LEAST else {})


def new_table(ids: list[str], rows: list[tuple[Any, ...]]) -> RunTable:
    """The table of the runs, with boxes to tick."""
    return RunTable(
        frame_of(ids, rows), titles=COLUMNS, widths=WIDTHS, show_index=False, disabled=True,
        selectable="checkbox", height=300, sizing_mode="stretch_width", pagination=None, stylesheets=[TABLE_CSS],
        layout="fit_columns", theme="materialize", text_align={"loss": "right", "accuracy": "right"}, margin=0,
        configuration={"responsiveLayout": "hide"},
    )  # fmt: skip
