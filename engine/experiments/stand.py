"""Where the work on a paper or a sweep stands, told in its folder: any process may read it, and ask for an end."""

import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from engine.component import Invalid
from engine.experiments.execute import sentence_of
from engine.experiments.status import Process
from engine.experiments.whole_file import read_json, write_json

TOLD_EVERY_S = 0.5
SILENCE_S = 600.0  # a measurement says nothing until it is done; another machine that is silent for longer is gone
FILE, STOP = "stand.json", "stop"
GONE = "Its process ended without a word; what is done stays done, and the rest can go on."


@dataclass(frozen=True)
class Stand:
    """How far it is: which part, its step, and the seconds that are left by the parts' own forecasts.

    `share` is the part of all work that is done, by the forecasts; `run` the folder of the run that trains now, or "".
    """

    part: str
    number: int
    parts: int
    step: int
    steps: int
    left_s: float
    said: str = ""
    share: float = 0.0
    run: str = ""


@dataclass(frozen=True)
class Standing:
    """What stand.json says: the state of the work, a sentence on it, whose it is, and how far it was at that time."""

    state: Literal["running", "stopped", "done", "failed"]
    message: str
    process: Process
    at: float
    stand: Stand | None = None


def read_standing(folder: Path) -> Standing | None:
    """Where the work in a folder stands now, None if nobody ever told; work whose process is gone has stopped.

    Raises Invalid if stand.json is damaged.
    """
    if not (folder / FILE).exists():
        return None
    try:
        told = TypeAdapter(Standing).validate_python(read_json(folder / FILE))
    except ValidationError:
        raise Invalid(f"{FILE} is damaged; running it again writes it anew.") from None
    return replace(told, state="stopped", message=GONE) if told.state == "running" and _is_gone(told) else told


def begin(folder: Path, process: Process) -> None:
    """The work in the folder is that process's from now on. Raises Invalid if a living process is at it."""
    try:
        found = read_standing(folder)
    except Invalid:
        found = None
    if found is not None and found.state == "running":
        if found.process != process:
            raise Invalid(f"{folder} is in the hands of another process ({found.process.pid}).")
        return
    (folder / STOP).unlink(missing_ok=True)
    _write(folder, Standing("running", "Starting.", process, time.time(), found.stand if found else None))


def ask_to_stop(folder: Path) -> None:
    """Whoever works in the folder ends in good order at the next step. Raises Invalid if that cannot be written."""
    try:
        (folder / STOP).touch()
    except OSError as error:
        raise Invalid(f"The request cannot be written into {folder}: {error.strerror or error}.") from None


class Teller:
    """Tells at most twice a second where the work stands, and at the end how it ended."""

    def __init__(self, folder: Path):
        self.folder, self._latest = folder, Stand("", 0, 0, 0, 1, 0.0)
        self._at = -TOLD_EVERY_S
        self._stopped = False

    def __enter__(self) -> "Teller":
        begin(self.folder, Process.this())
        return self

    def tell(self, stand: Stand) -> None:
        """This is where it stands; a new part is told at once."""
        now = time.monotonic()
        is_news = stand.part != self._latest.part or now - self._at >= TOLD_EVERY_S
        self._latest = stand
        if is_news:
            self._at = now
            self._say("running", "")

    def is_asked_to_stop(self) -> bool:
        """Whether somebody wants an end."""
        if not self._stopped and (self.folder / STOP).exists():
            self._stopped = True
        return self._stopped

    def __exit__(self, kind: type | None, fault: BaseException | None, trace: TracebackType | None) -> None:
        (self.folder / STOP).unlink(missing_ok=True)
        if fault is None and not self._stopped:
            self._say("done", "All parts are done.")
        elif fault is None or isinstance(fault, (GeneratorExit, KeyboardInterrupt, SystemExit)):
            self._say("stopped", "Stopped; what is done stays done.")
        else:
            self._say("failed", sentence_of(fault))

    def _say(self, state: Literal["running", "stopped", "done", "failed"], message: str) -> None:
        _write(self.folder, Standing(state, message, Process.this(), time.time(), self._latest))


def _write(folder: Path, standing: Standing) -> None:
    try:
        write_json(folder / FILE, asdict(standing), durable=False)
    except OSError as error:
        raise Invalid(f"{folder / FILE} cannot be written: {error.strerror or error}.") from None


def _is_gone(told: Standing) -> bool:
    if told.process.is_here:
        return not told.process.is_alive()
    return time.time() - told.at > SILENCE_S
