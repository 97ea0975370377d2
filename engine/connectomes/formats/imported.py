"""What was found, with the answers, as a graph: every repair is one that the owner chose, and is told."""

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from engine.component import Invalid
from engine.connectomes.formats import joint_activity
from engine.connectomes.formats.answers import Answers
from engine.connectomes.formats.checks import Entries, is_symmetric, is_triangle, off_diagonal, repeats
from engine.connectomes.formats.draft import Asked, Draft, started
from engine.connectomes.formats.found import Found
from engine.connectomes.formats.questions import questions
from engine.connectomes.graph import Graph

UM = {"um": 1.0, "mm": 1000.0, "nm": 0.001}
MOST_UNKNOWN = 10_000  # units of a graph that can keep who was never measured


def graph(found: Found, answers: Answers) -> tuple[Graph, tuple[str, ...]]:
    """The connections from source to target, and what their owner should know. Raises Invalid with a question."""
    asked = Asked(answers, {q.address: q for q in questions(found, answers)})
    draft = started(found, asked)
    for step in (_missing, _repeated, _negative, _triangle, _self_connections, _weak):
        draft = step(draft, found, asked)
    rows_are_sources, draft = _orientation(draft, found, asked)
    return _finished(draft, found, asked, rows_are_sources)


def facts(found: Found, answers: Answers) -> dict[str, str]:
    """What is known of the data for their record; what was answered counts before what the file states."""
    told = {name: getattr(answers, name) for name in Answers.model_fields if name in _OF_THE_RECORD}
    told["title"] = answers.name
    level = {} if "level" in answers.changes() or "level" not in found.facts else {"level": found.facts["level"]}
    return {**found.facts, **{name: value for name, value in told.items() if value}, **level, "format": found.format}


_OF_THE_RECORD = (
    "about", "species", "level", "unit", "area_by", "licence", "licence_url", "citation", "doi",
)  # fmt: skip


def _missing(draft: Draft, found: Found, asked: Asked) -> Draft:
    entries = draft.entries
    wrong = ~np.isfinite(entries.value)
    if not wrong.any():
        return draft
    many = f"Entries that are no numbers ({int(wrong.sum()):,})"
    if asked.answer("missing") == "zero":
        return draft.but(f"{many} count as no connection.", entries=entries.at(~wrong))
    if entries.n > MOST_UNKNOWN:
        raise Invalid(f"Of more than {MOST_UNKNOWN:,} units it cannot be kept who was never measured.", "missing")
    unknown = np.zeros((entries.n, entries.n), bool) if draft.unknown is None else draft.unknown.copy()
    unknown[entries.row[wrong], entries.column[wrong]] = True
    return draft.but(f"{many} are marked as never measured.", entries=entries.at(~wrong), unknown=unknown)


def _repeated(draft: Draft, found: Found, asked: Asked) -> Draft:
    entries = draft.entries
    if not repeats(entries.key):
        return draft
    keys, first, of = np.unique(entries.key, return_index=True, return_inverse=True)
    how = asked.answer("repeated")
    value = np.bincount(of, entries.value, len(keys))
    if how == "mean":
        value = value / np.bincount(of)
    elif how in ("largest", "first"):
        order = np.lexsort((np.arange(len(of)) if how == "first" else -np.abs(entries.value), of))
        first = order[np.searchsorted(of[order], np.arange(len(keys)))]
        value = entries.value[first]
    said = f"{len(of) - len(keys):,} repeated rows: {how} of the weights of a pair."
    sign = None if entries.sign is None else entries.sign[first]
    return draft.but(said, entries=Entries(entries.n, keys // entries.n, keys % entries.n, value, sign))


def _negative(draft: Draft, found: Found, asked: Asked) -> Draft:
    """Strengths above 0, and signs beside them where some are negative."""
    entries = draft.entries.at(draft.entries.value != 0)
    below = entries.value < 0
    if not below.any():
        return draft.but(entries=entries)
    how = asked.answer("negative")
    if how == "drop":
        return draft.but(f"{int(below.sum()):,} negative entries were left out.", entries=entries.at(~below))
    signs = np.sign(entries.value).astype(np.int8)
    signs = signs if entries.sign is None else np.where(below, -np.abs(entries.sign), entries.sign).astype(np.int8)
    said = "Negative entries inhibit." if how == "signs" else "Weights are correlations; their signs are kept."
    return draft.but(said, entries=replace(entries, value=np.abs(entries.value), sign=signs))


def _triangle(draft: Draft, found: Found, asked: Asked) -> Draft:
    entries = draft.entries
    if found.directed or not is_triangle(off_diagonal(entries)) or asked.answer("triangle") == "as_is":
        return draft
    other = entries.at(entries.row != entries.column)
    ends = [np.concatenate(pair) for pair in ((entries.row, other.column), (entries.column, other.row))]
    signs = None if entries.sign is None else np.concatenate([entries.sign, other.sign])
    both = Entries(entries.n, *ends, np.concatenate([entries.value, other.value]), signs)
    unknown = None if draft.unknown is None else draft.unknown & draft.unknown.T
    return draft.but("The one triangle was mirrored.", entries=both, unknown=unknown)


def _self_connections(draft: Draft, found: Found, asked: Asked) -> Draft:
    own = draft.entries.row == draft.entries.column
    if not own.any() or asked.answers.self_connections == "keep":
        return draft
    return draft.but(f"{int(own.sum()):,} self-connections were left out.", entries=draft.entries.at(~own))


def _weak(draft: Draft, found: Found, asked: Asked) -> Draft:
    weak = draft.entries.value < asked.answers.least_weight
    if not weak.any():
        return draft
    said = f"{int(weak.sum()):,} connections weaker than {asked.answers.least_weight:g} were left out."
    return draft.but(said, entries=draft.entries.at(~weak))


def _orientation(draft: Draft, found: Found, asked: Asked) -> tuple[bool, Draft]:
    """Whether rows are sources; of an undirected connectome it does not matter."""
    between = off_diagonal(draft.entries)
    if found.rows_are is not None:
        return found.rows_are == "source", draft
    if is_symmetric(between):
        return True, draft
    if found.directed is False:
        return True, _averaged(draft)
    return asked.answer("source_axis") == "rows", draft


def _averaged(draft: Draft) -> Draft:
    entries = draft.entries
    keys = [entries.key, entries.column.astype(np.int64) * entries.n + entries.row]
    pairs, of = np.unique(np.concatenate(keys), return_inverse=True)
    value = np.bincount(of, np.concatenate([entries.value] * 2)) / 2
    both = Entries(entries.n, pairs // entries.n, pairs % entries.n, value)
    return draft.but("The file calls itself undirected: both directions of a pair have their mean.", entries=both)


def _finished(draft: Draft, found: Found, asked: Asked, rows_are_sources: bool) -> tuple[Graph, tuple[str, ...]]:
    entries, strengths = draft.entries, draft.entries.value
    if not len(strengths):
        raise Invalid("No connection is left after these answers.")
    lengths = {}
    if asked.answers.values == "lengths_mm":
        lengths, strengths = {"length_mm": _matrix(entries)}, np.ones(len(strengths))
    turn = (lambda matrix: matrix.T) if rows_are_sources else (lambda matrix: matrix)
    pre, post = (entries.row, entries.column) if rows_are_sources else (entries.column, entries.row)
    found, remark = joint_activity.anew(found, asked.answers)
    draft = draft.but(remark)
    pairs = {name: turn(matrix) for name, matrix in {**_pairs(found, draft), **lengths}.items()}
    unknown = None if draft.unknown is None else turn(draft.unknown)
    made = Graph(
        draft.names, pre, post, strengths, entries.sign, *_of_units(found, draft, asked), pairs=pairs,
        maps={name: values for name, values in found.maps.items() if draft.rows is None}, unknown=unknown,
    )  # fmt: skip
    return made, (*found.remarks, *draft.remarks, *remarks_on(made))


def _of_units(
    found: Found, draft: Draft, asked: Asked
) -> tuple[dict[str, tuple[str, ...]], Float[np.ndarray, "units 3"] | None]:
    """Labels and positions; of units that the rows do not name nothing is known."""
    if draft.rows is not None:
        at = draft.rows
        labels = {name: tuple(v[i] if i >= 0 else "" for i in at) for name, v in found.labels.items()}
        places = found.positions_um[at] if found.positions_um is not None and (at >= 0).all() else None
    else:
        labels, places = dict(found.labels), found.positions_um
    unit = "none" if places is None else found.position_unit or asked.answer("position_unit")
    return labels, None if unit == "none" else places * UM[unit]


def _pairs(found: Found, draft: Draft) -> dict[str, np.ndarray]:
    n = len(draft.names)
    if draft.rows is not None:
        return {}
    columns = np.arange(n) if draft.columns is None else draft.columns
    return {name: matrix[:, columns] for name, matrix in found.pairs.items() if matrix.shape == (n, n)}


def _matrix(entries: Entries) -> Float[np.ndarray, "rows columns"]:
    matrix = np.zeros((entries.n, entries.n))
    matrix[entries.row, entries.column] = entries.value
    return matrix


def remarks_on(made: Graph) -> tuple[str, ...]:
    """What a user should know of a graph: isolated units, self-connections, one weight, a heavy tail."""
    own = made.pre == made.post
    linked = np.zeros(made.n, bool)
    linked[made.pre[~own]] = linked[made.post[~own]] = True
    alone = np.flatnonzero(~linked)
    said = []
    if alone.size:
        named = ", ".join(made.names[index] for index in alone[:3]) + (" …" if alone.size > 3 else "")
        said.append(f"{alone.size:,} of {made.n:,} units are connected with no other: {named}.")
    if own.any():
        said.append(f"{int(own.sum()):,} connections lead from a unit to itself.")
    if len(made.strengths) > 1 and (made.strengths == made.strengths[0]).all():
        said.append(
            f"All connections have the same weight ({made.strengths[0]:g}): only who connects to whom is known."
        )
    elif made.strengths.max() > 1000 * np.median(made.strengths):
        said.append("The weights are heavy-tailed (the largest over 1000 times the median): transform them by log1p.")
    return tuple(said)
