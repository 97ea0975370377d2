"""How likely one cell type of a layer projects to another: a table with a row for every pair, also as CSV."""

import csv
import io
from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from engine.component import Component, Invalid, Typical, near

MOST_ROWS = 10_000
LONGEST_TEXT = 2_000_000  # characters
Name = Annotated[str, Field(min_length=1, max_length=200)]


class ProbabilityRow(Component):
    """One pair of cell types: who sends, who receives, and how likely a unit projects to another one.

    A row without areas holds within every area; one that names them, for this pair of areas only and before others.
    """

    title: ClassVar[str] = "Row of the table"
    pre_area: Annotated[str, Field(max_length=200, description="Area that sends; empty: within every area.")] = ""
    pre_layer: Annotated[Name, Field(description="Layer that sends.")] = "L4"
    pre_type: Annotated[Name, Field(description="Cell type that sends.")] = "Pyr"
    post_area: Annotated[str, Field(max_length=200, description="Area that receives; empty: within every area.")] = ""
    post_layer: Annotated[Name, Field(description="Layer that receives.")] = "L2/3"
    post_type: Annotated[Name, Field(description="Cell type that receives.")] = "Pyr"
    connection_probability: Annotated[
        float, Field(ge=0, le=1, description="Chance that a sender projects to a receiver."), Typical(0.0, 0.5, 0.01)
    ] = 0.1

    @property
    def pair(self) -> tuple[tuple[str, str, str], tuple[str, str, str]]:
        """Area, layer and type of the sender and of the receiver."""
        return (self.pre_area, self.pre_layer, self.pre_type), (self.post_area, self.post_layer, self.post_type)

    def __str__(self) -> str:
        pre, post = (" ".join(filter(None, end)) for end in self.pair)
        return f"{pre} to {post}"


COLUMNS = tuple(ProbabilityRow.model_fields)
AREAS = ("pre_area", "post_area")
IGNORED = ("used_in_model",)  # a column of the published file that says which rows its authors used


def read_table(text: str) -> tuple[ProbabilityRow, ...]:
    """The rows of a CSV. Raises Invalid with one sentence that names the row (the heading not counted)."""
    if len(text) > LONGEST_TEXT:
        raise Invalid(f"The table has {len(text)} characters; ours have at most {LONGEST_TEXT}.")
    try:
        heading, *lines = [line for line in csv.reader(io.StringIO(text.lstrip("\ufeff")), strict=True) if line] or [[]]
    except csv.Error as error:
        raise Invalid(f"This is not a table of comma-separated values: {error}.") from None
    names = tuple(name.strip() for name in heading)
    _require_heading(names)
    if len(lines) > MOST_ROWS:
        raise Invalid(f"The table has {len(lines)} rows; ours have at most {MOST_ROWS}.")
    rows = tuple(_read_row(number, names, line) for number, line in enumerate(lines, 1))
    require_distinct(rows, "")
    return rows


def write_table(rows: tuple[ProbabilityRow, ...]) -> str:
    """A CSV that `read_table` understands; without columns for areas if no row names any."""
    named = any(row.pre_area or row.post_area for row in rows)
    columns = [name for name in COLUMNS if named or name not in AREAS]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([getattr(row, name) for name in columns] for row in rows)
    return out.getvalue()


def require_distinct(rows: tuple[ProbabilityRow, ...], address: str) -> None:
    """Raises Invalid if two rows concern the same pair, or a row names one area only."""
    seen: dict[object, int] = {}
    for index, row in enumerate(rows):
        where = f"{address}.{index}" if address else ""
        if bool(row.pre_area) != bool(row.post_area):
            raise Invalid(f"Row {index + 1} ({row}) names one area only; name both or neither.", where)
        first = seen.setdefault(row.pair, index)
        if first != index:
            raise Invalid(f"Rows {first + 1} and {index + 1} both concern {row}; keep one of them.", where)


def _require_heading(names: tuple[str, ...]) -> None:
    needed = [name for name in COLUMNS if name not in AREAS]
    missing = [name for name in needed if name not in names]
    if missing:
        raise Invalid(f"The heading of the table lacks {', '.join(missing)}; it needs {', '.join(needed)}.")
    unknown = [name for name in names if name not in (*COLUMNS, *IGNORED)]
    if unknown:
        raise Invalid(f"The table has an unknown column '{unknown[0]}'.{near(unknown[0], COLUMNS)}")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise Invalid(f"The column '{twice}' stands twice in the heading of the table; keep one of them.")


def _read_row(number: int, names: tuple[str, ...], cells: list[str]) -> ProbabilityRow:
    if len(cells) != len(names):
        raise Invalid(f"Row {number} of the table has {len(cells)} cells, but the heading has {len(names)}.")
    values: Mapping[str, str] = {
        name: cell.strip() for name, cell in zip(names, cells, strict=True) if name not in IGNORED
    }
    try:
        return ProbabilityRow.read(dict(values))
    except Invalid as fault:
        raise Invalid(f"Row {number} of the table: {fault}", fault.address) from None
