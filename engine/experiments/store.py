"""The store: one folder that keeps every run, and an index that can be made again from it."""

import errno
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from engine.component import Invalid
from engine.experiments.bundle import bundle
from engine.experiments.checksums import stamp as stamp_of
from engine.experiments.environment import environment
from engine.experiments.experiment import Experiment
from engine.experiments.index import Index
from engine.experiments.names import is_id, new_id, require_id, title
from engine.experiments.run import Run
from engine.experiments.status import Status, write_status
from engine.experiments.summary import Summary, summarise
from engine.experiments.whole_file import write_json
from engine.whole_file import data_folder

KEEP_DELETED_S = 30 * 86400.0
LEFT_OVER_S = 86400.0


class Store:
    """Keeps runs in `path`/runs and deleted ones for 30 days in `path`/.trash."""

    def __init__(self, path: str | Path | None = None):
        self.path = data_folder(path)
        self._index = Index(self.path / "index.sqlite")

    @property
    def folder(self) -> Path:
        """Where the run folders are."""
        return self.path / "runs"

    def create(self, experiment: Experiment, name: str = "") -> Run:
        """A new run that waits to be started. Raises Invalid, naming the folder, if it cannot be written."""
        return write_new(self.folder / new_id(), experiment, name)

    def require_writable(self) -> None:
        """Raises Invalid, naming the folder, if no run could be kept here."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            probe = self.folder / f".probe.{os.getpid()}"
            probe.write_bytes(b"1")
            probe.unlink()
        except OSError as error:
            raise Invalid(_unwritable(self.path, error)) from None

    def run(self, run_id: str) -> Run:
        """The run with this id. Raises Invalid if the store has none."""
        folder = self.folder / require_id(run_id)
        if not folder.is_dir() or folder.is_symlink():
            raise Invalid(f"There is no run '{run_id}' in {self.path}; it may have been deleted.")
        return Run(folder)

    def find(self, reference: str) -> Run:
        """The run with this id, or of this folder. Raises Invalid if there is none."""
        if is_id(reference) and (self.folder / reference).is_dir():
            return self.run(reference)
        if (Path(reference) / "experiment.json").is_file():
            return Run(reference)
        raise Invalid(f"There is no run '{reference[:200]}', neither in {self.path} nor as a folder.")

    def runs(self) -> list[Summary]:
        """Every run, the newest first. Only folders that changed since the last look are read."""
        known = self._index.rows()
        stamps = self._stamps()
        fresh, listed = [], []
        for run_id, stamp in stamps.items():
            if run_id in known and known[run_id][0] == stamp:
                listed.append(known[run_id][1])
                continue
            summary = summarise(self.folder / run_id)
            listed.append(summary)
            if not _is_perishable(summary):
                fresh.append((stamp, summary))
        gone = [run_id for run_id in known if run_id not in stamps]
        if fresh or gone:
            self._index.change(fresh, gone)
        return sorted(listed, key=lambda summary: (summary.created, summary.id), reverse=True)

    def rename(self, run_id: str, name: str) -> None:
        """The run is called `name` from now on; an empty name brings back its first one."""
        run = self.run(run_id)
        self._write(lambda: run.write_notes(name=name.strip()[:200] or title(run.experiment(), run_id)))

    def note(self, run_id: str, text: str) -> None:
        """The run carries this note."""
        run = self.run(run_id)
        self._write(lambda: run.write_notes(note=text[:20_000]))

    def delete(self, run_id: str) -> None:
        """The run is in the trash, whence `restore` brings it back for 30 days. Raises Invalid while it trains."""
        run = self.run(run_id)
        if summarise(run.folder).state in ("queued", "running", "paused"):
            raise Invalid(f"{run.notes()['name']} is still at work; stop it before you delete it.")
        self._write(self.purge)
        self._write(lambda: _move(run.folder, self._trash / f"{run_id}~{time.time():.0f}"))

    def restore(self, run_id: str) -> Run:
        """The deleted run is back. Raises Invalid if it is not in the trash."""
        kept = sorted(self._trash.glob(f"{require_id(run_id)}~*"))
        if not kept:
            raise Invalid(f"Run '{run_id}' is not in the trash of {self.path} any more.")
        self._write(lambda: _move(kept[-1], self.folder / run_id))
        return self.run(run_id)

    def deleted(self) -> list[str]:
        """Ids of the runs in the trash, the latest first."""
        found = [path.name.rpartition("~") for path in self._trash.glob("r_*~*")]
        return [run_id for run_id, _, _ in sorted(found, key=lambda parts: parts[2], reverse=True)]

    def purge(self, older_than_s: float = KEEP_DELETED_S) -> None:
        """Runs that were deleted longer ago than this are gone for good."""
        for path in self._trash.glob("r_*~*"):
            when = path.name.rpartition("~")[2]
            if when.isdigit() and time.time() - int(when) > older_than_s:
                shutil.rmtree(path, ignore_errors=True)
        for path in (
            *self.folder.glob(".new_r_*"),
            *(self.path / "exports").glob("*.zip"),
        ):  # what a kill or a download left
            if time.time() - path.lstat().st_mtime > LEFT_OVER_S:
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    def bundle(self, run_id: str, folder: Path | None = None) -> Path:
        """A zip file with everything about the run, in `folder` (default: among the store's exports)."""
        run = self.run(run_id)
        target = self.path / "exports" if folder is None else folder
        try:
            return bundle(run, target)
        except OSError as error:
            raise Invalid(_unwritable(target, error)) from None

    @property
    def _trash(self) -> Path:
        return self.path / ".trash"

    def _stamps(self) -> dict[str, str]:
        try:
            with os.scandir(self.folder) as entries:
                return {entry.name: stamp_of(Path(entry.path)) for entry in entries if is_id(entry.name)}
        except OSError:
            return {}

    def _write(self, act: Callable[[], object]) -> None:
        try:
            act()
        except OSError as error:
            raise Invalid(_unwritable(self.path, error)) from None


def write_new(folder: Path, experiment: Experiment, name: str = "") -> Run:
    """A run that waits to be started; its folder appears whole or not at all."""
    part = folder.with_name(f".new_{folder.name}")
    try:
        for box in ("requests", "snapshots"):
            (part / box).mkdir(parents=True)
        write_json(part / "experiment.json", experiment.model_dump(mode="json"))
        write_json(part / "environment.json", environment(experiment))
        write_json(part / "notes.json", {"name": name or title(experiment, folder.name), "note": ""})
        steps = experiment.training.all_steps
        write_status(part, Status("stopped", time.time(), attempt=0, steps=steps, message="Not started yet."))
        part.rename(folder)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise Invalid(_unwritable(folder.parent, error)) from None
    return Run(folder)


def _is_perishable(summary: Summary) -> bool:
    """Whether the row may change though no file does: a process dies, a newer program reads what this one cannot."""
    return summary.state in ("running", "paused") or (summary.state == "damaged" and not summary.is_readable)


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    source.rename(target)


def _unwritable(folder: Path, error: OSError) -> str:
    reason = "the disk is full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else error.strerror or str(error)
    return f"The store cannot write into {folder}: {reason}. Make room or name another folder with --store."
