"""A tiny experiment that trains at hundreds of steps per second."""

from typing import Any

from engine.experiments.experiment import Experiment

VALUES: dict[str, Any] = {
    "wiring.kind": "random",
    "wiring.units": 12,
    "task.kind": "perceptual_decision",
    "training.batch": 8,
    "training.steps": 30,
    "training.evaluate_every": 10,
    "training.evaluation_trials": 20,
    "training.device": "cpu",
    "dynamics.state_noise": 0.1,
    "dt_ms": 50.0,
}


def small_experiment(**changes: Any) -> Experiment:
    """The tiny experiment; `training__steps=5` changes the value at training.steps."""
    return Experiment().with_values(VALUES | {name.replace("__", "."): value for name, value in changes.items()})
