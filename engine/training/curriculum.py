"""Curriculum: parameters of the task that begin easy and become what the task says."""

import json
from collections.abc import Callable
from typing import Annotated, Any, ClassVar

from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.component import Component, Invalid, Typical
from engine.tasks.task import Task


class Lesson(Component):
    """One parameter of the task takes some values, one after another, before the value that the task gives it.

    A value lasts for its steps, or until every network reaches an accuracy on it if that is wanted. Held-out
    evaluation is always on the task itself.
    """

    title: ClassVar[str] = "Lesson"
    source: ClassVar[str] = "Bengio, Louradour, Collobert & Weston (2009) ICML: Curriculum learning"

    parameter: Annotated[
        str, Field(max_length=200, description="Its address below the task, such as delay_ms or noise.")
    ] = "noise"  # fmt: skip
    values: Annotated[
        tuple[float | str, ...],
        Field(
            min_length=1, max_length=1000, description="The easier values, in order; one that is a list as in "
            "[51.2, 25.6]."
        ),
    ] = (0.0,)  # fmt: skip
    steps: Annotated[
        int, Field(ge=1, le=10_000_000, description="A value lasts for at most so many steps."), Typical(20, 1000)
    ] = 100  # fmt: skip
    accuracy: Annotated[
        float | None,
        Field(
            gt=0,
            le=1,
            description="A value ends before that when every network reaches this accuracy on it (0.9: 90 %).",
        ),
        Typical(0.5, 1),
    ] = None

    def tasks(self, task: Task, address: str) -> tuple[Task, ...]:
        """The task with every value in turn. Raises Invalid if one does not fit, or changes inputs or outputs."""
        return tuple(self._task(task, value, address) for value in self.values)

    def _task(self, task: Task, value: float | str, address: str) -> Task:
        try:
            easier = task.with_value(self.parameter, _plain(value))
        except Invalid as fault:
            raise Invalid(f"Lesson on '{self.parameter}': {fault}", f"{address}.parameter") from None
        if (easier.input_names, easier.output_names) != (task.input_names, task.output_names):
            said = f"'{self.parameter}' of {value} changes the inputs or outputs of the task"
            raise Invalid(f"{said}; a lesson can change any parameter but these.", f"{address}.values")
        return easier


class Lessons:
    """Where training stands in its curriculum: for every lesson the number of its value, and since which step."""

    def __init__(self, lessons: tuple[Lesson, ...], task: Task):
        self.lessons, self.final = lessons, task
        self.at = [(0, 0) for _ in lessons]

    def task(self, step: int) -> Task:
        """What is trained in this step; values whose steps are over are passed."""
        for k, (lesson, (index, since)) in enumerate(zip(self.lessons, self.at, strict=True)):
            if index < len(lesson.values) and step - since >= lesson.steps:
                self.at[k] = (index + 1, step)
        return self._now()

    def judge(self, step: int, accuracy: Callable[[Task], Float[Tensor, " alive"]]) -> None:
        """Pass on where the accuracy that a lesson wants is reached."""
        waiting = [k for k, lesson in enumerate(self.lessons) if lesson.accuracy is not None and self._is_on(k)]
        reached = float(accuracy(self._now()).min()) if waiting else 0.0
        for k in waiting:
            if reached >= self.lessons[k].accuracy:
                self.at[k] = (self.at[k][0] + 1, step)

    def _is_on(self, k: int) -> bool:
        return self.at[k][0] < len(self.lessons[k].values)

    def _now(self) -> Task:
        task = self.final
        for k, lesson in enumerate(self.lessons):
            if self._is_on(k):
                task = task.with_value(lesson.parameter, _plain(lesson.values[self.at[k][0]]))
        return task


def _plain(value: float | str) -> Any:
    """Whole numbers as such, since counts take no others; lists as their items."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    try:
        return json.loads(value) if value.startswith("[") else value
    except ValueError:
        return value  # and the task says that it does not fit
