"""Controls that are tables: lists of plain components, numbers by name, square tables, lists of connections."""

import re
from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Any, get_args

from app.control import FIELDS, label, words
from app.session import Session
from app.session_control import SessionControl
from app.views.name_controls import Suggest
from app.views.rows_table import LOOKS, RowsTable
from engine.component import Component, Parameter, element_kinds

MOST_CONNECTIONS = 200  # of a list that are shown
MOST_PASTED = 400  # lines at once: as many rows as a table draws


class TableControl(SessionControl):
    """A table in place of a widget; `edited` says what an edit makes of the value."""

    shaded = False
    pastes = False
    grows = ""

    def build(self) -> Any:
        self.widget = RowsTable(
            label=label(self.parameter), help=self.parameter.help, grows=self.grows, shaded=self.shaded,
            pastes=self.pastes, **LOOKS,
        )  # fmt: skip
        self.widget.param.watch(lambda event: self._hear(event.new), "edit")
        return self.widget

    def put(self, value: Any) -> None:
        columns, rows = self.columns(), self.rows(value)
        if (columns, rows) != (self.widget.columns, self.widget.rows):
            self.widget.param.update(columns=columns, rows=rows)
        else:
            self.widget.drawn += bool(self.fault)  # a refused value is given up

    @abstractmethod
    def columns(self) -> list[dict[str, Any]]:
        """The columns as the table takes them."""

    @abstractmethod
    def rows(self, value: Any) -> list[list[Any]]:
        """The cells."""

    @abstractmethod
    def edited(self, what: str, row: int, column: int, cell: Any) -> Any:
        """The value after an edit."""

    @property
    def value(self) -> Any:
        """What the session holds now."""
        return self.session.experiment.value_at(self.parameter.address)

    def _hear(self, edit: dict[str, Any]) -> None:
        if edit["what"] == "paste" and len(edit["value"]) > MOST_PASTED:
            said = f"{len(edit['value']):,} lines were pasted; a table takes at most {MOST_PASTED} at once."
            self.show(self.value, said)
            self.widget.drawn += 1
            return
        self.wanted(self.edited(edit["what"], int(edit.get("row", 0)), int(edit.get("column", 0)), edit.get("value")))


class PlainRows(TableControl):
    """A list of components with plain fields: one row each."""

    pastes = True

    def __init__(self, parameter: Parameter, session: Session, suggests: dict[str, Suggest] | None = None):
        owner, _, name = parameter.address.rpartition(".")
        field = type(session.experiment.value_at(owner)).model_fields[name]
        (self.made,) = element_kinds(field).values()
        self.fields = {f: info for f, info in self.made.model_fields.items() if f != "kind"}
        self.suggests = suggests or {}
        self.grows = f"Add {(self.made.title or words(self.made.__name__)).lower()}"
        super().__init__(parameter, session)

    def columns(self) -> list[dict[str, Any]]:
        return [self._column(name) for name in self.fields]

    def rows(self, value: Any) -> list[list[Any]]:
        return [[getattr(item, name) for name in self.fields] for item in value]

    def edited(self, what: str, row: int, column: int, cell: Any) -> Any:
        items: list[Any] = list(self.value)
        if what == "drop":
            return (*items[:row], *items[row + 1 :])
        if what == "add":
            return (*items, _another(self.made, items))
        names = list(self.fields)[column:]
        known = items.copy()  # and what is made for rows beyond them, each with a name of its own
        for at, cells in enumerate(cell if what == "paste" else [[cell]], start=row):
            if at >= len(known):
                known.append(_another(self.made, known))
            plain = {name: getattr(known[at], name) for name in self.fields} | dict(zip(names, cells, strict=False))
            items[at : at + 1] = [plain]
        return tuple(items)

    def _column(self, name: str) -> dict[str, Any]:
        info = self.fields[name]
        told: dict[str, Any] = {"label": FIELDS.get(name) or words(name), "help": info.description or ""}
        if getattr(info.annotation, "__origin__", None) is not None and get_args(info.annotation):
            choices = [str(choice) for choice in get_args(info.annotation)]
            return told | {"kind": "choice", "choices": choices, "words": [words(choice) for choice in choices]}
        told["kind"] = "number" if info.annotation in (int, float) else "text"
        if name in self.suggests:
            told["suggests"] = list(self.suggests[name](self.session, self.owner))
        return told


class ByName(TableControl):
    """A number or a word for each of some names; an empty cell says nothing about that name."""

    def __init__(self, parameter: Parameter, session: Session, names: Suggest, kind: str = "number"):
        self.names, self.kind = names, kind
        super().__init__(parameter, session)

    def columns(self) -> list[dict[str, Any]]:
        return [{"label": "Name", "kind": "told"}, {"label": label(self.parameter), "kind": self.kind, "empty": "–"}]

    def rows(self, value: Any) -> list[list[Any]]:
        names = dict.fromkeys((*self.names(self.session, self.owner), *value))
        return [[name, value.get(name, "")] for name in names]

    def edited(self, what: str, row: int, column: int, cell: Any) -> Any:
        name = self.widget.rows[row][0]
        kept = {other: number for other, number in self.value.items() if other != name}
        return kept if cell == "" else {**kept, name: cell}


class SquareTable(TableControl):
    """A density from each column to each row; it grows and shrinks with the names."""

    shaded = True
    pastes = True

    def __init__(self, parameter: Parameter, session: Session, names: Callable[[Component], Sequence[str]]):
        self.names = names
        super().__init__(parameter, session)

    def columns(self) -> list[dict[str, Any]]:
        names = self.names(self.owner)
        return [
            {"label": "to ↓ from →", "kind": "told"},
            *({"label": n, "kind": "number", "turned": True} for n in names),
        ]

    def rows(self, value: Any) -> list[list[Any]]:
        return [[name, *row] for name, row in zip(self.names(self.owner), self._fitted(value), strict=True)]

    def edited(self, what: str, row: int, column: int, cell: Any) -> Any:
        table = [list(line) for line in self._fitted(self.value)]
        for line, cells in zip(table[row:], cell if what == "paste" else [[cell]], strict=False):
            line[column - 1 : column - 1 + len(cells)] = cells
        return tuple(map(tuple, table))

    def _fitted(self, value: Any) -> tuple[tuple[float, ...], ...]:
        """The table as large as there are names; what it lacks is 0."""
        n = len(self.names(self.owner))
        return tuple(
            tuple(value[i][j] if i < len(value) and j < len(value[i]) else 0.0 for j in range(n)) for i in range(n)
        )


class Connections(TableControl):
    """Listed connections, one row each: from, to and (where they are added) the weight."""

    def __init__(self, parameter: Parameter, session: Session, units: Suggest):
        self.units = units
        self.grows = "Add a connection"
        super().__init__(parameter, session)

    def build(self) -> Any:
        made = super().build()
        made.param.update(label="Connections", help="From whom to whom; a unit by its name.")
        return made

    @property
    def weighted(self) -> bool:
        """Whether they have weights."""
        return "weights" in type(self.owner).model_fields

    def columns(self) -> list[dict[str, Any]]:
        known = list(self.units(self.session, self.owner))
        ends = [{"label": name, "kind": "text", "suggests": known} for name in ("From", "To")]
        return [*ends, *([{"label": "Weight", "kind": "number"}] if self.weighted else [])]

    def rows(self, value: Any) -> list[list[Any]]:
        told = self._told()
        self.widget.more = max(0, len(told) - MOST_CONNECTIONS)
        return told[:MOST_CONNECTIONS]

    def edited(self, what: str, row: int, column: int, cell: Any) -> Any:
        told = self._told()
        if what == "drop":
            del told[row]
        elif what == "add":
            known = list(self.units(self.session, self.owner)) or ["unit"]
            told.append([known[0], known[-1], *([1.0] if self.weighted else [])])
        else:
            told[row][column] = cell
        return told

    def wanted(self, value: Any) -> None:
        """The table stands for the names, both ends and the weights together."""
        if self._showing:
            return
        stem = self.parameter.address.rpartition(".")[0]
        names = tuple(dict.fromkeys(name for row in value for name in row[:2]))
        place = {name: k for k, name in enumerate(names)}
        given: dict[str, Any] = {"names": names, "pre": tuple(place[r[0]] for r in value)}
        given["post"] = tuple(place[r[1]] for r in value)
        if self.weighted:
            given["weights"] = tuple(r[2] for r in value) or (1.0,)
        plain = self.owner.model_dump() | given
        self.session.change_all({stem: plain}, self.parameter.address)

    def _told(self) -> list[list[Any]]:
        step: Any = self.owner
        rows = [[step.names[a], step.names[b]] for a, b in zip(step.pre, step.post, strict=True)]
        if not self.weighted:
            return rows
        weights = step.weights if len(step.weights) == len(rows) else step.weights[:1] * len(rows)
        return [[*row, weight] for row, weight in zip(rows, weights, strict=True)]


def _another(made: type[Component], items: Iterable[Component]) -> Component:
    """A new one like the last, so that a table is quickly filled; its name is a new one."""
    items = list(items)
    if not items:
        return made()
    last: Any = items[-1]
    taken = {getattr(item, "name", None) for item in items}
    if "name" not in made.model_fields:
        return last
    stem = re.sub(r" \d+$", "", last.name)
    number = next(k for k in range(len(items) + 1, 10**6) if f"{stem} {k}" not in taken)
    return last.with_value("name", f"{stem} {number}")
