"""How a table stands in a text file: its separator, its decimal sign, its header; and its columns, read exactly."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from engine.component import Invalid
from engine.connectomes.formats import limits

LINES = 60  # rows that are looked at before the whole is read
MISSING = ("", "NA", "N/A", "NaN", "nan", "NAN", "null", "NULL", "None")
SEPARATORS = ("\t", ";", "|", ",", " ")  # " " stands for any white space
NONE = "\x1f"  # separates nothing: a list of one column
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?inf(inity)?", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")


@dataclass(frozen=True)
class Table:
    """A text file that holds a table. `header` is None where the first row is no header; `rows` are its first rows."""

    name: str
    body: bytes  # its rows, below a header of ours that has one column more
    separator: str
    decimal: str
    columns: int
    header: tuple[str, ...] | None
    rows: tuple[tuple[str, ...], ...]
    whole: bool  # whether `rows` are all that there are

    def is_number(self, cell: str) -> bool:
        """Whether a cell is a number or missing."""
        cell = cell.strip()
        return cell in MISSING or _NUMBER.fullmatch(cell.replace(self.decimal, ".")) is not None

    def column(self, index: int) -> list[str]:
        """The first cells of a column."""
        return [row[index].strip() for row in self.rows if index < len(row)]

    def frame(self, columns: Sequence[int], kinds: dict[int, Any]) -> pd.DataFrame:
        """The columns as a frame with their indices as names, each read as its kind. Raises Invalid if rows differ."""
        beyond = self.columns  # pandas would drop what a row has too much without a word
        empty = {index: [] if kinds.get(index) is str else list(MISSING) for index in (*columns, beyond)}
        how: dict[str, Any] = {"sep": r"\s+"} if self.separator == " " else {"sep": self.separator}
        try:
            frame = pd.read_csv(
                io.BytesIO(self.body), header=0, names=range(beyond + 1), usecols=[*columns, beyond],
                dtype=kinds | {beyond: object}, decimal=self.decimal, na_values=empty, keep_default_na=False,
                skipinitialspace=True, index_col=False, low_memory=False, **how,
            )  # fmt: skip
        except (pd.errors.ParserError, IndexError):  # the latter where a quote swallows all rows
            raise Invalid(f"{self.name} is no table: its quotes or lines do not close; save it again as CSV.") from None
        if (more := np.flatnonzero(frame.pop(beyond).notna())).size:
            said = f"row {more[0] + 1} has more than the {self.columns} columns of the first rows"
            raise Invalid(f"{self.name}: {said}; mend or remove it.")
        return frame[list(columns)]

    def numbers(self, columns: Sequence[int]) -> np.ndarray:
        """The columns as doubles; missing cells are NaN. Raises Invalid, naming the first cell that is no number."""
        try:
            return self.frame(columns, dict.fromkeys(columns, np.float64)).to_numpy(np.float64)
        except (ValueError, OverflowError) as error:
            if isinstance(error, Invalid):
                raise
            raise Invalid(self._no_number(columns)) from None

    def texts(self, column: int) -> np.ndarray:
        """A column as texts without blanks around them."""
        cells = self.frame([column], {column: str})[column]
        return cells.fillna("").str.strip().to_numpy(object)

    def words(self, column: int) -> tuple[np.ndarray, np.ndarray]:
        """A column of few different texts, as indices into them."""
        codes, words = pd.factorize(self.frame([column], {column: str})[column], use_na_sentinel=True)
        return codes, np.array([*(str(word).strip() for word in words), ""], object)  # -1 is the empty text

    def _no_number(self, columns: Sequence[int]) -> str:
        for index in columns:
            for row, cell in enumerate(self.texts(index)):
                if not self.is_number(cell):
                    return (
                        f"{self.name}: '{limits.shown(cell, 40)}' in row {row + 1}, column {index + 1} is not a number."
                    )
        return f"{self.name} holds a number that is too large."


def table(content: bytes, name: str) -> Table:
    """How the table stands in the content of a text file. Raises Invalid if it holds none, or is not UTF-8."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise Invalid(f"{name} is UTF-16 text; save it as CSV in UTF-8.")
    limits.text(content, name)
    file = io.BytesIO(content.removeprefix(codecs.BOM_UTF8))
    lines: list[str] = []
    start = 0
    while len(lines) < LINES and (line := file.readline().decode()):
        if not lines and (line.startswith(("#", "%")) or not line.strip()):
            start = file.tell()
        elif line.strip():
            lines.append(line)
    if not lines:
        raise Invalid(f"{name} holds no table.")
    separator, rows = _split(lines)
    if separator == NONE:
        _require_no_cut(name, lines)
    decimal = "," if separator != "," and _has_decimal_commas(rows) else "."
    width = Counter(map(len, rows[1:] or rows)).most_common(1)[0][0]
    found = Table(name, b"", separator, decimal, width, None, rows, not file.read(1))
    if _has_header(found):
        file.seek(start)
        _pass_record(file, separator)
        start = file.tell()
        found = replace(found, header=_header(found), rows=rows[1:])
    if not found.rows:
        raise Invalid(f"{name} has a header and no rows.")
    _require_as_long(name, found.rows, width)
    ours = separator.join(map(str, range(width + 1)))
    file.seek(start)
    return replace(found, body=f"{ours}\n".encode() + file.read())


def _split(lines: list[str]) -> tuple[str, tuple[tuple[str, ...], ...]]:
    """The separator that cuts lines most alike, and of equals into most numbers: 0,5 may be one number or two."""
    best, most = (NONE, tuple((line.strip(),) for line in lines)), (0.0, 0.0)
    for separator in SEPARATORS:
        rows = _cells(lines, separator)
        widths = [len(row) for row in rows]
        width, often = Counter(widths[1:] or widths).most_common(1)[0]
        alike = often / len(widths[1:] or widths) if width > 1 and widths[0] in (width, width - 1) else 0.0
        score = (alike, _numeric(rows, separator))
        if alike >= 0.5 and score > most:
            best, most = (separator, rows), score
    return best


def _numeric(rows: tuple[tuple[str, ...], ...], separator: str) -> float:
    cells = [cell.replace(",", ".") if separator != "," else cell for row in rows for cell in row]
    return sum(cell in MISSING or _NUMBER.fullmatch(cell) is not None for cell in cells) / len(cells)


def _cells(lines: list[str], separator: str) -> tuple[tuple[str, ...], ...]:
    if separator == " ":
        rows: list[list[str]] = [line.split() for line in lines]
    else:
        try:
            rows = list(csv.reader(lines, delimiter=separator, skipinitialspace=True))
        except csv.Error:
            rows = [line.rstrip("\r\n").split(separator) for line in lines]
    if all(len(row) > 1 and not row[-1].strip() for row in rows):
        rows = [row[:-1] for row in rows]  # every line ends with a separator
    return tuple(tuple(cell.strip() for cell in row) for row in rows if row)


def _has_decimal_commas(rows: tuple[tuple[str, ...], ...]) -> bool:
    return any(_DECIMAL_COMMA.fullmatch(cell) for row in rows for cell in row)


def _require_as_long(name: str, rows: tuple[tuple[str, ...], ...], usual: int) -> None:
    """Raises Invalid, naming both, if a row is shorter than most; `Table.frame` finds one that is longer."""
    odd = next((k for k, row in enumerate(rows) if len(row) < usual), None)
    if odd is not None:
        other = next((k for k, row in enumerate(rows) if len(row) >= usual), odd)
        said = f"row {odd + 1} has {len(rows[odd])} fields, row {other + 1} has {len(rows[other])}"
        raise Invalid(f"{name}: {said}; mend or remove it.")


def _require_no_cut(name: str, lines: list[str]) -> None:
    """Raises Invalid if lines that no separator cuts alike are rows of numbers of different lengths."""
    for separator in SEPARATORS:
        rows = _cells(lines, separator)
        if (longest := max(map(len, rows))) > 1 and _numeric(rows, separator) > 0.5:
            _require_as_long(name, rows, longest)


def _has_header(found: Table) -> bool:
    first, rest = found.rows[0], found.rows[1:]
    if not rest:
        return len(first) > 1 and any(_is_word_of_header(cell) for cell in first) and not any(map(_is_some, first))
    labels = first if len(first) == found.columns - 1 else first[1:]
    if "" not in labels and [row[0] for row in rest] == [*labels][: len(rest)] and (labels is first or not first[0]):
        return True  # labels may be numbers: below an empty corner, and at the left
    if any(re.search(r"[A-Za-z]", cell) and _is_word_of_header(cell) for cell in first):
        return True
    texts = [index for index, cell in enumerate(first) if not found.is_number(cell)]
    if not texts or not _are_names(first, len(texts)):
        return False
    below = [row[index] for row in rest[:1] for index in texts if index < len(row)]
    return labels is first or any(found.is_number(cell) and cell for cell in below)


def _are_names(row: tuple[str, ...], texts: int) -> bool:
    """Whether cells of which so many are no numbers may be names of columns: in a row of a few none is a number."""
    numbers = sum(map(_is_some, row))
    return numbers == 0 or (len(row) > 4 and texts > numbers)


def _is_word_of_header(cell: str) -> bool:
    return re.match(r"(source|src|pre|from|target|tgt|post|to|weight|label|name|index|id|root_?id|body_?id)\b|.*_id$",
                    cell.lower()) is not None  # fmt: skip


def _is_some(cell: str) -> bool:
    return _NUMBER.fullmatch(cell) is not None


def _header(found: Table) -> tuple[str, ...]:
    first = found.rows[0]
    return ("", *first) if len(first) == found.columns - 1 else first


def _pass_record(file: io.BytesIO, separator: str) -> None:
    """The first line that is not blank is passed over, and more of them while a quote stays open."""
    quotes, seen = 0, False
    while line := file.readline():
        quotes += line.count(b'"')
        seen = seen or bool(line.strip())
        if seen and (separator == " " or quotes % 2 == 0):
            return
