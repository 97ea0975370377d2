"""Only what cannot be known is asked, with what the numbers suggest."""

import numpy as np

from engine.component import Component
from engine.connectomes.formats import joint_activity
from engine.connectomes.formats.answers import Answers, Question
from engine.connectomes.formats.checks import (
    Entries,
    column_order,
    entries_of,
    fractions_axis,
    is_symmetric,
    is_triangle,
    look_like_correlations,
    look_like_lengths,
    off_diagonal,
    repeats,
    require_connections,
    signed_by_unit,
)  # fmt: skip
from engine.connectomes.formats.found import Found
from engine.connectomes.formats.limits import shown

ABOUT = {
    "name": "What shall the connectome be called?",
    "species": "Which species is it?",
    "unit": "What do the weights count or measure?",
    "licence": "Under which licence may the data be used?",
    "citation": "Which publication is to be cited?",
}

NUMBERS = ("least_weight", "bin_ms", "window_ms")  # addresses whose answer is a number


def questions(found: Found, answers: Answers | None = None) -> tuple[Question, ...]:
    """What only the owner knows. Raises Invalid if no answer could make a connectome of it."""
    require_connections(found)
    given = answers or Answers()
    entries = entries_of(found)
    finite = entries.at(np.isfinite(entries.value))
    between = off_diagonal(entries)
    asked = [ask(found, entries) for ask in (_columns, _duplicates, _missing)]
    signed = between if (between.value < 0).any() else finite  # a negative entry may stand on the diagonal only
    asked += [_negative(found, signed), _triangle(found, between), _repeated(found, entries), _values(found, between)]
    mirrored = given.triangle == "mirror" or (
        given.triangle == "ask" and any(q and q.address == "triangle" and q.proposal == "mirror" for q in asked)
    )
    asked += [None if mirrored else _source_axis(found, between), _self_connections(found, finite), _weakest(found)]
    asked += [_position_unit(found, entries), *joint_activity.questions(found, given), _area_by(found), _level(found)]
    told = (
        Question(name, sentence, proposal=found.facts.get("title" if name == "name" else name, ""))
        for name, sentence in ABOUT.items()
    )
    return (*(q for q in asked if q is not None), *told)


def proposed(found: Found, answers: Component | None = None) -> Answers:
    """The answers with every open question answered as the numbers suggest, where they suggest anything."""
    given = answers or Answers()
    fresh = {
        q.address: float(q.proposal) if q.address in NUMBERS else q.proposal
        for q in questions(found, given)
        if q.proposal and q.address not in given.changes()
    }
    return given.with_values(fresh)


def _columns(found: Found, entries: Entries) -> Question | None:
    if found.column_names is None:
        return None
    if column_order(found) is not None:
        wrong = not np.diag(found.matrix).any() and bool((entries.row == entries.column).any())
        return Question(
            "columns",
            f"The columns are labelled in another order than the rows: column 1 is {shown(found.column_names[0])}, "
            f"row 1 is {shown(found.names[0])}."
            + (" As the numbers stand their diagonal is empty, so the labels may be wrong." if wrong else ""),
            (("reorder", "reorder the columns by their labels"), ("as_rows", "the labels of the columns are wrong")),
            "as_rows" if wrong else "reorder", True,
        )  # fmt: skip
    rows, columns = len(found.names), len(found.column_names)
    odd = _difference(found)
    said = f"The matrix has {rows} rows and {columns} columns" if rows != columns else "Rows and columns differ"
    choices = (
        ("common", "keep the units that have both a row and a column"),
        ("fill", "keep all units; what has no row or no column was never measured"),
    )
    choices = choices if set(found.names) & set(found.column_names) else choices[1:]
    if rows == columns:
        choices += (("as_rows", "the labels of the columns are wrong: they are the rows, in order"),)
    return Question("columns", f"{said}: {odd}.", choices, "", True)


def _difference(found: Found) -> str:
    rows, columns = set(found.names), set(found.column_names)
    if only := [name for name in found.names if name not in columns]:
        more = f" and {len(only) - 1} more rows have" if len(only) > 1 else " has"
        return f"{shown(only[0])}{more} no column"
    only = [name for name in found.column_names if name not in rows]
    more = f" and {len(only) - 1} more columns have" if len(only) > 1 else " has"
    return f"{shown(only[0])}{more} no row" if only else "some labels stand more than once"


def _duplicates(found: Found, entries: Entries) -> Question | None:
    names = found.names or ()
    if len(set(names)) == len(names):
        return None
    seen: set[str] = set()
    twice = [name for name in names if name in seen or seen.add(name)]
    said = f"Two units are called '{shown(twice[0])}'" + (
        f", and {len(twice) - 1} more names repeat" * (len(twice) > 1)
    )
    return Question("duplicates", f"{said}.", (("number", "number them, as in A, A (2)"),), "number", True)


def _missing(found: Found, entries: Entries) -> Question | None:
    wrong = np.flatnonzero(~np.isfinite(entries.value))
    if not wrong.size:
        return None
    first = wrong[0]
    where = f"from {_name(found, entries.row[first])} to {_name(found, entries.column[first])}"
    what = "infinite" if np.isinf(entries.value[first]) else "empty or not a number"
    many = "1 entry is" if wrong.size == 1 else f"{wrong.size:,} entries are"
    return Question(
        "missing", f"{many} no finite number, the first ({where}, row to column) is {what}.",
        (("unknown", "never measured: marked as unknown"), ("zero", "no connection")),
        "" if np.isinf(entries.value[wrong]).any() else "unknown", True,
    )  # fmt: skip


def _negative(found: Found, entries: Entries) -> Question | None:
    below = np.flatnonzero(entries.value < 0)
    if not below.size:
        return None
    first = below[0]
    where = f"{_name(found, entries.row[first])}, {_name(found, entries.column[first])}"
    many = "1 entry is" if below.size == 1 else f"{below.size:,} of {len(entries.value):,} entries are"
    proposal = "signs" if below.size >= 0.05 * len(entries.value) or signed_by_unit(entries) else ""
    return Question(
        "negative", f"{many} negative, the first ({where}) is {entries.value[first]:g}. What do negative entries mean?",
        (("signs", "inhibition"), ("correlations", "a negative correlation"), ("drop", "an error: leave them out")),
        "correlations" if look_like_correlations(entries) else proposal, True,
    )  # fmt: skip


def _triangle(found: Found, entries: Entries) -> Question | None:
    if found.directed or not is_triangle(entries):
        return None
    half = "upper" if (entries.column > entries.row).all() else "lower"
    return Question(
        "triangle", f"Only the {half} triangle of the matrix is filled.",
        (("mirror", "half of a symmetric matrix: mirror it"), ("as_is", "connections in one direction only")),
        "mirror", True,
    )  # fmt: skip


def _repeated(found: Found, entries: Entries) -> Question | None:
    if found.edges is None or (extra := repeats(entries.key)) == 0:
        return None
    return Question(
        "repeated", f"{extra:,} rows list a pair that was listed before. What is the weight of such a pair?",
        (("sum", "the sum"), ("mean", "the mean"), ("largest", "the largest"), ("first", "the first")), "sum", True,
    )  # fmt: skip


def _values(found: Found, entries: Entries) -> Question | None:
    named = any(word in f"{found.chosen} {found.facts.get('unit', '')}".lower() for word in ("length", "distance"))
    if not (named or (look_like_lengths(entries) and is_symmetric(entries))):
        return None
    return Question(
        "values", "Nearly all pairs have a value, and these are as alike as lengths are.",
        (("strengths", "they are strengths"), ("lengths_mm", "they are lengths in mm; connections all weigh 1")),
    )  # fmt: skip


def _source_axis(found: Found, entries: Entries) -> Question | None:
    if found.rows_are is not None or found.directed is False or is_symmetric(entries):
        return None
    row, column = ("first column", "second column") if found.edges is not None else ("row", "column")
    axis = fractions_axis(entries)
    why = f" The sums of the {'columns' if axis == 'rows' else 'rows'} stay below 1, as fractions of a target's inputs."
    example = f"{_name(found, entries.row[0])}, {_name(found, entries.column[0])}" if len(entries.row) else ""
    return Question(
        "source_axis", f"Where does the connection ({example}) start?{why if axis else ''}",
        (("rows", f"at the unit of the {row}"), ("columns", f"at the unit of the {column}")), axis, True,
    )  # fmt: skip


def _self_connections(found: Found, entries: Entries) -> Question | None:
    own = entries.at(entries.row == entries.column)
    if not len(own.value):
        return None
    ones = len(own.value) == entries.n and np.allclose(own.value, own.value[0])
    many = "1 unit is connected with itself" if len(own.value) == 1 else f"{len(own.value):,} units are self-connected"
    return Question(
        "self_connections", f"{many}.",
        (("keep", "keep these connections"), ("drop", "leave them out")), "drop" if ones else "keep",
    )  # fmt: skip


def _weakest(found: Found) -> Question | None:
    if "FlyWire" not in found.format:
        return None
    said = "Of FlyWire, connections below 5 synapses are mostly left out as uncertain. From how many on are they kept?"
    return Question("least_weight", said, proposal="5")


def _position_unit(found: Found, entries: Entries) -> Question | None:
    if found.positions_um is None or found.position_unit:
        return None
    reach = float(np.ptp(found.positions_um, axis=0).max())
    return Question(
        "position_unit", f"The coordinates of the units span {reach:.3g}. In which unit?",
        (("um", "µm"), ("mm", "mm"), ("nm", "nm"), ("none", "unknown: leave the coordinates out")), "", True,
    )  # fmt: skip


def _area_by(found: Found) -> Question | None:
    if not found.labels:
        return None
    n = len(next(iter(found.labels.values())))
    many = {label: len(set(values)) for label, values in found.labels.items()}
    fit = [label for label, values in many.items() if 2 <= values <= min(40, max(2, n // 2))]
    told = {label: f"{label} ({values:,} {'values' if values > 1 else 'value'})" for label, values in many.items()}
    choices = (*told.items(), ("", "no areas"))
    return Question("area_by", "Which label names the areas?", choices, fit[0] if fit else "")


def _level(found: Found) -> Question:
    choices = (
        ("neuron", "a neuron"),
        ("type", "a type of neurons"),
        ("region", "a region"),
        ("population", "a population"),
    )
    return Question("level", "What does one unit stand for?", choices, found.facts.get("level", ""))


def _name(found: Found, index: int | np.integer) -> str:
    return shown(found.names[index]) if found.names is not None and index < len(found.names) else f"unit {index + 1}"
