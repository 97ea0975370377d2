"""Papers as the page reads them: results on this machine and shipped ones, and the one process that runs a paper.

Nothing here knows a visitor or a document. Sessions ask for the latest census on threads of their own; what it costs to
judge readings is paid once for all of them, when the readings change.
"""

import logging
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from app.work_process import spawn, standing_of
from engine.component import Invalid
from engine.experiments.carry_out import recipe
from engine.experiments.papers import PAPERS, paper
from engine.experiments.papers.conduct import claim_folder, folder_of, read_scale, read_table
from engine.experiments.papers.figure import Figure
from engine.experiments.papers.paper import Paper, Part, Scale, Table
from engine.experiments.papers.shipped import ASSETS, made_by, other_seeds, read_shipped, shipped
from engine.experiments.papers.verdict_rows import verdict_rows
from engine.experiments.run import Run
from engine.experiments.stand import Standing, ask_to_stop, begin
from engine.experiments.status import Process
from engine.whole_file import data_folder

CENSUS_S = 0.8
USUAL = Scale()
MOST_SCALES = 64  # whose recipes are kept: any visitor may ask for any seeds
log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Judged:
    """What some readings come to: one row a claim, and the figures."""

    table: Table
    rows: list[dict[str, Any]]
    figures: tuple[Figure, ...]


@dataclass(frozen=True, eq=False)
class Result:
    """One folder of results of a paper, by now. `done` are its finished parts, `outdated` says how many others were
    measured by an earlier recipe; `fault` why it cannot be read."""

    paper: Paper
    folder: Path
    scale: Scale
    parts: tuple[Part, ...] = ()
    done: frozenset[str] = frozenset()
    standing: Standing | None = None
    judged: Judged | None = None
    made: dict[str, Any] = field(default_factory=dict)
    fault: str = ""
    outdated: int = 0

    @property
    def is_shipped(self) -> bool:
        return self.folder.parent == ASSETS

    @property
    def state(self) -> str:
        """running, done, stopped, failed or damaged; "begun" if nobody says how it ended."""
        if self.fault:
            return "damaged"
        if self.standing is not None and self.standing.state == "running":
            return "running"
        if self.is_shipped or (self.parts and len(self.done) == len(self.parts)):
            return "done"
        return self.standing.state if self.standing is not None and self.standing.state != "done" else "begun"

    @property
    def share(self) -> float:
        """How much of the work is done, by the forecasts of its parts."""
        if self.state == "running" and self.standing.stand is not None:
            return self.standing.stand.share
        return sum(p.seconds for p in self.parts if p.name in self.done) / (sum(p.seconds for p in self.parts) or 1)

    @property
    def changed(self) -> list[str]:
        """Parts whose recipe is no longer the one that shipped results were made by."""
        known = self.made.get("recipes", ())
        return [p.name for p, file in parts_of(self.paper.name, self.scale) if file not in known] if known else []

    @property
    def words(self) -> Counter[str]:
        """How many claims have which verdict."""
        return Counter(str(row["verdict"]) for row in self.judged.rows) if self.judged else Counter()

    @property
    def run(self) -> Run | None:
        """The run that trains now."""
        stand = self.standing.stand if self.state == "running" else None
        return Run(self.folder / "runs" / stand.run) if stand is not None and stand.run else None


class Desk:
    """All results on this machine, read at most about once a second, and the one process that works on a paper."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: tuple[float, tuple[Result, ...]] = (-CENSUS_S, ())
        self._judged: dict[Path, tuple[Any, Judged | Invalid]] = {}
        self._children: list[subprocess.Popen[bytes]] = []

    def census(self, anew: bool = False) -> tuple[Result, ...]:
        """Every result, those of this machine first, the newest of a paper before its others. Reads files: slow."""
        with self._lock:
            self._children = [child for child in self._children if child.poll() is None]
            at, found = self._seen
            if anew or time.monotonic() - at >= CENSUS_S:
                found = tuple(self._results())
                self._seen = (time.monotonic(), found)
            return found

    def start(self, chosen: Paper, scale: Scale) -> None:
        """A process of its own runs what is left of the paper. Raises Invalid while it, or another one, is running."""
        busy = next((r for r in self.census(anew=True) if r.state == "running"), None)
        if busy is not None:
            raise Invalid(f"One paper runs at a time, and {busy.paper.name} is running.")
        folder = folder_of(chosen, scale)
        with self._lock:
            claim_folder(chosen, folder, scale)
            try:
                child = spawn(_command(chosen, scale, folder), folder)
            except OSError as error:
                raise Invalid(f"{chosen.name} cannot be started in {folder}: {error.strerror or error}.") from None
            self._children.append(child)
            begin(folder, Process.this(child.pid))
            self._seen = (-CENSUS_S, self._seen[1])

    def stop(self, result: Result) -> None:
        """The process that works on it ends at its next step; what is done stays done."""
        ask_to_stop(result.folder)

    def _results(self) -> Iterator[Result]:
        for folder in _folders(data_folder() / "papers"):
            if (found := self._own(folder)) is not None:
                yield found
        for one in PAPERS:
            if (folder := shipped(one.name, ASSETS)) is not None:
                yield self._shipped(one, folder)

    def _own(self, folder: Path) -> Result | None:
        one = _named(folder)
        scale = Scale()
        try:
            if (folder / "paper.json").exists():
                name, scale = read_scale(folder)
                one = paper(name)
            if one is None:
                return None
            parts, standing = parts_of(one.name, scale), standing_of(folder)
            stamp = tuple((path.name, path.stat().st_mtime_ns) for path in sorted((folder / "parts").glob("*.csv")))
            there = {name.removesuffix(".csv") for name, _ in stamp}
            done = frozenset(p.name for p, file in parts if file in there)
            judged = self._judge(folder, stamp, one, lambda: read_table(folder)) if there else None
            outdated = len(there) - len(done)
            return Result(one, folder, scale, tuple(p for p, _ in parts), done, standing, judged, outdated=outdated)
        except (Invalid, OSError) as fault:
            return Result(one, folder, scale, fault=str(fault)) if one is not None else None

    def _shipped(self, one: Paper, folder: Path) -> Result:
        scale = Scale()
        try:
            scale, made = read_scale(folder)[1], made_by(folder)
            parts = tuple(p for p, _ in parts_of(one.name, scale))
            stamp = tuple(path.stat().st_mtime_ns for path in (folder / "paper.json", folder / "numbers.csv"))
            judged = self._judge(folder, stamp, one, lambda: read_shipped(folder))
            return Result(one, folder, scale, parts, frozenset(p.name for p in parts), judged=judged, made=made)
        except (Invalid, OSError) as fault:
            return Result(one, folder, scale, fault=f"The shipped results of {one.name} cannot be read: {fault}")

    def _judge(self, folder: Path, stamp: Any, one: Paper, read: Any) -> Judged:
        """The verdicts on these readings, given once as long as they stay the same."""
        known = self._judged.get(folder)
        if known is None or known[0] != stamp:
            known = self._judged[folder] = (stamp, _judged(one, folder, read))
        if isinstance(known[1], Invalid):
            raise known[1]
        return known[1]


@cache
def desk() -> Desk:
    """The one desk of this process."""
    return Desk()


@lru_cache(maxsize=MOST_SCALES)
def parts_of(name: str, scale: Scale) -> tuple[tuple[Part, str], ...]:
    """The parts of a paper at this scale, each with the name of its files. Slow at the first time."""
    return tuple((part, recipe(part)) for part in paper(name).parts(scale))


def forecast_s(name: str, scale: Scale = USUAL) -> float:
    """Seconds that the paper takes at a scale, by its own parts. Slow where these are not kept."""
    return sum(part.seconds for part, _ in parts_of(name, scale))


def _command(chosen: Paper, scale: Scale, folder: Path) -> list[str]:
    words = ["papers", "run", chosen.name, "--out", str(folder), "--quiet"]
    words += ["--full"] * scale.full + (["--seeds", str(scale.seeds)] if scale.seeds is not None else [])
    words += ["--first-seed", str(scale.first_seed)]
    return words + [word for what, name in scale.own for word in ("--own", f"{what}={name}")]


def _judged(one: Paper, folder: Path, read: Any) -> Judged | Invalid:
    """A paper that cannot judge some readings must not hide the others."""
    try:
        table = read()
        return Judged(table, verdict_rows(one, table, other_seeds(one, folder)), one.figures(table))
    except Invalid as fault:
        return fault
    except Exception as fault:
        log.exception("%s could not be judged.", one.name)
        return Invalid(
            f"The readings of {one.name} could not be judged ({type(fault).__name__}); see the server's log."
        )


def _folders(root: Path) -> list[Path]:
    """The folders in which papers were run here, the latest first."""
    try:
        found = [path for path in root.iterdir() if path.is_dir()]
        return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)
    except OSError:
        return []


def _named(folder: Path) -> Paper | None:
    """The paper that the name of a folder begins with."""
    return next((one for one in PAPERS if folder.name == one.name or folder.name.startswith(f"{one.name}_")), None)
