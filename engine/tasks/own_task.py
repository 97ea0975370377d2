"""The user's own task: a Python class in a file of his own."""

import importlib.util
import inspect
import json
from functools import lru_cache
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.component import Invalid
from engine.own_files import code_file
from engine.tasks.task import Task, Trials, Variable


class OwnTask(Task):
    """Do what a task of your own asks for: a class in a Python file, written like ours.

    The file defines one class that derives from `engine.tasks.task.Task`; `connectarium tasks check FILE` tells whether
    all that a task must hold does hold. A file is run only if Connectarium is started with --own-tasks FOLDER and the
    file lies in that folder; nothing that comes by a link or an upload is ever run.
    """

    kind: Literal["own"] = "own"
    title: ClassVar[str] = "Your own task (Python)"
    source: ClassVar[str] = "Your own file"

    file: Annotated[str, Field(max_length=400, description="Python file in the folder of --own-tasks.")] = ""
    settings: Annotated[
        str, Field(max_length=4000, description='Its fields as JSON, such as {"delay_ms": 400}; empty for defaults.')
    ] = ""

    def inner(self) -> Task:
        """The task of the file. Raises Invalid if it may not be run, or is none."""
        made = task_class(code_file(self.file))
        try:
            return made.read(json.loads(self.settings or "{}"))
        except ValueError as error:
            said = str(error) if isinstance(error, Invalid) else f"The settings are not JSON: {error}."
            raise Invalid(said, "task.settings") from None

    @property
    def loss(self) -> Literal["cross_entropy", "mse"]:  # type: ignore[override]
        return self.inner().loss

    @property
    def input_names(self) -> tuple[str, ...]:
        return self.inner().input_names

    @property
    def output_names(self) -> tuple[str, ...]:
        return self.inner().output_names

    @property
    def variables(self) -> tuple[Variable, ...]:
        return self.inner().variables

    @property
    def chance(self) -> float:
        return self.inner().chance

    @property
    def chance_is(self) -> str:  # type: ignore[override]
        return self.inner().chance_is

    @property
    def ideal_is(self) -> str:  # type: ignore[override]
        return self.inner().ideal_is

    @property
    def memoryless(self) -> float | None:
        return self.inner().memoryless

    @property
    def memoryless_is(self) -> str:  # type: ignore[override]
        return self.inner().memoryless_is

    @property
    def accuracy_is(self) -> str:
        return self.inner().accuracy_is

    @property
    def psychometric_variable(self) -> str | None:
        return self.inner().psychometric_variable

    def trials(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        return self.inner().trials(n, dt_ms, rng)

    def held_out(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        return self.inner().held_out(n, dt_ms, rng)

    def correct(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        return self.inner().correct(outputs, trials)

    def choice(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"] | None:
        return self.inner().choice(outputs, trials)

    def ideal(self, trials: Trials) -> Float[Tensor, "trials steps outputs"]:
        return self.inner().ideal(trials)


def task_class(path: Path) -> type[Task]:
    """The one task that a Python file defines; the file is run. Raises Invalid with one sentence."""
    return _task_class(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=32)
def _task_class(path: Path, _changed_ns: int) -> type[Task]:
    name = f"own_task_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise Invalid(f"{path.name} is not a Python file.", "task.file")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # of somebody's own code
        where = f" in line {error.lineno}" if isinstance(error, SyntaxError) else ""
        raise Invalid(f"{path.name} cannot be run{where}: {type(error).__name__}: {error}.", "task.file") from error
    found = [
        of
        for of in vars(module).values()
        if inspect.isclass(of) and issubclass(of, Task) and not inspect.isabstract(of) and of.__module__ == name
    ]
    if len(found) != 1:
        missing = sorted(_missing(vars(module), name))
        said = f"; its class lacks {', '.join(missing)}" if missing else ""
        raise Invalid(f"{path.name} defines {len(found)} whole tasks, but must define one{said}.", "task.file")
    return found[0]


def _missing(names: dict[str, object], module: str) -> set[str]:
    """What the tasks of a file must still define."""
    of = [c for c in names.values() if inspect.isclass(c) and issubclass(c, Task) and c.__module__ == module]
    return {name for c in of for name in getattr(c, "__abstractmethods__", ())}
