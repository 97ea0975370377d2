"""Workbooks of a spreadsheet (.xlsx): one sheet of them, as a matrix or a list of connections."""

import csv
import io
import warnings
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl

from engine.component import Invalid
from engine.connectomes.formats import limits
from engine.connectomes.formats.archive import zip_names
from engine.connectomes.formats.delimited import connections
from engine.connectomes.formats.edge_list import SOURCE, TARGET, column_of
from engine.connectomes.formats.found import Found
from engine.connectomes.formats.table import MISSING, Table, table

CELLS, ROWS = 20_000_000, 2**20
ROWS_OF_HEADER = 12  # titles and merged headers stand in the first rows
TRIED = 8  # sheets that are read in search of the first with connections

Grid = list[tuple[str, ...]]


def claims(head: bytes, path: Path) -> bool:
    """Whether this is a zip file with a workbook in it."""
    return head.startswith(b"PK\x03\x04") and "xl/workbook.xml" in zip_names(path)


def read(path: Path, chosen: str = "") -> Found:
    """The chosen sheet, or the first that holds connections. Formulae count as the values that were saved."""
    _require_bearable(path)
    with limits.reading(path.name, "workbook"), warnings.catch_warnings(action="ignore"):
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    try:
        sheets = tuple(sheet.title for sheet in book.worksheets)
        if chosen and chosen not in sheets:
            raise Invalid(f"{path.name} has no sheet '{chosen}'; it has {', '.join(sheets)}.")
        return _first(book, path.name, (chosen,) if chosen else sheets, sheets)
    finally:
        book.close()


def _first(book: Any, name: str, tried: tuple[str, ...], sheets: tuple[str, ...]) -> Found:
    faults, oblong = [], None
    for sheet in tried[:TRIED]:
        try:
            grid = _grid(book[sheet], f"{name}, sheet '{sheet}'")
            found = _connections(grid, f"{name}, sheet '{sheet}'")
        except Invalid as fault:
            faults.append(str(fault))
            continue
        offered = sheets if len(sheets) > 1 else ()
        found = replace(found, format=f"workbook, {found.format}", choices=offered, chosen=sheet)
        if found.matrix is None or found.matrix.shape[0] == found.matrix.shape[1]:
            return found
        oblong = oblong or found
    if oblong is not None:
        return oblong
    raise Invalid(
        faults[0] if len(faults) == 1 else f"{name}: no sheet holds connections. {' '.join(faults[:1])}".strip()
    )


def _grid(sheet: Any, name: str) -> Grid:
    rows: Grid = []
    cells = 0
    with limits.reading(name, "workbook"), warnings.catch_warnings(action="ignore"):
        for row in sheet.iter_rows(values_only=True):
            rows.append(tuple("" if cell is None else _said(cell) for cell in row))
            cells += len(row)
            if cells > CELLS or len(rows) > ROWS:
                raise Invalid(f"{name} has more than {CELLS:,} cells or {ROWS:,} rows; save its connections as CSV.")
    while rows and not any(rows[-1]):
        rows.pop()
    if not rows:
        raise Invalid(f"{name} is empty.")
    width = max(max((i + 1 for i, cell in enumerate(row) if cell), default=0) for row in rows)
    return [(*row[:width], *[""] * (width - len(row))) for row in rows]


def _said(cell: object) -> str:
    return "" if isinstance(cell, float) and not np.isfinite(cell) else str(cell).strip()


def _connections(grid: Grid, name: str) -> Found:
    for start, row in enumerate(grid[:ROWS_OF_HEADER]):
        if column_of(row, SOURCE) is not None and column_of(row, TARGET) is not None:
            return connections(_table(_of_one_header(grid[start:]), name))
    top, left = _corner(grid)
    if top == 0 or left == 0:
        return connections(_table([row[max(0, left - 1) :] for row in grid[max(0, top - 1) :]], name))
    found = connections(_table([("", *row[left:]) if i == 0 else row[left - 1 :]
                                for i, row in enumerate(grid[top - 1 :])], name))  # fmt: skip
    return _with_groups(found, [row[: left - 1] for row in grid[top:]], [row[left:] for row in grid[: top - 1]])


def _of_one_header(grid: Grid) -> Grid:
    """Where a second row of headers explains the first, as below a merged cell, they are one."""
    second = grid[1:3]
    if len(second) < 2 or any(cell and _is_number(cell) for cell in second[0]):
        return grid
    if not any(cell and _is_number(cell) for cell in second[1]):
        return grid
    return [tuple(" ".join(filter(None, pair)) for pair in zip(*grid[:2], strict=True)), *grid[2:]]


def _corner(grid: Grid) -> tuple[int, int]:
    """Where the block of numbers begins: the largest that reaches the lower right corner."""
    number = np.array([[_is_number(cell) for cell in row] for row in grid])
    clean = np.logical_and.accumulate(number[::-1, ::-1], 1)[:, ::-1][::-1]  # numbers from here to the end of the row
    firsts = np.where(clean.any(1), clean.argmax(1), number.shape[1])
    lefts = np.maximum.accumulate(firsts[::-1])[::-1]  # the left edge of a block that begins in this row
    areas = (number.shape[1] - lefts) * (len(grid) - np.arange(len(grid)))
    top = int(areas.argmax())
    return top, int(lefts[top])


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return cell in MISSING
    return True


def _table(grid: Grid, name: str) -> Table:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(grid)
    return table(text.getvalue().encode(), name)


def _with_groups(found: Found, beside: Sequence[Sequence[str]], above: Sequence[Sequence[str]]) -> Found:
    """Merged headers group the units; where rows and columns are the same units, those of the rows count."""
    lines = [list(column) for column in zip(*beside, strict=True)] or [list(row) for row in above]
    n = 0 if found.matrix is None else len(found.matrix)
    told = [_filled(line) for line in lines if len(line) == n and any(line)]
    labels = {f"group{index + 1}" if len(told) > 1 else "group": line for index, line in enumerate(told)}
    return replace(found, labels={**found.labels, **labels})


def _filled(line: list[str]) -> tuple[str, ...]:
    """A merged cell stands in the first of its cells."""
    last, filled = "", []
    for cell in line:
        last = cell or last
        filled.append(last)
    return tuple(filled)


def _require_bearable(path: Path) -> None:
    limits.require_file(path)
    with limits.reading(path.name, "workbook"), zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    if len(members) > limits.MEMBERS:
        raise Invalid(f"{path.name} has {len(members):,} parts, more than a workbook of ours may have.")
    limits.require_unpacked(sum(member.file_size for member in members), path.stat().st_size, path.name)
