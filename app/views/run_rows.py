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
    "accuracy": "Accuracy (%)", "steps": "Steps", "time": "Time", "started": "Started", "note": "Note",
}  # fmt: skip
WIDTHS = {
    "name": 180, "state": 84, "task": 150, "wiring": 140, "networks": 90, "loss": 76, "accuracy": 118, "steps": 100,
    "time": 84, "started": 140, "note": 180,
}  # fmt: skip
TABLE_CSS = """
:host, .tabulator { font-size: 12.5px !important; }
.tabulator-row .tabulator-cell { padding: 5px 8px !important; height: auto !important; }
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
    accuracy = "–" if summary.accuracy is None else f"{100 * summary.accuracy:.1f}"
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


def new_table(ids: list[str], rows: list[tuple[Any, ...]]) -> pn.widgets.Tabulator:
    """The table of the runs, with boxes to tick."""
    return pn.widgets.Tabulator(
        frame_of(ids, rows), titles=COLUMNS, widths=WIDTHS, show_index=False, disabled=True,
        selectable="checkbox", height=300, sizing_mode="stretch_width", pagination=None, stylesheets=[TABLE_CSS],
        layout="fit_data_fill", theme="materialize", text_align={"loss": "right", "accuracy": "right"}, margin=0,
    )  # fmt: skip
