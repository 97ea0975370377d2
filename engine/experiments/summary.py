"""A summary: one row of the table of runs."""

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from engine.component import Invalid
from engine.experiments.names import nickname, task_of, wiring_of
from engine.experiments.run import Run
from engine.experiments.status import State, Status


@dataclass(frozen=True)
class Summary:
    """What the table of runs shows of one. Times are seconds since 1970; numbers are means over its networks.

    A run that cannot be read is "damaged", and `message` says in a sentence what is wrong with it.
    """

    id: str
    folder: str
    name: str
    note: str
    state: State | Literal["damaged"]
    message: str = ""
    wiring: str = ""
    task: str = ""
    networks: int = 1
    step: int = 0
    steps: int = 0
    seconds: float = 0.0
    loss: float | None = None
    accuracy: float | None = None
    ideal: float | None = None
    chance: float | None = None
    violations: int = 0
    created: float = 0.0
    started: float | None = None
    ended: float | None = None

    @property
    def is_resumable(self) -> bool:
        return self.state in ("stopped", "failed", "lost")

    def to_json(self) -> dict[str, object]:
        return asdict(self)


def summarise(folder: Path) -> Summary:
    """The row of a run folder, whatever is in it."""
    run = Run(folder)
    try:
        notes = run.notes()
        return _row(run, notes["name"], notes["note"])
    except Invalid as error:
        sentence = str(error)
    except Exception as error:  # whatever a foreign folder holds, it must not hide the other runs
        sentence = f"It cannot be read: {type(error).__name__}: {error}."[:500]
    return Summary(run.id, str(folder), nickname(run.id), "", "damaged", sentence)


def _row(run: Run, name: str, note: str) -> Summary:
    if run.folder.is_symlink():
        raise Invalid("The folder is a link to somewhere else.")
    status: Status = run.status()
    experiment = run.experiment()
    return Summary(
        id=run.id,
        folder=str(run.folder),
        name=name,
        note=note,
        state=status.state,
        message=status.message,
        wiring=wiring_of(experiment),
        task=task_of(experiment),
        networks=experiment.seeds.networks,
        step=status.step,
        steps=status.steps,
        seconds=status.seconds,
        loss=mean(status.loss),
        accuracy=mean(status.accuracy),
        ideal=status.ideal,
        chance=status.chance,
        violations=sum(status.violations),
        created=status.created,
        started=status.started,
        ended=status.ended,
    )


def mean(values: list[float | None]) -> float | None:
    """Mean over the networks; None if one of them diverged or none was measured."""
    if not values or any(value is None or not math.isfinite(value) for value in values):
        return None
    return math.fsum(value for value in values if value is not None) / len(values)
