"""Sweeps as the page reads them: those on this machine, and the one process that runs one.

Nothing here knows a visitor or a document. Sessions ask on threads of their own.
"""

import subprocess
import threading
import time
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

import pandas as pd

from app.views.forecast_card import outlook_of
from app.work_process import spawn, standing_of
from engine.component import Invalid
from engine.experiments import sweep_shelf
from engine.experiments.names import made_at
from engine.experiments.stand import Standing, ask_to_stop, begin
from engine.experiments.status import Process
from engine.experiments.sweep import Point, Sweep
from engine.experiments.sweep_folder import SweepFolder, keep, new_folder, open_sweep
from engine.experiments.sweep_groups import check
from engine.experiments.sweep_summary import summary
from engine.experiments.work import work

KNOWN = 32  # sweeps whose plan is kept in memory


@dataclass(frozen=True, eq=False)
class Seen:
    """A sweep as it is by now: its plan, how it stands, the table of its networks and the summary of its points."""

    kept: SweepFolder
    standing: Standing | None
    done: int
    table: pd.DataFrame = field(default_factory=pd.DataFrame)
    fault: str = ""

    @cached_property
    def points(self) -> pd.DataFrame:
        """One row a point that was begun."""
        return summary(self.table, self.kept.sweep.addresses) if len(self.table) else pd.DataFrame()

    @property
    def state(self) -> str:
        """running, done, stopped, failed, or "begun" if nobody says how it ended."""
        if self.standing is not None and self.standing.state == "running":
            return "running"
        if self.done == len(self.kept.groups):
            return "done"
        return self.standing.state if self.standing is not None and self.standing.state != "done" else "begun"

    @cached_property
    def told(self) -> object:
        """Equal for two looks of which the later one tells nothing new."""
        columns = self.table.to_csv(index=False) if len(self.table) else ""
        return self.kept.folder, self.state, self.standing and self.standing.stand, self.fault, columns

    def point(self, number: int) -> Point:
        """The point of that number."""
        return next(p for group in self.kept.groups for p in group.points if p.number == number)


@dataclass(frozen=True)
class Named:
    """A sweep in the list: its folder, what it is called, and whether it is at work or cannot be read."""

    folder: Path
    name: str
    running: bool = False
    damaged: bool = False


def one_at_a_time(busy: Named) -> str:
    """Why no other sweep can begin."""
    return f"One sweep runs at a time, and {busy.name} is running: wait for its end, or choose it and press Stop."


class Desk:
    """All sweeps on this machine, and the one process that works on one."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._known: dict[Path, SweepFolder] = {}
        self._titles: dict[Path, str] = {}  # of all there are, so that a list of many reads none of them again
        self._seen: Seen | None = None  # the last look
        self._children: list[subprocess.Popen[bytes]] = []

    def census(self) -> tuple[Named, ...]:
        """Every sweep, the newest first. Reads files: slow."""
        with self._lock:
            self._children = [child for child in self._children if child.poll() is None]
        found = tuple(self._named(folder) for folder in sweep_shelf.sweeps())
        self._titles = {one.folder: one.name for one in found if not one.damaged}
        return found

    def look(self, folder: Path) -> Seen:
        """How one sweep stands; the same as before while nothing is new. Slow. Raises Invalid if it cannot be read."""
        kept = self._open(folder)
        seen, before = Seen(kept, standing_of(folder), kept.done, kept.table()), self._seen
        if before is not None and before.told == seen.told:
            return before
        self._seen = seen
        _ = seen.points  # here, not where the page is drawn
        return seen

    def start(self, sweep: Sweep) -> Path:
        """A process of its own runs this sweep in a new folder. Raises Invalid if a point of it cannot be trained."""
        self._require_free()
        kept = SweepFolder(new_folder(), sweep)
        check(sweep, kept.groups)
        return self._begin(keep(kept.folder, sweep))

    def go_on(self, folder: Path) -> Path:
        """A process of its own does what is left of it. Raises Invalid while one runs."""
        self._require_free()
        return self._begin(self._open(folder))

    def stop(self, folder: Path) -> None:
        """The process that works on it ends at its next step; what is done stays done."""
        ask_to_stop(folder)

    def delete(self, folder: Path) -> Path:
        """The sweep is in the trash with its runs; where it was. Raises Invalid while it runs."""
        with self._lock:
            self._known.pop(folder, None)
            return sweep_shelf.delete(folder.name)

    def restore(self, folder: Path) -> Path:
        """The deleted sweep is back where it was. Raises Invalid if it is not in the trash any more."""
        return sweep_shelf.restore(folder.name)

    def _begin(self, kept: SweepFolder) -> Path:
        with self._lock:
            self._require_free()  # another visitor may have begun one meanwhile
            try:
                child = spawn(["sweep", "--out", str(kept.folder), "--quiet"], kept.folder)
            except OSError as error:
                raise Invalid(f"The sweep cannot be started in {kept.folder}: {error.strerror or error}.") from None
            self._children.append(child)
            begin(kept.folder, Process.this(child.pid))
        return kept.folder

    def _require_free(self) -> None:
        busy = next((found for found in self.census() if found.running), None)
        if busy is not None:
            raise Invalid(one_at_a_time(busy))

    def _open(self, folder: Path) -> SweepFolder:
        with self._lock:
            found = self._known.pop(folder, None) or open_sweep(folder)
            self._known[folder] = found
            while len(self._known) > KNOWN:
                del self._known[next(iter(self._known))]
        return found

    def _named(self, folder: Path) -> Named:
        try:
            name = self._titles.get(folder) or title(open_sweep(folder))
        except Invalid:
            return Named(folder, f"{folder.name} · cannot be read", damaged=True)
        standing = standing_of(folder)
        return Named(folder, name, standing is not None and standing.state == "running")


@cache
def desk() -> Desk:
    """The one desk of this process."""
    return Desk()


def title(kept: SweepFolder) -> str:
    """What is swept, two words, and when."""
    over = " × ".join(address.split(".", 1)[-1] for address in kept.sweep.addresses)
    at = made_at(kept.folder.name)
    when = time.strftime("%d %b %H:%M", time.localtime(at)) if at else ""
    return f"{over} · {kept.name} · {when}".rstrip(" ·")


def forecast_s(sweep: Sweep) -> float:
    """Seconds of the whole sweep, from a probe of its first population. Slow. Raises Invalid if that cannot start."""
    first, *others = SweepFolder(Path(), sweep).groups
    one = outlook_of(first.experiment).seconds
    return one * (1 + sum(work(group.experiment) for group in others) / work(first.experiment))
