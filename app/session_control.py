"""Controls that show more than the value of their own parameter."""

from abc import abstractmethod
from typing import Any, ClassVar

from app.control import Control
from app.session import Session
from engine.component import Component, Parameter


class SessionControl(Control):
    """A control that needs to know more of the session than its own value. It also tells what is wrong below it."""

    depends_on_others: ClassVar[bool] = True

    def __init__(self, parameter: Parameter, session: Session):
        self.session = session
        super().__init__(parameter, session.change)

    @property
    def owner(self) -> Component:
        """The component whose field this is, as it is now."""
        return self.session.experiment.value_at(self.parameter.address.rpartition(".")[0])

    @abstractmethod
    def build(self) -> Any:
        """The widget; it calls `self.wanted` when the user acts."""

    def show(self, value: Any, fault: str = "") -> None:
        """Show what is the case, and what is wrong here or in a part of it."""
        super().show(value, fault or self._below())

    def _below(self) -> str:
        problem, start = self.session.problem, f"{self.parameter.address}."
        if problem is not None and problem.address.startswith(start):
            return str(problem)
        return next((said for address, said in self.session.messages.items() if address.startswith(start)), "")
