"""A foreign file is read by a process of its own: whatever it does there, the server stays up and goes on."""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pydantic

from engine.component import Invalid
from engine.connectomes.importing import Cuts, State

ROOT = Path(__file__).parents[2]
LIMIT_S = 600.0  # for one question to the reader
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_STATE = pydantic.TypeAdapter(State)


class Ended(Exception):
    """The reader was closed while it worked: nobody wants the answer any more."""


class ReadingApart:
    """The reader of one import, from the first look to the library. Its methods wait, so call them off the event loop;
    `close` may be called from any thread and ends whatever is under way."""

    def __init__(self, limit_s: float = LIMIT_S):
        self.limit_s = limit_s
        self._closed = self._late = False
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def warm(self) -> None:
        """The process starts, so that the first file need not wait for it."""
        with self._lock:
            if self._process is None and not self._closed:
                self._spawn()

    def look(self, paths: tuple[Path, ...], chosen: str = "", given: Mapping[str, Any] | None = None) -> State:
        """What the files hold and what is to be asked. Raises Invalid with the file's own sentence."""
        asked = {"do": "look", "paths": [str(path) for path in paths], "chosen": chosen, "given": dict(given or {})}
        return _STATE.validate_python(self._ask(asked))

    def state(self, answers: Mapping[str, Any], cuts: Cuts | None = None) -> State:
        """Where it stands with these answers."""
        cut_by = (cuts or Cuts()).model_dump(mode="json")
        return _STATE.validate_python(self._ask({"do": "state", "answers": dict(answers), "cuts": cut_by}))

    def keep(self, answers: Mapping[str, Any]) -> str:
        """The id under which it is in the library from now on."""
        return self._ask({"do": "keep", "answers": dict(answers)})

    def close(self) -> None:
        """The process is gone, and what it held with it."""
        self._closed = True
        self._kill()

    def _ask(self, request: dict[str, Any]) -> Any:
        with self._lock:
            if self._closed:
                raise Ended
            if self._process is None:
                self._spawn()
            self._late = False
            timer = threading.Timer(self.limit_s, self._too_late)
            timer.start()
            line = _answer(self._process, json.dumps(request))
            timer.cancel()
            if not line:
                self._process = None
        if not line:
            raise self._why_silent()
        told = json.loads(line)
        if "fault" in told:
            raise Invalid(told["fault"], told["address"])
        return told["result"]

    def _spawn(self) -> None:
        self._process = _spawned()
        if self._closed:  # meanwhile, when there was no process yet to end
            self._kill()

    def _too_late(self) -> None:
        self._late = True
        self._kill()

    def _kill(self) -> None:
        process = self._process
        if process is not None:
            process.kill()
            process.wait()

    def _why_silent(self) -> Exception:
        if self._closed:
            return Ended()
        if self._late:
            return Invalid(f"The file was given up: reading it took more than {self.limit_s:g} s.")
        return Invalid("The file could not be read: its reader ended, for want of memory or since the file is damaged.")


def _spawned() -> "subprocess.Popen[str]":
    hidden = {"creationflags": subprocess.CREATE_NO_WINDOW} if os.name == "nt" else {}  # type: ignore[attr-defined]
    return subprocess.Popen(
        [sys.executable, "-m", "engine", "reader"], cwd=ROOT, env=os.environ | ONE_THREAD, text=True, encoding="utf-8",
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **hidden,
    )  # fmt: skip


def _answer(process: "subprocess.Popen[str]", request: str) -> str:
    """One line; empty if the process is no more."""
    with contextlib.suppress(OSError, ValueError):
        process.stdin.write(request + "\n")
        process.stdin.flush()
        return process.stdout.readline()
    return ""
