"""A history that grows while it is read."""

import time

import numpy as np
from jaxtyping import Shaped

from engine.experiments.history import History
from engine.experiments.history_of_stages import with_retrained

ROWS = ("step", "seconds", "loss", "gradient_norm", "violations")
NAMED = {"costs": "loss", "shares": "evaluation_loss"}  # a table for every name, each as long as this one
EVALUATIONS = ("evaluated", "evaluation_loss", "accuracy", "ideal", "chance")


class Curves:
    """A history that grows: what was told stays where it is in memory, so that readers may keep views of it."""

    def __init__(self) -> None:
        self.origin = time.monotonic_ns()
        self._columns: dict[str | tuple[str, str], Growing] = {}
        self._ledger: list[dict] | None = None
        self._stages: tuple[tuple[int, str], ...] = ()
        self._pruned: tuple[dict, ...] = ()
        self._lessons: tuple[int, ...] = ()

    def add(self, more: History) -> None:
        """The history goes on with `more`; lines about another number of networks are left out."""
        for names, (named, like) in zip((ROWS, EVALUATIONS), NAMED.items(), strict=True):
            parts = {name: getattr(more, name) for name in names}
            known = [self._columns[name].fits(part) for name, part in parts.items() if name in self._columns]
            if len(parts[names[0]]) and all(known):
                self._add_named(named, getattr(more, named), np.full_like(parts[like], np.nan))
                for name, part in parts.items():
                    self._columns.setdefault(name, Growing(part)).add(part)
        self._ledger = more.ledger or self._ledger
        goes_on = bool(self._stages and more.stages) and self._stages[-1][1] == more.stages[0][1]
        self._stages += more.stages[goes_on:]
        self._pruned += more.pruned
        self._lessons = more.lessons or self._lessons

    def _add_named(self, named: str, tables: dict[str, np.ndarray], nothing: np.ndarray) -> None:
        """The tables go on; what some stage does not tell is not a number there."""
        like = self._columns.get(NAMED[named])
        missed = np.full_like(nothing, np.nan, shape=(len(like.values) if like else 0, *nothing.shape[1:]))
        for name in tables:
            if (named, name) not in self._columns:
                self._columns[named, name] = Growing(nothing)
                self._columns[named, name].add(missed)
        for key, column in self._columns.items():
            if key[0] == named:
                column.add(tables.get(key[1], nothing))

    def history(self) -> History:
        """All of it so far."""
        nothing = History.of([])
        told = {name: self._columns[name].values for name in (*ROWS, *EVALUATIONS) if name in self._columns}
        absent = {name: getattr(nothing, name) for name in (*ROWS, *EVALUATIONS) if name not in told}
        named = {what: {key[1]: c.values for key, c in self._columns.items() if key[0] == what} for what in NAMED}
        known = {**told, **absent}
        pruned = with_retrained(self._pruned, known["evaluated"], known["evaluation_loss"], self._stages)
        last = {"stages": self._stages, "pruned": pruned, "lessons": self._lessons}
        return History(**known, **named, ledger=self._ledger, **last)


class Growing:
    """An array that grows at its end at no cost that depends on its length."""

    def __init__(self, like: Shaped[np.ndarray, "rows ..."]):
        self._room = np.empty((1024, *like.shape[1:]), like.dtype)
        self._n = 0

    @property
    def values(self) -> Shaped[np.ndarray, "rows ..."]:
        return self._room[: self._n]

    def fits(self, more: Shaped[np.ndarray, "rows ..."]) -> bool:
        return more.shape[1:] == self._room.shape[1:]

    def add(self, more: Shaped[np.ndarray, "rows ..."]) -> None:
        """Longer by `more`; views taken before keep their values."""
        end = self._n + len(more)
        if end > len(self._room):
            room = np.empty((2 * end, *self._room.shape[1:]), self._room.dtype)
            room[: self._n] = self.values
            self._room = room
        self._room[self._n : end] = more
        self._n = end
