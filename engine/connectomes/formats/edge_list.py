"""A list of connections as text: who, to whom, how strongly; ids of 64 bits stay exact."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from engine.component import Invalid
from engine.connectomes.formats.found import Edges, Found
from engine.connectomes.formats.limits import shown
from engine.connectomes.formats.matrix_text import has_index
from engine.connectomes.formats.table import Table

SOURCE = ("source", "src", "pre", "from", "u", "start", "origin")
TARGET = ("target", "tgt", "post", "to", "v", "end", "dest")
WEIGHT = ("weight", "syn", "count", "strength", "n_syn", "value", "w", "connectivity", "streamline", "number")
PLUS, MINUS = ("+", "1", "+1", "1.0", "excitatory", "exc", "e"), ("-", "-1", "-1.0", "inhibitory", "inh", "i")
SIGN = ("sign", "polarity")
KIND = ("type", "kind", "class", "synapse_type")
MOST_KINDS = 12
EXACT = 2**53  # a double holds whole numbers up to here


def column_of(header: Sequence[str] | None, words: Sequence[str]) -> int | None:
    """The column whose name begins or ends with one of the words; a word of one letter must be all of it."""
    names = [re.sub(r"[\s.]+", "_", name.strip().lower()) for name in header or ()]
    for word in words:
        for index, name in enumerate(names):
            rest = name.removeprefix(word)
            begins = name.startswith(word) and (not rest or len(word) > 3 or not (len(word) < 2 or rest[0].isalpha()))
            if begins or (len(word) > 1 and name.endswith(f"_{word}")):
                return index
    return None


def require_column(table: Table, word: str) -> int:
    """The column of that name. Raises Invalid if there is none."""
    column = column_of(table.header, (word,))
    if column is None:
        raise Invalid(f"{table.name} has no column '{word}'; export it again.")
    return column


def is_edge_list(table: Table) -> bool:
    """Whether a table names a source and a target in each row, or looks like it."""
    if column_of(table.header, SOURCE) is not None and column_of(table.header, TARGET) is not None:
        return True
    if not 2 <= table.columns <= 4 or (table.whole and len(table.rows) == table.columns - has_index(table)):
        return False
    texts = [any(not table.is_number(cell) for cell in table.column(column)) for column in range(table.columns)]
    if table.header is not None and (table.columns < 3 or texts[0] != texts[1]):
        return False  # a table of units has ids in one column and words in the next
    return not any(texts[2:3]) and not _is_prose(table)


def _is_prose(table: Table) -> bool:
    return any(len(cell) > 100 or cell.count(" ") > 6 for row in table.rows for cell in row)


def read_edges(table: Table, chosen: str = "") -> Found:
    """The connections; a column that tells kinds of connections offers them as choices."""
    stated = column_of(table.header, SOURCE) is not None and column_of(table.header, TARGET) is not None
    source, target = (column_of(table.header, words) for words in (SOURCE, TARGET)) if stated else (0, 1)
    weight = _weight_column(table, {source, target}) if stated else (2 if table.columns > 2 else None)
    if not stated:
        _require_alike(table)
    names, ends = units_of(table, source, target)
    weights = np.ones(len(ends[0])) if weight is None else table.numbers([weight])[:, 0]
    edges = Edges(*ends, weights, _signs(table))
    kinds, edges = _of_kind(table, edges, chosen, {source, target, weight})
    remarks = () if weight is not None else ("The list gives no weights: every connection counts 1.",)
    return Found(
        f"list of connections ({'with' if stated else 'without'} header)", names, edges=edges,
        rows_are="source" if stated else None, directed=True if stated else None,
        choices=kinds, chosen=chosen if kinds else "", remarks=remarks,
    )  # fmt: skip


def _require_alike(table: Table) -> None:
    """Raises Invalid if one single end among numbers is a word, which may be a slip or the only name."""
    cells = [(r, c, row[c]) for r, row in enumerate(table.rows) for c in (0, 1)]
    words = [(r, c, cell) for r, c, cell in cells if not table.is_number(cell)]
    if len(words) == 1 and len(cells) > 2:
        row, column, cell = words[0]
        where = f"'{shown(cell, 40)}' in row {row + 1}, column {column + 1} is not a number, as all other units are"
        raise Invalid(f"{table.name}: {where}; mend it, or if it is a name, begin the file with source,target,weight.")


def _weight_column(table: Table, taken: set[int]) -> int | None:
    """The column that is called a weight, or else the only one of numbers beside the ends."""
    if (named := column_of(table.header, WEIGHT)) is not None and named not in taken:
        return named
    others = [index for index in range(table.columns) if index not in taken]
    numeric = [index for index in others if all(table.is_number(cell) for cell in table.column(index))]
    return numeric[0] if len(numeric) == 1 else None


def units_of(table: Table, source: int, target: int) -> tuple[tuple[str, ...], tuple[np.ndarray, np.ndarray]]:
    """The names of all units in order of their first appearance, or by number, and both ends of each connection."""
    ends = [identities(table, source), identities(table, target)]
    if not all(np.issubdtype(end.dtype, np.integer) for end in ends):
        ends = [end.astype(str).astype(object) for end in ends]
    both = np.concatenate(ends)
    codes, units = pd.factorize(both, sort=np.issubdtype(both.dtype, np.integer))
    return tuple(map(str, units)), (codes[: len(ends[0])], codes[len(ends[0]) :])


def identities(table: Table, column: int) -> np.ndarray:
    """A column of ids as whole numbers where they all are, else as texts. Raises Invalid for ids that were rounded."""
    cells = table.column(column)
    if cells and all(re.fullmatch(r"-?(0|[1-9]\d*)", cell) for cell in cells):
        try:
            return table.frame([column], {column: np.int64})[column].to_numpy()
        except (ValueError, OverflowError) as error:
            if isinstance(error, Invalid):
                raise
    texts = table.texts(column)
    if (blank := np.flatnonzero(texts == "")).size:
        raise Invalid(f"{table.name}: row {blank[0] + 1} names no unit in column {column + 1}.")
    return _not_rounded(texts, table.name, "" if table.header is None else table.header[column])


def _not_rounded(texts: np.ndarray, name: str, column: str) -> np.ndarray:
    if not all(re.fullmatch(r"-?\d+(\.0*)?([eE]\+?\d+)?|-?\d+\.\d+[eE]\+?\d+", text) for text in texts[:1000]):
        return texts
    if all(re.fullmatch(r"-?\d+", text) for text in texts):
        return texts
    try:
        numbers = texts.astype(float)
    except ValueError:
        return texts
    if (np.abs(numbers) >= EXACT).any():
        raise Invalid(
            f"{name}: the ids in column '{column or 1}' were saved as decimal numbers ({texts[0]}), "
            "which has rounded them; export them again as whole numbers or text."
        )
    return numbers.astype(np.int64) if (numbers == np.round(numbers)).all() else texts


def _of_kind(table: Table, edges: Edges, chosen: str, taken: set[int | None]) -> tuple[tuple[str, ...], Edges]:
    column = column_of(table.header, KIND)
    if column is None or column in taken or all(table.is_number(cell) for cell in table.column(column)):
        return (), edges
    codes, texts = table.words(column)
    kinds = tuple(sorted(set(texts) - {""}))
    if not 1 < len(kinds) <= MOST_KINDS:
        return (), edges
    if chosen and chosen not in kinds:
        raise Invalid(f"{table.name} has no connections of type '{chosen}'; it has {', '.join(kinds)}.")
    of = texts[codes] == chosen if chosen else np.ones(len(codes), bool)
    signs = None if edges.sign is None else edges.sign[of]
    return kinds, Edges(edges.source[of], edges.target[of], edges.weight[of], signs)


def _signs(table: Table) -> np.ndarray | None:
    """Signs from a column of +, - or 1, -1; whatever else stands there is an unknown sign."""
    column = column_of(table.header, SIGN)
    if column is None:
        return None
    codes, words = table.words(column)
    signs = np.array([(word.lower() in PLUS) - (word.lower() in MINUS) for word in words], np.int8)
    return signs[codes] if signs.any() else None


def grouped(edges: Edges, n: int) -> Edges:
    """Every pair once: weights of equal pairs are added; their sign is that of the larger part of the weight."""
    keys = edges.target.astype(np.int64) * n + edges.source
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    weight = np.add.reduceat(edges.weight[order], starts)
    sign = None
    if edges.sign is not None:
        sign = np.sign(np.add.reduceat((edges.weight * edges.sign)[order], starts)).astype(np.int8)
    return Edges(keys[starts] % n, keys[starts] // n, weight, sign)
