"""worker: waits with everything imported for one line that names a run's folder, then trains that run."""

import argparse
import json
import os
import signal
import sys

from engine.experiments import requests
from engine.experiments.execute import execute, sentence_of
from engine.experiments.experiment import Experiment
from engine.experiments.run import Run

NICENESS = 5  # so that the page stays quick while every core trains


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: the run's folder comes on stdin."""


def command(_: argparse.Namespace) -> int:
    """0 when the run ended in good order, and when stdin closed before there was one."""
    warm_up()
    line = sys.stdin.readline()
    if not line.strip():
        return 0
    run = Run(json.loads(line))
    _speak_into(run)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    signal.signal(signal.SIGTERM, lambda *_: requests.ask(run.folder, "stop"))
    try:
        for _progress in execute(run):
            pass
    except Exception as fault:  # told by execute: in the status, and a surprise with its trace in the log
        print(sentence_of(fault), file=sys.stderr)
        return 1
    return 0


def warm_up() -> None:
    """A tiny experiment has been trained for a step: whatever torch loads at first use is loaded."""
    tiny = {"wiring.kind": "random", "wiring.units": 8, "training.steps": 1, "training.evaluation_trials": 1}
    experiment = Experiment().with_values(tiny)
    for _ in experiment.train(experiment.network()):
        pass


def _speak_into(run: Run) -> None:
    """What this process prints goes to the run's log, and nothing of it to the one that started it."""
    log = os.open(run.folder / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
