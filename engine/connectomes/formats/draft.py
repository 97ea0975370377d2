"""A graph in the making: what was found under one name for every unit, however rows and columns were labelled."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, get_args

import numpy as np
from jaxtyping import Bool, Int

from engine.component import Invalid
from engine.connectomes.formats.answers import Answers, Question
from engine.connectomes.formats.checks import Entries, column_order, entries_of
from engine.connectomes.formats.found import Found


@dataclass(frozen=True, eq=False)
class Draft:
    """A graph in the making: entries between named units, rows and columns not yet source or target."""

    names: tuple[str, ...]
    entries: Entries
    unknown: Bool[np.ndarray, "rows columns"] | None = None
    rows: Int[np.ndarray, " units"] | None = None  # where the row, the column of every unit stood; -1 for nowhere
    columns: Int[np.ndarray, " units"] | None = None
    remarks: tuple[str, ...] = ()

    def but(self, remark: str = "", **changes: Any) -> "Draft":
        """A copy with some things changed and a remark on it."""
        return replace(self, remarks=(*self.remarks, *([remark] if remark else [])), **changes)


@dataclass(frozen=True)
class Asked:
    """The answers, beside the questions that they answer."""

    answers: Answers
    open: Mapping[str, Question] = field(default_factory=dict)

    def answer(self, address: str) -> str:
        """The answer. Raises Invalid with the question and its choices if there is none."""
        given = getattr(self.answers, address)
        if given != "ask":
            return given
        question = self.open.get(address) or _opened(address)
        offers = "; ".join(f"'{value}' = {means}" for value, means in question.choices)
        raise Invalid(f"{question.sentence} Answer {address}: {offers}.", address)


def _opened(address: str) -> Question:
    """A question that only the other answers raise: two halves that were alike may not be so after a repair."""
    field = Answers.model_fields[address]
    values = [value for value in get_args(field.annotation) if value != "ask"]
    return Question(
        address, f"After the other answers this is open: {field.description}", tuple((v, v) for v in values)
    )


def _plain_question(address: str) -> Question:
    """For what only another answer has made a question."""
    field = Answers.model_fields[address]
    choices = tuple((value, value) for value in get_args(field.annotation) if value != "ask")
    return Question(address, field.description or "", choices, required=True)


def started(found: Found, asked: Asked) -> Draft:
    """Every unit has one name, a row and a column. Raises Invalid with a question."""
    entries = entries_of(found)
    if found.names is None:
        draft = Draft(tuple(f"unit {index + 1}" for index in range(entries.n)), entries)
    elif found.column_names is None:
        draft = Draft(found.names, entries)
    else:
        draft = _labelled(found, entries, asked.answer("columns"))
    if len(set(draft.names)) < len(draft.names):
        asked.answer("duplicates")
        return draft.but("Units of the same name were numbered.", names=_numbered(draft.names))
    return draft


def _labelled(found: Found, entries: Entries, choice: str) -> Draft:
    order = column_order(found)
    if choice == "reorder" and order is not None:
        return Draft(found.names, entries, columns=np.argsort(order)).but("Columns were put in the order of the rows.")
    if choice == "as_rows" and len(found.names) == len(found.column_names):
        row, column = np.nonzero(found.matrix)
        return Draft(found.names, Entries(len(found.names), row, column, found.matrix[row, column])).but(
            "The labels of the columns were ignored."
        )
    if choice == "reorder":
        raise Invalid("Rows and columns name different units, so that no order makes them the same.", "columns")
    if choice == "as_rows":
        raise Invalid("There are more rows than columns, or fewer, so that columns cannot be named as rows.", "columns")
    return _matched(found, choice)


def _matched(found: Found, choice: str) -> Draft:
    """Units that have a row and a column, or all of them."""
    for names in (found.names, found.column_names):
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise Invalid(f"'{twice}' names more than one row or column, so that they cannot be matched.", "columns")
    columns = {name: index for index, name in enumerate(found.column_names)}
    rows = {name: index for index, name in enumerate(found.names)}
    both = tuple(name for name in found.names if name in columns)
    names = both if choice == "common" else (*found.names, *(name for name in found.column_names if name not in rows))
    if not names:
        raise Invalid("No unit has both a row and a column.", "columns")
    at = [np.array([where.get(name, -1) for name in names]) for where in (rows, columns)]
    measured = (at[0] >= 0)[:, None] & (at[1] >= 0)[None, :]
    matrix = np.where(measured, found.matrix[np.ix_(at[0], at[1])], 0.0)
    row, column = np.nonzero(matrix)
    lost = len(rows.keys() | columns.keys()) - len(names)
    said = f"{lost} units without row or without column were left out." if lost else "What was not measured is unknown."
    entries = Entries(len(names), row, column, matrix[row, column])
    return Draft(names, entries, None if measured.all() else ~measured, *at).but(said)


def _numbered(names: tuple[str, ...]) -> tuple[str, ...]:
    taken, times, fresh = set(names), {}, []
    for name in names:
        times[name] = times.get(name, 0) + 1
        new = name if times[name] == 1 else f"{name} ({times[name]})"
        while times[name] > 1 and new in taken:
            times[name] += 1
            new = f"{name} ({times[name]})"
        taken.add(new)
        fresh.append(new)
    return tuple(fresh)
