"""The library: a user's own connectomes, each a file of plain arrays and a record, of any size that is still sparse."""

import hashlib
import os
import time
from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from engine.component import Invalid, near
from engine.connectomes.graph import Graph
from engine.connectomes.kept_graph import ARRAYS_BYTES, graph_in, packed
from engine.connectomes.kept_record import is_own, json_object, record_in, record_of_graph, spoilt
from engine.connectomes.record import Record
from engine.whole_file import data_folder, read_bytes, read_json, write_bytes, write_json

MOST = 500  # connectomes in a library
WEIGHTS = "weights.safetensors"  # of a saved model
KEEP_REMOVED_S = 30 * 86400.0


class Library:
    """Keeps connectomes in `connectomes` of the data folder, and removed ones for 30 days in its .trash."""

    def __init__(self, path: str | Path | None = None):
        self.path = data_folder(path) / "connectomes"

    def add(
        self, graph: Graph, facts: Mapping[str, str], remarks: tuple[str, ...] = (), steps: tuple[str, ...] = ()
    ) -> str:
        """The id under which the connectome is kept from now on; the same connections and title have the same id."""
        content = packed(graph)
        digest = hashlib.sha256(content).hexdigest()
        made = record_of_graph(graph, facts, remarks, steps, digest)
        self._write(made, content)
        return made.id

    @property
    def stamp(self) -> int:
        """A number that changes when a connectome is added, removed or restored."""
        try:
            return self.path.stat().st_mtime_ns
        except OSError:
            return 0

    def records(self) -> tuple[Record, ...]:
        """Every connectome here, the latest first; one that cannot be read says why."""
        try:
            with os.scandir(self.path) as entries:
                found = [(e.name[:-5], e.stat(follow_symlinks=False)) for e in entries if e.name.endswith(".json")]
        except OSError:
            return ()
        mine = sorted(((id, stat) for id, stat in found if is_own(id)), key=lambda each: -each[1].st_mtime_ns)
        return tuple(self._listed(id, (stat.st_mtime_ns, stat.st_size)) for id, stat in mine[:MOST])

    def record(self, id: str) -> Record:
        """The record of one. Raises Invalid with the near name if there is none, or with what is wrong with it."""
        found = {each.id: each for each in self.records()}
        if id not in found:
            raise Invalid(f"There is no connectome '{id[:80]}' in {self.path}.{near(id, found)}", "wiring.connectome")
        if not found[id].available:
            raise Invalid(f"The connectome '{id}' cannot be read: {found[id].fault}", "wiring.connectome")
        return found[id]

    def graph(self, id: str) -> Graph:
        """Its connections, checked against the hash in its record. Raises Invalid if the file was changed."""
        path = self.path / f"{self.record(id).id}.npz"
        found = path.lstat()
        return _graph(path, found.st_mtime_ns, found.st_size, self.record(id).sha256)

    def files(self, id: str) -> tuple[Path, Path]:
        """Its arrays and its record, which make it whole on another machine. Raises Invalid if there are none."""
        name = self.record(id).id
        return self.path / f"{name}.npz", self.path / f"{name}.json"

    def weights(self, id: str) -> Path:
        """Where the weights of a saved model lie that this is the connectome of."""
        return self.path / f"{id}.{WEIGHTS}"

    def adopt(self, arrays: bytes, record: bytes) -> str:
        """The id of a connectome that another library kept, as in the bundle of a run. Raises Invalid if spoilt."""
        told = record_in(json_object(record), "")
        if hashlib.sha256(arrays).hexdigest() != told.sha256:
            raise Invalid(f"The connectome '{told.id}' was changed since it was kept: its hash differs.")
        _require_same(told, graph_in(arrays, told.id))
        self._write(told, arrays)
        return told.id

    def remove(self, id: str) -> None:
        """The connectome is in the trash, whence `restore` brings it back for 30 days."""
        if not is_own(id) or not (self.path / f"{id}.json").exists():
            raise Invalid(f"There is no connectome '{id[:80]}' of your own to remove.")
        self.purge()
        self._attempt(lambda: self._move(self.path, self._trash, id, f"{id}~{time.time():.0f}"))

    def restore(self, id: str) -> None:
        """The removed connectome is back. Raises Invalid if it is not in the trash."""
        kept = sorted(path.stem for path in self._trash.glob("*.json") if path.stem.partition("~")[0] == id)
        if not kept:
            raise Invalid(f"The connectome '{id[:80]}' is not in the trash of {self.path} any more.")
        self._attempt(lambda: self._move(self._trash, self.path, kept[-1], id))

    def removed(self) -> tuple[str, ...]:
        """Ids of the connectomes in the trash, the latest first."""
        parts = [path.stem.rpartition("~") for path in self._trash.glob("*~*.json")]
        return tuple(id for id, _, _ in sorted(parts, key=lambda part: part[2], reverse=True))

    def purge(self, older_than_s: float = KEEP_REMOVED_S) -> None:
        """Connectomes that were removed longer ago than this are gone for good."""
        for path in self._trash.glob("*~*"):
            when = path.name.rpartition("~")[2].partition(".")[0]
            if when.isdigit() and time.time() - int(when) > older_than_s:
                path.unlink(missing_ok=True)

    @property
    def _trash(self) -> Path:
        return self.path / ".trash"

    def _listed(self, id: str, stamp: tuple[int, int]) -> Record:
        try:
            if not (self.path / f"{id}.npz").is_file():
                raise Invalid(f"{id}.npz is missing.")
            return _kept_record(self.path / f"{id}.json", *stamp)
        except Invalid as fault:
            return spoilt(id, str(fault))

    def _write(self, made: Record, content: bytes) -> None:
        taken = {each.id for each in self.records()}
        if len(taken) >= MOST and made.id not in taken:
            raise Invalid(f"The library in {self.path} holds {MOST} connectomes, which is the most; remove some first.")

        def write() -> None:
            self.path.mkdir(parents=True, exist_ok=True)
            write_bytes(self.path / f"{made.id}.npz", content)
            write_json(self.path / f"{made.id}.json", asdict(made))  # last: what has no record is not there

        self._attempt(write)

    def _attempt(self, act: Any) -> None:
        try:
            act()
        except OSError as error:
            reason = error.strerror or str(error)
            raise Invalid(f"The library cannot write into {self.path}: {reason}. Make room or name another.") from None

    def _move(self, source: Path, target: Path, old: str, new: str) -> None:
        target.mkdir(parents=True, exist_ok=True)
        for suffix in ("json", "npz", WEIGHTS):  # without its record it is gone
            if (source / f"{old}.{suffix}").exists():
                os.replace(source / f"{old}.{suffix}", target / f"{new}.{suffix}")


@lru_cache(maxsize=2 * MOST)
def _kept_record(path: Path, changed_ns: int, size: int) -> Record:
    """The record in a file as it was at that time."""
    return record_in(read_json(path), path.stem)


@lru_cache(maxsize=2)
def _graph(path: Path, changed_ns: int, size: int, sha256: str) -> Graph:
    content = read_bytes(path, ARRAYS_BYTES)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Invalid(f"{path.name} was changed since it was kept: its hash differs. Import the connectome again.")
    return graph_in(content, path.name)


def _require_same(told: Record, graph: Graph) -> None:
    if (told.n, told.edges) != (graph.n, graph.edges):
        raise Invalid(f"The record of '{told.id}' tells of {told.n} units, but there are {graph.n}.")
