"""Reading one sheet of a spreadsheet with the standard library alone."""

import io
import re
import xml.etree.ElementTree as ET
import zipfile

SPREADSHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def rows_of_sheet(content: bytes, title: str) -> list[dict[str, str]]:
    """The rows of the sheet called `title`, each a dict from column letter to text."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        shared = [
            "".join(t.text or "" for t in item.iter(SPREADSHEET + "t"))
            for item in ET.fromstring(book.read("xl/sharedStrings.xml"))
        ]
        sheets = ET.fromstring(book.read("xl/workbook.xml")).iter(SPREADSHEET + "sheet")
        relation = next(sheet.get(RELATION) for sheet in sheets if sheet.get("name") == title)
        targets = {r.get("Id"): r.get("Target") for r in ET.fromstring(book.read("xl/_rels/workbook.xml.rels"))}
        root = ET.fromstring(book.read(f"xl/{targets[relation]}"))
    return [_cells(row, shared) for row in root.iter(SPREADSHEET + "row")]


def _cells(row: ET.Element, shared: list[str]) -> dict[str, str]:
    cells = {}
    for cell in row:
        value = cell.find(SPREADSHEET + "v")
        if value is not None:
            text = value.text or ""
            cells[re.match("[A-Z]+", cell.get("r")).group()] = shared[int(text)] if cell.get("t") == "s" else text
    return cells
