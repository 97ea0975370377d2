"""The outlook on a run: how long it will take and how much memory, told from a probe of some seconds."""

import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil
import torch

from engine.experiments.check import check
from engine.experiments.experiment import Experiment
from engine.experiments.pace import Pace, paces, readout_share
from engine.randomness import torch_stream
from engine.training.stage import ReadoutStage, Stage

PROBE_S = 2.0
UNSEEN = 0.15  # of the time: what a short look cannot see, such as a machine that becomes busier or cooler
WATCHED = 0.1  # of the time, at most, that live pictures take from a run that somebody watches


@dataclass(frozen=True)
class Outlook:
    """What a whole run will take if no rule ends it sooner, in seconds that pass on this machine as it is now.

    `low` and `high` are the bounds of what is likely while the machine is as busy as it is; `alone` is the time on it
    without other work. `parts` says how the seconds fall to the start, steps, evaluations, pruning and readouts.
    `memory_bytes` is the most that the process had during the probe. `busy` is below 1 where other processes had the
    core meanwhile. `paces` are those of the stages, from which other lengths follow.
    """

    seconds: float
    low: float
    high: float
    alone: float
    steps: int
    parts: dict[str, float]
    memory_bytes: float
    free_bytes: float
    cores: int
    threads: int
    busy: float
    may_end_sooner: bool
    paces: tuple[Pace, ...]
    build: float

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_json(cls, told: dict[str, Any]) -> "Outlook":
        """The one of `to_json`."""
        return cls(**{**told, "paces": tuple(Pace(**pace) for pace in told["paces"])})


def probed(experiment: Experiment, seconds: float = PROBE_S, store: Path | str | None = None) -> Outlook:
    """Build the experiment, train each kind of stage for a moment, and tell what all of it will take.

    For a process of its own, whose memory is that of the run. Raises Invalid if the experiment cannot be started.
    """
    begun = time.perf_counter()
    connectome = experiment.connectome()
    wired = time.perf_counter() - begun
    check(experiment, connectome, store)
    begun = time.perf_counter()
    network = experiment.network(connectome, store)
    build = wired + time.perf_counter() - begun
    return outlook(experiment, paces(experiment, network, seconds), build, network.connectome.n)


def outlook(experiment: Experiment, found: tuple[Pace, ...], build: float, units: int) -> Outlook:
    """What the run takes at these paces."""
    parts = _parts(experiment, found, build)
    seconds = sum(parts.values())
    training = experiment.training
    doubt = sum(2 * pace.doubt * stage.steps * pace.step for stage, pace in zip(training.course, found, strict=True))
    threads, busy = torch.get_num_threads(), min(1.0, min(pace.busy for pace in found))
    if training.wall_time_s is not None:
        seconds = min(seconds, build + training.wall_time_s)
    return Outlook(
        seconds=seconds,
        low=max(0.0, (seconds - doubt) * (1 - UNSEEN)),
        high=(seconds + doubt) * (1 + UNSEEN + WATCHED),
        alone=seconds * busy if threads == 1 else seconds,
        steps=training.all_steps,
        parts=parts,
        memory_bytes=peak_bytes() + _of_readouts(experiment, units),
        free_bytes=float(psutil.virtual_memory().available),
        cores=os.cpu_count() or 1,
        threads=threads,
        busy=busy,
        may_end_sooner=any(
            isinstance(s, Stage) and (s.target_accuracy is not None or s.patience is not None) for s in training.course
        ),
        paces=found,
        build=build,
    )


def _parts(experiment: Experiment, found: tuple[Pace, ...], build: float) -> dict[str, float]:
    training, begun = experiment.training, 0
    parts = {"start": build + found[0].begin, "steps": 0.0, "evaluations": 0.0, "pruning": 0.0, "readouts": 0.0}
    for stage, pace in zip(training.course, found, strict=True):
        parts["readouts" if isinstance(stage, ReadoutStage) else "steps"] += stage.steps * pace.step
        rounds = sum(min(prune.rounds, -(-stage.steps // prune.every)) for prune in stage.prune)
        parts["pruning"] += rounds * pace.pruning
        parts["evaluations"] += evaluations(begun, stage.steps, training.evaluate_every) * pace.evaluation
        parts["evaluations"] += pace.evaluation * (getattr(stage, "keep", "last") == "best")
        begun += stage.steps
    return parts


def evaluations(begun: int, steps: int, every: int) -> int:
    """How many fall into a stage that began after so many steps: at the multiples of `every`, and at its end."""
    end = begun + steps
    return end // every - begun // every + (end % every != 0)


def peak_bytes() -> float:
    """The most memory that this process has had."""
    if os.name == "nt":
        return float(psutil.Process().memory_info().peak_wset)
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak) if sys.platform == "darwin" else 1024.0 * peak


def _of_readouts(experiment: Experiment, units: int) -> float:
    """What readouts keep beyond the few trials that were tried: rates, in single and in double precision, twice."""
    more = [s.trials * (1 - readout_share(s)) for s in experiment.training.course if isinstance(s, ReadoutStage)]
    if not more:
        return 0.0
    steps = experiment.task.trials(1, experiment.dt_ms, torch_stream(0, "forecast")).steps
    return max(more) * steps * units * (4.0 * experiment.seeds.networks + 24.0)
