"""How large a measured connectome becomes once units stand for its regions, told before anything is built."""

from functools import partial
from typing import Any

import panel as pn

from app import look
from app.session import Session
from engine.component import Invalid
from engine.connectomes.expand import Size
from engine.experiments.preview import expected

MEASURED_ONLY = "Only a measured connectome has regions that units can stand for."


class ExpansionSize(pn.viewable.Viewer):
    """Units, synapses, density and memory, following the sliders; counted by formula, off the event loop."""

    def __init__(self, session: Session):
        super().__init__()
        self.session = session
        self.line = look.note("", margin=(2, 4, 6, 4))
        self._asked: Any = None
        session.param.watch(lambda _: self._follow(), "experiment")
        self._follow()

    def __panel__(self) -> Any:
        return self.line

    def _follow(self) -> None:
        experiment = self.session.experiment
        asked = (experiment.wiring, experiment.seeds.wiring)
        if asked == self._asked:
            return
        self._asked = asked
        if experiment.wiring.kind != "measured":
            self.line.object = MEASURED_ONLY
            return
        self.session.background.latest("size", partial(expected, experiment), self._show, self._miss, soon=True)

    def _show(self, size: Size) -> None:
        said = f"{look.number(size.units)} units, {look.number(size.synapses)} synapses, density "
        said += f"{look.percent(size.density)}; the matrix takes {_memory(size.memory_bytes)}."
        self.line.object = said

    def _miss(self, _: Invalid) -> None:
        """The page says elsewhere what is wrong."""
        self.line.object = ""


def _memory(size: int) -> str:
    return f"{look.number(size / 1e9, 2)} GB" if size >= 1e9 else f"{look.number(size / 1e6, 2)} MB"
