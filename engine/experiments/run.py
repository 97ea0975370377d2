"""A run: one folder that holds what was asked, what came of it, and requests to whoever is training it."""

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import Tensor

from engine.component import Invalid
from engine.experiments import requests
from engine.experiments.claim import claim, claimant, is_claimed
from engine.experiments.experiment import Experiment
from engine.experiments.history import History, Tail, read_history
from engine.experiments.names import nickname
from engine.experiments.requests import Request
from engine.experiments.status import Process, Status, read_status, write_status
from engine.experiments.whole_file import read_json, read_tensors, write_json

WATCHED_S = 5.0  # live pictures are made while somebody looked within this time


class Run:
    """One run by its folder. Reading never disturbs the training; a damaged part raises Invalid with one sentence."""

    def __init__(self, folder: Path | str):
        self.folder = Path(folder).absolute()

    @property
    def id(self) -> str:
        return self.folder.name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Run) and other.folder == self.folder

    def __hash__(self) -> int:
        return hash(self.folder)

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r})"

    def experiment(self) -> Experiment:
        """The question that this run answers."""
        return Experiment.read(read_json(self.folder / "experiment.json"))

    def environment(self) -> dict[str, Any]:
        """Versions, threads and data under which it ran."""
        return read_json(self.folder / "environment.json")

    def notes(self) -> dict[str, str]:
        """Its name and the note that somebody wrote on it."""
        try:
            said = read_json(self.folder / "notes.json")
        except Invalid:
            said = {}
        name, note = said.get("name"), said.get("note")
        return {
            "name": name if isinstance(name, str) and name else nickname(self.id),
            "note": note if isinstance(note, str) else "",
        }

    def write_notes(self, **changes: str) -> None:
        """Its `name` or `note` is changed."""
        write_json(self.folder / "notes.json", {**self.notes(), **changes})

    def status(self) -> Status:
        """Where it stands now; a run whose process is gone is lost."""
        return read_status(self.folder)

    def history(self) -> History:
        """Its curves so far."""
        return read_history(self.folder / "metrics.jsonl")

    def tail(self) -> Tail:
        """A reader of its curves that tells only what is new."""
        return Tail(self.folder / "metrics.jsonl")

    def snapshots(self) -> dict[int, Path]:
        """Files of lawful weights by step, in order; step 0 is the untrained network."""
        found = (self.folder / "snapshots").glob("step_*.safetensors")
        steps = {int(path.stem[5:]): path for path in found if path.stem[5:].isdigit()}
        return dict(sorted(steps.items()))

    def weights(self, which: int | str = "last") -> dict[str, Tensor]:
        """Lawful weights `[networks, post, pre]` of a snapshot's step, of the "first" one, or the "last" kept."""
        if which == "last":
            return read_tensors(self.folder / "weights.safetensors")[0]
        snapshots = self.snapshots()
        step = min(snapshots, default=0) if which == "first" else which
        if step not in snapshots:
            kept = ", ".join(map(str, snapshots)) or "none"
            raise Invalid(f"This run has no snapshot of step {step}; kept are {kept}.")
        return read_tensors(snapshots[step])[0]

    def live(self) -> tuple[int, dict[str, Tensor]] | None:
        """Step and tensors of the latest live picture, if one was made; see `engine.experiments.live`."""
        try:
            tensors, about = read_tensors(self.folder / "live.safetensors")
        except Invalid:
            return None
        return int(about.get("step", 0)), tensors

    def log(self, limit: int = 20_000) -> str:
        """The end of what its process printed."""
        try:
            with open(self.folder / "log.txt", "rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - limit))
                return file.read().decode(errors="replace")
        except OSError:
            return ""

    def watch(self) -> None:
        """Live pictures are made for the next five seconds."""
        (self.folder / "watched").touch()

    def is_watched(self) -> bool:
        try:
            return time.time() - os.stat(self.folder / "watched").st_mtime < WATCHED_S
        except OSError:
            return False

    def request(self, what: Request) -> None:
        """The training process answers before its next step; a queued run is stopped at once, here."""
        try:
            requests.ask(self.folder, what)
            if what == "stop" and self.status().state == "queued":
                self.call_off()
        except OSError as error:
            raise Invalid(f"The request cannot be written into {self.folder}: {error.strerror}.") from None

    def call_off(self) -> None:
        """A run that waits in the queue waits no longer."""
        status = self.status()
        if claim(self.folder, status.attempt, Process.this()):
            ended = replace(status, state="stopped", message="Stopped before it began.", ended=time.time())
            write_status(self.folder, ended)
            requests.answered(self.folder, *requests.REQUESTS)

    def enqueue(self) -> None:
        """The run waits for a process, to begin or to go on. Raises Invalid if it is at work or done."""
        status = self.status()
        if status.state == "queued":
            return
        if not status.is_resumable:
            raise Invalid(f"{self.notes()['name']} is {status.state}; there is nothing to resume.")
        requests.answered(self.folder, *requests.REQUESTS)
        write_status(self.folder, status.next_attempt())

    def offer_again(self) -> None:
        """A queued run whose claimant died before it began waits for another one."""
        status = self.status()
        if (
            status.state == "queued"
            and claimant(self.folder, status.attempt)
            and not is_claimed(self.folder, status.attempt)
        ):
            write_status(self.folder, status.next_attempt())
