"""tasks: lists the tasks, shows the card of one, or checks a task of your own."""

import argparse
import os
from pathlib import Path

from engine.commands.given import number
from engine.commands.said import say, table, tell
from engine.component import Invalid, near
from engine.experiments.typed import parsed_value
from engine.own_files import FOLDER
from engine.tasks import TASKS, NeuroGym
from engine.tasks.array_task import ArrayTask
from engine.tasks.card import card
from engine.tasks.check import faults
from engine.tasks.own_task import OwnTask, task_class
from engine.tasks.task import Task

KINDS = {task.model_fields["kind"].default: task for task in TASKS}
WITH_NEUROGYM = {**KINDS, "neurogym": NeuroGym}
ARRAYS = (".npz", ".csv")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", nargs="?", default="list", metavar="list | show KIND | check KIND or FILE",
                        help="what to do")  # fmt: skip
    parser.add_argument("name", nargs="?", default="", metavar="KIND | FILE",
                        help="a task, or your own: a .py file, which is run, or arrays in an .npz or .csv; "
                        "neurogym --set id=NAME is one of NeuroGym's")  # fmt: skip
    parser.add_argument("--set", nargs="+", action="extend", default=[], metavar="FIELD=VALUE", dest="values",
                        help="fields of the task, as in --set delay_ms=400")  # fmt: skip
    parser.add_argument("--dt-ms", type=number(1000, "ms"), default=20.0, help="time step, default 20 ms")


def command(asked: argparse.Namespace) -> int:
    """0 done and nothing wrong, 1 if the checked task has faults; an unknown task or an unreadable file is Invalid."""
    if asked.what == "list":
        print(table([("kind", "title", "source"), *((kind, of.title, of.source) for kind, of in KINDS.items())]))
        return 0
    if asked.what == "show":
        tell(_card(_with(_known(asked.name), asked.values), asked.dt_ms))
        return 0
    if asked.what == "check":
        of = _known(asked.name) if asked.name in WITH_NEUROGYM else _own(Path(asked.name))
        return _check(_with(of, asked.values), asked.dt_ms)
    raise Invalid(f"'{asked.what}' is none of list, show and check.{near(asked.what, ('list', 'show', 'check'))}")


def _check(task: Task, dt_ms: float) -> int:
    found = list(faults(task, dt_ms))
    for sentence in found:
        say(sentence)
    if not found:
        tell(_card(task, dt_ms))
    return int(bool(found))


def _card(task: Task, dt_ms: float) -> dict[str, object]:
    """What the card says, as plain values."""
    if not 0 < dt_ms <= 1000:
        raise Invalid(f"The time step is {dt_ms:g} ms, but it must lie above 0 and up to 1000.", "dt_ms")
    of = card(task, dt_ms, 400)
    names = ("title", "source", "chance", "chance_is", "ideal", "ideal_is", "memoryless", "duration_ms")
    told = {name: getattr(of, name) for name in names}
    return told | {"inputs": len(of.input_names), "outputs": len(of.output_names)}


def _known(kind: str) -> Task:
    if kind not in WITH_NEUROGYM:
        raise Invalid(f"There is no task '{kind}'; write connectarium tasks for the list.{near(kind, WITH_NEUROGYM)}")
    return WITH_NEUROGYM[kind]()


def _own(path: Path) -> Task:
    """The task in a file that was named on the command line. Raises Invalid if there is none in it."""
    if not path.is_file():
        said = f"There is neither a task nor a file '{path}'"
        raise Invalid(f"{said}; connectarium tasks lists the tasks.{near(str(path), WITH_NEUROGYM)}")
    if not path.stat().st_size:
        raise Invalid(f"{path} is empty; write a task or its arrays into it.")
    os.environ[FOLDER] = str(path.absolute().parent)
    if path.suffix in ARRAYS:
        return ArrayTask(file=path.name)
    if path.suffix != ".py":
        raise Invalid(f"{path.name} is no .py, .npz or .csv file.")
    task_class(path.absolute())
    return OwnTask(file=path.name).inner()


def _with(task: Task, values: list[str]) -> Task:
    assigned = dict(text.partition("=")[::2] for text in values)
    return task.with_values({name: parsed_value(value) for name, value in assigned.items()})
