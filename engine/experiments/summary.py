"""A summary: one row of the table of runs."""

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from engine.component import Invalid
from engine.experiments.checksums import changed
from engine.experiments.history import read_end
from engine.experiments.names import made_at, nickname, task_of, wiring_of
from engine.experiments.run import Run
from engine.experiments.status import State, Status

_OF_STATUS = ("state", "message", "step", "steps", "seconds", "ideal", "chance", "created", "started", "ended")


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

    @property
    def is_readable(self) -> bool:
        """Whether it is known what was asked of the run, so that it can be opened."""
        return bool(self.wiring)

    def to_json(self) -> dict[str, object]:
        return asdict(self)


def summarise(folder: Path) -> Summary:
    """The row of a run folder, whatever is in it: what is intact is told even if another part is damaged."""
    run = Run(folder)
    faults: list[str] = []
    told: dict[str, Any] = {"name": nickname(run.id), "note": "", "state": "damaged", "created": made_at(run.id)}
    if run.folder.is_symlink():
        return Summary(id=run.id, folder=str(folder), message="The folder is a link to somewhere else.", **told)
    for part in (Run.notes, _asked, _came_to):
        try:
            told |= part(run)
        except Invalid as error:
            faults.append(str(error))
        except Exception as error:  # whatever a foreign folder holds, it must not hide the other runs
            faults.append(f"It cannot be read: {type(error).__name__}: {error}."[:500])
    faults += changed(folder, thorough=False, told=faults)
    if faults:
        unknown = {} if "step" in told else _from_history(run)
        told |= {**unknown, "state": "damaged", "message": " ".join(faults)}
    return Summary(id=run.id, folder=str(folder), **told)


def _asked(run: Run) -> dict[str, Any]:
    experiment = run.experiment()
    return {
        "wiring": wiring_of(experiment),
        "task": task_of(experiment),
        "networks": experiment.seeds.networks,
        "steps": experiment.training.all_steps,
    }


def _came_to(run: Run) -> dict[str, Any]:
    status: Status = run.status()
    return {
        "loss": mean(status.loss),
        "accuracy": mean(status.accuracy),
        "violations": sum(status.violations),
        **{name: getattr(status, name) for name in _OF_STATUS},
    }


def _from_history(run: Run) -> dict[str, Any]:
    """What the end of the history tells of a run whose status cannot be read."""
    history = read_end(run.folder / "metrics.jsonl")
    told: dict[str, Any] = {}
    if len(history.step):
        told |= {"step": int(history.step[-1]), "seconds": float(history.seconds[-1])}
    if len(history.evaluated):
        told["loss"], told["accuracy"] = (mean(v[-1].tolist()) for v in (history.evaluation_loss, history.accuracy))
        told["ideal"], told["chance"] = float(history.ideal[-1]), float(history.chance[-1])
    return told


def mean(values: list[float | None]) -> float | None:
    """Mean over the networks; None if one of them diverged or none was measured."""
    if not values or any(value is None or not math.isfinite(value) for value in values):
        return None
    return math.fsum(value for value in values if value is not None) / len(values)
