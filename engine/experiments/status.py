"""The status of a run: where it stands, and which process keeps it."""

import os
import socket
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal, get_args

import psutil
from pydantic import TypeAdapter, ValidationError

from engine.component import Invalid
from engine.experiments.whole_file import read_json, write_json

State = Literal["queued", "running", "paused", "stopped", "done", "failed", "lost"]
STATES: tuple[str, ...] = get_args(State)
SILENCE_S = 120.0  # without a heartbeat from another machine for so long, its run counts as lost


@dataclass(frozen=True)
class Process:
    """One process of one machine; the start time tells it from a later one of the same number."""

    pid: int
    started: float
    host: str

    @classmethod
    def this(cls, pid: int | None = None) -> "Process":
        """This process, or another one of this machine."""
        number = os.getpid() if pid is None else pid
        return cls(number, psutil.Process(number).create_time(), socket.gethostname())

    @property
    def is_here(self) -> bool:
        return self.host == socket.gethostname()

    def is_alive(self) -> bool:
        """Whether the process still runs; to be asked only if it `is_here`."""
        try:
            found = psutil.Process(self.pid)
            return found.status() != psutil.STATUS_ZOMBIE and abs(found.create_time() - self.started) < 2
        except psutil.AccessDenied:
            return True
        except (psutil.Error, ValueError, OverflowError):
            return False


@dataclass(frozen=True)
class Status:
    """What status.json says. Times are seconds since 1970; `attempt` counts starts and resumes.

    `loss`, `accuracy` and `violations` are the latest of each network; None stands for a number that is not finite.
    `stage` is the one that training is in, if it has several.
    """

    state: State
    created: float
    attempt: int = 1
    step: int = 0
    steps: int = 0
    seconds: float = 0.0
    message: str = ""
    process: Process | None = None
    heartbeat: float = 0.0
    started: float | None = None
    ended: float | None = None
    loss: list[float | None] = field(default_factory=list)
    accuracy: list[float | None] = field(default_factory=list)
    ideal: float | None = None
    chance: float | None = None
    violations: list[int] = field(default_factory=list)
    stage: str = ""

    @property
    def is_active(self) -> bool:
        """Whether a process is at work on the run or keeps it paused."""
        return self.state in ("running", "paused")

    @property
    def is_resumable(self) -> bool:
        """Whether the run has ended before its time and can go on."""
        return self.state in ("stopped", "failed", "lost")

    def next_attempt(self) -> "Status":
        """The status of the run as it waits to be taken up again."""
        return replace(self, state="queued", attempt=self.attempt + 1, process=None, message="", ended=None)

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None


def read_status(folder: Path) -> Status:
    """Where the run stands now: one whose process is gone is lost. Raises Invalid if status.json is damaged."""
    try:
        said = TypeAdapter(Status).validate_python(read_json(folder / "status.json"))
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise Invalid(f"status.json is damaged: {where or 'it'} is missing or no valid value.") from None
    return _lost(said) if said.is_active and _is_gone(said) else said


def write_status(folder: Path, status: Status, durable: bool = True) -> None:
    """status.json says so."""
    write_json(folder / "status.json", asdict(status), durable)


def _is_gone(said: Status) -> bool:
    if said.process is None:
        return True
    if said.process.is_here:
        return not said.process.is_alive()
    return time.time() - said.heartbeat > SILENCE_S


def _lost(said: Status) -> Status:
    message = f"Its process ended without a word after step {said.step}; Resume goes on from the last checkpoint."
    return replace(said, state="lost", message=message, ended=said.heartbeat)
