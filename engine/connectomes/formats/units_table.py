"""What a second table says of the units: their labels, positions and measures."""

from dataclasses import replace

import numpy as np
import pandas as pd

from engine.component import Invalid
from engine.connectomes.formats.edge_list import identities
from engine.connectomes.formats.found import Found
from engine.connectomes.formats.table import Table

AXES = (("x", "y", "z"), ("pos_x", "pos_y", "pos_z"), ("soma_x", "soma_y", "soma_z"))
KNOWN = 0.5  # of the units must be named in a column for it to be the column of names


def joined(found: Found, units: Table) -> Found:
    """What was found, with what the table says of its units. Raises Invalid if the table is of other units."""
    if units.columns == 1:
        return _with_list(found, units)
    if found.names is None:
        raise Invalid(f"{units.name} names units, but the connections name none, so that none can be found again.")
    column, rows = _names(found.names, units)
    taken = {column}
    places = _places(units, rows, taken)
    labels, maps = {}, {}
    for index, name in enumerate(units.header):
        if index in taken or not name:
            continue
        texts = units.texts(index)
        whole = np.array(["", *texts], object)[rows + 1]
        if all(units.is_number(text) for text in texts[:1000]) and (numbers := _numbers(units, index)) is not None:
            if (rows >= 0).all() and np.isfinite(numbers).all() and not _is_index(numbers):
                maps[name] = numbers[rows]
        elif any(texts):
            labels[name] = tuple(map(str, whole))
    absent = int((rows < 0).sum())
    said = (f"{units.name} does not name {absent} of {len(rows)} units; their labels are empty.",) if absent else ()
    return replace(
        found, labels={**found.labels, **labels}, maps={**found.maps, **maps}, remarks=(*found.remarks, *said),
        positions_um=found.positions_um if places is None else places,
        position_unit=found.position_unit if places is None else "",
    )  # fmt: skip


def _with_list(found: Found, units: Table) -> Found:
    """A list of one column is in the order of the matrix: names if all differ and it has none, else a label."""
    texts = tuple(map(str, units.texts(0)))
    n = len(found.names) if found.names is not None else len(found.matrix)
    if len(texts) != n:
        raise Invalid(f"{units.name} lists {len(texts)} texts, but there are {n} units.")
    if found.names is None and len(set(texts)) == n:
        return replace(found, names=texts)
    name = (units.header or ("label",))[0]
    return replace(found, labels={**found.labels, name: texts})


def _names(names: tuple[str, ...], units: Table) -> tuple[int, np.ndarray]:
    """The column that names the units, and the row of every unit or -1."""
    best, column = np.full(len(names), -1), -1
    for index in range(units.columns):
        try:
            told = identities(units, index).astype(str)
        except Invalid:
            continue  # a column with gaps names no units
        rows = pd.Series(np.arange(len(told)), index=told)
        rows = rows[~rows.index.duplicated()].reindex(names, fill_value=-1).to_numpy()
        if (rows >= 0).sum() > (best >= 0).sum():
            best, column = rows, index
    if (best >= 0).mean() < KNOWN:
        raise Invalid(f"{units.name} names other units than the connections do: no column has names like '{names[0]}'.")
    return column, best


def _places(units: Table, rows: np.ndarray, taken: set[int]) -> np.ndarray | None:
    header = [name.lower() for name in units.header]
    for axes in AXES:
        if all(axis in header for axis in axes):
            columns = [header.index(axis) for axis in axes]
            taken.update(columns)
            places = units.numbers(columns)
            return places[rows] if (rows >= 0).all() and np.isfinite(places[rows]).all() else None
    return None


def _numbers(units: Table, column: int) -> np.ndarray | None:
    try:
        return units.numbers([column])[:, 0]
    except Invalid:
        return None


def _is_index(numbers: np.ndarray) -> bool:
    return bool(np.array_equal(numbers, np.arange(len(numbers))) or (np.abs(numbers) >= 2**53).any())
