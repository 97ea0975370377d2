"""The index of a store: summaries by id, so that a thousand runs are listed by one query.

It is never the only truth: whatever happens to it, it is made again from the folders.
"""

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from engine.experiments.summary import Summary

FORM = 2  # grows when Summary changes, and with it every index is made again


class Index:
    """Summaries with the stamp of the files that they were read from. An index that cannot be used is empty."""

    def __init__(self, path: Path):
        self.path = path

    def rows(self) -> dict[str, tuple[str, Summary]]:
        """Stamp and summary of every run that is indexed."""
        with contextlib.suppress(sqlite3.Error, ValueError, TypeError), self._open() as database:
            found = database.execute("SELECT id, stamp, summary FROM runs").fetchall()
            return {run_id: (stamp, Summary(**json.loads(summary))) for run_id, stamp, summary in found}
        return {}

    def change(self, stamped: Iterable[tuple[str, Summary]], gone: Iterable[str]) -> None:
        """These summaries are in the index with their stamps, and the ids that are gone are not."""
        rows = [(summary.id, stamp, json.dumps(summary.to_json())) for stamp, summary in stamped]
        with contextlib.suppress(sqlite3.Error), self._open() as database:
            database.executemany("INSERT OR REPLACE INTO runs VALUES (?, ?, ?)", rows)
            database.executemany("DELETE FROM runs WHERE id = ?", [(run_id,) for run_id in gone])

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        database = sqlite3.connect(self.path, timeout=2)
        try:
            _prepare(database)
            with database:
                yield database
        except sqlite3.DatabaseError as error:
            database.close()
            if not isinstance(error, sqlite3.OperationalError):  # that one is a lock or the disk, not the file's fault
                self._remove()
            raise
        finally:
            database.close()

    def _remove(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                Path(f"{self.path}{suffix}").unlink(missing_ok=True)


def _prepare(database: sqlite3.Connection) -> None:
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    if database.execute("PRAGMA user_version").fetchone()[0] != FORM:
        with database:
            database.execute("DROP TABLE IF EXISTS runs")
            database.execute(f"PRAGMA user_version = {FORM}")
    database.execute("CREATE TABLE IF NOT EXISTS runs (id TEXT PRIMARY KEY, stamp TEXT, summary TEXT)")
