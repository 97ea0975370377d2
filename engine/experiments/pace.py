"""How fast an experiment trains: each kind of its stages is tried for a moment, and its parts are timed."""

import copy
import itertools
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.experiments.experiment import Experiment
from engine.experiments.history import line_of
from engine.networks.network import Network
from engine.training import Progress, Training, train
from engine.training.stage import AnyStage, ReadoutStage

ENDLESS = 10_000_000  # steps
FEWEST = 4  # ordinary steps that are timed, however long they take
PATIENCE = 5.0  # times the seconds allowed: then one step is enough
EVALUATE_EVERY = 10
FEW_TRIALS = (32, 64)  # of a readout that is solved on trial


@dataclass(frozen=True)
class Pace:
    """Seconds that the parts of one stage take.

    `begin` is everything before the first step, `step` an ordinary step; `evaluation` and `pruning` come on top of a
    step, once each time. `doubt` is the relative standard error of `step`, from `timed` steps, and `busy` the seconds
    that a core worked for it per second that passed.
    """

    begin: float
    step: float
    evaluation: float
    pruning: float
    doubt: float
    busy: float
    timed: int


@dataclass(frozen=True)
class _Lap:
    seconds: float
    at_work: float  # seconds of all cores of this process
    evaluated: bool
    pruned: int


def paces(experiment: Experiment, network: Network, seconds: float = 2.0) -> tuple[Pace, ...]:
    """The pace of every stage, in about so many seconds; stages that differ only by name and length share one."""
    course = experiment.training.course
    kinds = list(dict.fromkeys(_kind(stage) for stage in course))
    each = seconds / len(kinds)
    found = {kind: _pace(experiment, copy.deepcopy(network), kind, each) for kind in kinds}
    return tuple(found[_kind(stage)] for stage in course)


def readout_share(stage: AnyStage) -> float:
    """Which part of its trials a readout was solved with."""
    return min(1.0, FEW_TRIALS[1] / stage.trials) if isinstance(stage, ReadoutStage) else 1.0


def _kind(stage: AnyStage) -> AnyStage:
    """The stage without what does not change its pace."""
    if isinstance(stage, ReadoutStage):
        return stage.model_copy(update={"name": ""})
    return stage.model_copy(update={"name": "", "steps": ENDLESS, "target_accuracy": None, "patience": None})


def _pace(experiment: Experiment, network: Network, stage: AnyStage, seconds: float) -> Pace:
    if isinstance(stage, ReadoutStage):
        return _pace_of_readout(experiment, network, stage)
    training = experiment.training
    if not training.curriculum:
        return _measured(list(_laps(experiment, network, _alone(training, stage), seconds)))
    easy, full = (
        _measured(list(_laps(experiment, copy.deepcopy(network), _alone(training, stage, lessons), seconds / 2)))
        for lessons in (training.curriculum, ())
    )
    return _between(easy, full)


def _alone(training: Training, stage: AnyStage, lessons: tuple = ()) -> Training:
    """A training of this stage only, which nothing ends."""
    change = {"stages": (stage,), "evaluate_every": EVALUATE_EVERY, "wall_time_s": None, "curriculum": lessons}
    return training.model_copy(update=change)


def _laps(experiment: Experiment, network: Network, training: Training, seconds: float) -> Iterator[_Lap]:
    """The first is that before the first step; then one for each step, until there is no time left."""
    plain, begun = 0, time.perf_counter()
    last, worked = begun, time.process_time()
    for progress in _trained(experiment, network, training):
        json.dumps(line_of(progress))  # as every step of a run is written down
        now, work = time.perf_counter(), time.process_time()
        lap = _Lap(now - last, work - worked, progress.evaluation is not None, len(progress.pruned))
        yield lap
        last, worked = now, work
        plain += not lap.evaluated and not lap.pruned
        spent = now - begun
        if (spent > seconds and plain >= FEWEST) or (spent > PATIENCE * seconds and plain >= 1):
            break


def _trained(experiment: Experiment, network: Network, training: Training) -> Iterator[Progress]:
    return train(network, experiment.task, training, experiment.seeds.trials, experiment.seeds.noise)


def _measured(laps: list[_Lap]) -> Pace:
    first, *steps = laps
    plain = [lap for lap in steps if not lap.evaluated and not lap.pruned]
    settled = plain[1:] if len(plain) > 1 else plain  # the first step finds memory and plans
    times = np.array([lap.seconds for lap in settled])
    step = float(times.mean())
    judged = [lap.seconds - step for lap in steps if lap.evaluated and not lap.pruned]
    pruned = [(lap.seconds - step) / lap.pruned for lap in steps if lap.pruned]
    return Pace(
        begin=first.seconds,
        step=step,
        evaluation=max(0.0, float(np.mean(judged))) if judged else first.seconds,
        pruning=max(0.0, float(np.mean(pruned))) if pruned else 0.0,
        doubt=_doubt(times),
        busy=sum(lap.at_work for lap in settled) / max(1e-9, float(times.sum())),
        timed=len(settled),
    )


def _doubt(times: np.ndarray) -> float:
    """Relative standard error of the mean, from blocks of neighbours, since slow steps come in bursts."""
    blocks = np.array([part.mean() for part in np.array_split(times, min(len(times), 8))])
    return float(blocks.std(ddof=1) / np.sqrt(len(blocks)) / times.mean()) if len(blocks) > 1 else 0.5


def _between(easy: Pace, full: Pace) -> Pace:
    """Lessons make trials longer or shorter by and by: half-way, and that much in doubt."""
    step = (easy.step + full.step) / 2
    doubt = max(easy.doubt, full.doubt, abs(easy.step - full.step) / 2 / step)
    return Pace(
        full.begin, step, full.evaluation, full.pruning, doubt, (easy.busy + full.busy) / 2, easy.timed + full.timed
    )


def _pace_of_readout(experiment: Experiment, network: Network, stage: ReadoutStage) -> Pace:
    """With few trials, and twice as many; what is beyond is proportional."""
    few = [min(n, stage.trials) for n in dict.fromkeys(FEW_TRIALS)]
    tried = []
    for n in (few[0], *few):  # the first time is that of getting warm
        training = _alone(experiment.training, stage.model_copy(update={"trials": n, "name": "few"}))
        tried.append(list(itertools.islice(_laps(experiment, copy.deepcopy(network), training, 1e9), 2)))
    _, (begin, less), (_, more) = tried
    evaluation = min(begin.seconds, less.seconds)
    each = max(0.0, more.seconds - less.seconds) / max(1, few[1] - few[0])
    whole = more.seconds + each * (stage.trials - few[1])
    return Pace(begin.seconds, max(0.0, whole - evaluation), evaluation, 0.0, 0.1, more.at_work / more.seconds, 1)
