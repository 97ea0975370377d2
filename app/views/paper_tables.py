"""The tables of a paper: comparisons, factor analyses, routes; one at a time, and each as a file."""

import math
from collections.abc import Callable, Mapping
from functools import partial
from html import escape
from typing import Any

import pandas as pd
import panel as pn
import panel_material_ui as pmui

from app import look
from app.papers import Result
from app.saver import Saver
from app.session import Session
from engine.component import Invalid

MOST_ROWS = 300
NONE_YET = "This paper's tables are made when its first parts are done."


class PaperTables(pn.viewable.Viewer):
    """`show(result)` fills it; the tables are made on another thread when they are first looked at."""

    def __init__(self, session: Session, saver: Saver, refuse: Callable[[Invalid], None]):
        super().__init__()
        self.session, self.saver, self._refuse = session, saver, refuse
        self._about: Any = None
        self._tables: Mapping[str, pd.DataFrame] = {}
        self._name = ""
        self.choice = pmui.Select(label="Table", options={}, size="small", width=330, margin=(6, 8, 4, 0))
        self.choice.param.watch(lambda _: self._tell(), "value")
        self.save = pmui.Button(
            label="CSV", icon="download", variant="text", size="small", margin=(8, 4, 0, 0),
            description="The whole table as CSV",
        )  # fmt: skip
        self.save.on_click(lambda _: self._save())
        self.said = look.note("", margin=(0, 0, 4, 0))
        self.table = look.text("", "paper-table", margin=0)
        self.tools = pn.Row(self.choice, self.save, margin=0, visible=False)
        self.layout = pn.Column(self.tools, self.said, self.table, sizing_mode="stretch_width", margin=0)

    def __panel__(self) -> Any:
        return self.layout

    def show(self, result: Result | None) -> None:
        """The tables of these readings."""
        judged = result.judged if result is not None else None
        if judged is self._about and judged is not None:
            return
        self._about = judged
        if judged is None:
            self._take("", None, {})
        else:
            self.said.object = "Making the tables …"
            make = partial(result.paper.tables, judged.table)
            done = partial(self._take, result.folder.name, judged)
            self.session.background.latest("paper tables", make, done, self._refuse)

    def _take(self, name: str, about: Any, tables: Mapping[str, pd.DataFrame]) -> None:
        if about is not self._about:
            return  # another paper is on show by now
        self._name = name
        self._tables = {key: frame for key, frame in tables.items() if len(frame)}
        options = {key.replace("_", " "): key for key in self._tables}
        if options != self.choice.options:
            kept = self.choice.value if self.choice.value in self._tables else next(iter(self._tables), None)
            self.choice.param.update(options=options, value=kept)
        self.tools.visible = bool(options)
        self._tell()

    def _tell(self) -> None:
        frame = self._tables.get(self.choice.value)
        if frame is None:
            self.said.object, self.table.object = NONE_YET, ""
            return
        more = f"The first {MOST_ROWS} of {len(frame):,} rows; the file has all." if len(frame) > MOST_ROWS else ""
        self.said.object = more
        self.table.object = _html(frame.head(MOST_ROWS))

    def _save(self) -> None:
        key = self.choice.value
        frame = self._tables[key]
        self.session.background.latest(
            "paper file", lambda: frame.to_csv(index=False).encode(),
            lambda content: self.saver.save(f"{self._name}_{key}.csv", "text/csv", content), self._refuse,
        )  # fmt: skip


def _html(frame: pd.DataFrame) -> str:
    head = "".join(f'<th scope="col">{escape(str(name).replace("_", " "))}</th>' for name in frame.columns)
    rows = (
        "".join(f"<td{_kind(v)}>{_cell(v)}</td>" for v in row) for row in frame.itertuples(index=False)
    )  # fmt: skip
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(f'<tr>{row}</tr>' for row in rows)}</tbody></table>"


def _kind(value: object) -> str:
    return " class='figures'" if isinstance(value, (int, float)) else ""


def _cell(value: object) -> str:
    if isinstance(value, float):
        return look.number(value) if math.isfinite(value) else "–"
    return escape("" if value is None else str(value))
