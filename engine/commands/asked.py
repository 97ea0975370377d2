"""The experiment that a command is about: a file or an example, and what is changed in it."""

import argparse
import zipfile
from pathlib import Path
from typing import Any

from engine.component import Invalid, near
from engine.experiments.experiment import Experiment
from engine.experiments.open_bundle import open_bundle
from engine.experiments.presets import PRESETS
from engine.experiments.typed import parsed_value, with_nothings
from engine.experiments.whole_file import MEGABYTE, read_bytes


def add_experiment(parser: argparse.ArgumentParser) -> None:
    """The arguments that name an experiment."""
    parser.add_argument("experiment", nargs="?", metavar="EXPERIMENT.json", help="what differs from the defaults")
    parser.add_argument("--example", metavar="NAME", help="begin with an example of the page, as in 'Worm decides'")
    parser.add_argument("--set", nargs="+", action="extend", default=[], metavar="ADDRESS=VALUE", dest="values",
                        help="change a parameter, as in --set task.kind=go_nogo dynamics.tau_ms=50")  # fmt: skip
    parser.add_argument("--steps", type=int, help="the same as --set training.steps=STEPS")
    parser.add_argument("--store", metavar="DIR", help="the folder where runs and sweeps are kept, and all of your own")
    parser.add_argument(
        "--own-tasks", metavar="DIR", help="run task files (Python) of this folder; only if you trust them"
    )


def is_asked(asked: argparse.Namespace) -> bool:
    """Whether any argument names or changes an experiment."""
    return bool(asked.experiment or asked.example or asked.values or asked.steps is not None)


def same_folders(asked: argparse.Namespace) -> str:
    """The options without which what was begun here would not be found again."""
    named = {"--store": asked.store, "--own-tasks": asked.own_tasks}
    return "".join(f" {option} {folder}" for option, folder in named.items() if folder)


def experiment_of(asked: argparse.Namespace) -> Experiment:
    """The experiment, valid part by part. Raises Invalid with one sentence."""
    if asked.experiment and asked.example:
        raise Invalid("A file and an example are two experiments; name one of them.")
    experiment = _example(asked.example) if asked.example else Experiment()
    if asked.experiment:
        experiment = _read(Path(asked.experiment))
    values = dict(assignment(text) for text in asked.values)
    if asked.steps is not None:
        values["training.steps"] = asked.steps
    return experiment.with_values(with_nothings(experiment, values))


def _example(name: str) -> Experiment:
    found = {preset.title.lower(): preset for preset in PRESETS}
    if name.lower() not in found:
        titles = ", ".join(f"'{preset.title}'" for preset in PRESETS)
        raise Invalid(f"There is no example '{name}'; there are {titles}.{near(name, [p.title for p in PRESETS])}")
    return found[name.lower()].experiment()


def _read(path: Path) -> Experiment:
    """The experiment in a JSON file or in the bundle of a run."""
    if path.is_dir():
        raise Invalid(f"{path.absolute()} is a folder; name a file such as experiment.json, or the bundle of a run.")
    if zipfile.is_zipfile(path):
        return open_bundle(path)
    return Experiment.read(read_bytes(path, 4 * MEGABYTE))


def assignment(text: str) -> tuple[str, Any]:
    """Address and value of ADDRESS=VALUE."""
    address, equals, value = text.partition("=")
    if not equals:
        raise Invalid(f"'{text}' is no ADDRESS=VALUE; write for instance dynamics.tau_ms=50.")
    return address.strip(), parsed_value(value)
