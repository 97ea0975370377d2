"""An adjacency matrix as text, with or without labels."""

import numpy as np

from engine.component import Invalid
from engine.connectomes.formats import limits
from engine.connectomes.formats.found import Found
from engine.connectomes.formats.table import Table

INDEX_WORDS = ("", "unnamed: 0", "index", "label", "labels", "name", "names", "region", "node", "id", "neuron")


def has_index(table: Table) -> bool:
    """Whether the first column names the rows."""
    first = table.column(0)
    if any(not table.is_number(cell) for cell in first):
        return True
    return table.header is not None and table.header[0].lower() in INDEX_WORDS


def read_matrix(table: Table) -> Found:
    """The matrix; its names are those of its rows, else those of its columns."""
    index = has_index(table)
    limits.require_side((table.columns,), table.name)
    numbers = table.numbers(range(int(index), table.columns))
    rows = tuple(map(str, table.texts(0))) if index else None
    columns = None if table.header is None else table.header[int(index) : table.columns]
    if table.header is not None and columns and len(columns) != numbers.shape[1]:
        raise Invalid(f"{table.name} has {len(columns)} column labels for {numbers.shape[1]} columns of numbers.")
    names = rows or columns
    other = columns if rows and columns != rows else None
    return Found(_said(table), names, np.ascontiguousarray(numbers), column_names=other)


def _said(table: Table) -> str:
    separator = {",": "comma", ";": "semicolon", "\t": "tab", " ": "spaces", "|": "bar"}.get(table.separator, "a sign")
    comma = ", decimal comma" if table.decimal == "," else ""
    return f"matrix as text ({separator}{comma})"
