"""An analysis is a question put to a network and a recording; the subject is what it is put to."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol, runtime_checkable

import pandas as pd
from torch import Tensor

from engine.analysis.connectivity import change
from engine.component import Component, Invalid
from engine.connectomes.connectome import Connectome
from engine.networks.network import Network
from engine.recording import Recording, record
from engine.tasks.task import Task, Trials

Moment = Literal["after", "before"]


@dataclass(frozen=True, eq=False)
class Subject:
    """One network of a run with what was recorded from it. Weights are lawful, `[post, pre]`, keys W_in, W_rec, W_out.

    `weights_before` are those before training and `recording` its activity, if there are any; `tau_ms` is the time
    constant of leaky units, which lets the spectrum say where the simulated network becomes unstable. `network` runs
    anew on other trials, and `population` are the recurrent weights of all networks that were trained together.
    `course` reads its recurrent weights at every step of which the run kept them.
    """

    connectome: Connectome
    weights: Mapping[str, Tensor]
    weights_before: Mapping[str, Tensor] | None
    recording: Recording | None
    task: Task
    dynamics_kind: str
    dt_ms: float
    tau_ms: float | None = None
    network: Network | None = None
    population: Tensor | None = None
    course: Callable[[], Mapping[int, Tensor]] | None = None

    def run_anew(self, trials: Trials, silent: tuple[int, ...] = ()) -> Recording:
        """What the network does on other trials, noise off; `silent` units send nothing."""
        if self.network is None:
            raise Invalid("There is no network to run on held-out trials; open a run first.")
        if not silent:
            return record(self.network, trials)
        kept = self.network.lawful_weights()
        cut = {name: kept[name].clone() for name in ("W_rec", "W_gate") if name in kept}
        for weights in cut.values():
            weights[..., list(silent)] = 0
        self.network.load_lawful({**kept, **cut})
        try:
            return record(self.network, trials)
        finally:
            self.network.load_lawful(kept)

    def recurrent(self, moment: Literal["after", "before", "difference"] = "after") -> Tensor:
        """The recurrent weights after training, before it, or their difference."""
        if moment == "after":
            return self.weights["W_rec"]
        if self.weights_before is None:
            raise Invalid("The weights before training were not kept, so there is only 'after' to show.", "shows")
        before = self.weights_before["W_rec"]
        if moment == "before":
            return before
        return before.new_tensor(change(before, self.weights["W_rec"]).difference)

    def recorded(self) -> Recording:
        """The recording. Raises Invalid if nothing has been recorded yet."""
        if self.recording is None:
            raise Invalid("Nothing has been recorded from this network yet; start or open a run first.")
        recorded = self.recording.rates.shape[-1]
        if recorded != self.connectome.n:
            raise Invalid(f"{recorded} units were recorded, but the connectome has {self.connectome.n}.")
        return self.recording


@runtime_checkable
class Result(Protocol):
    """What every analysis returns: numbers that can be exported, and sentences that a reader should know."""

    remarks: tuple[str, ...]

    def table(self) -> pd.DataFrame:
        """The numbers of the figure, with units in the heads of the columns."""


class Analysis(Component):
    """Base of the analysis family. Subclasses are final and hold the choices of one question."""

    help: ClassVar[str]

    @abstractmethod
    def compute(self, subject: Subject) -> Result:
        """The answer for one network. Raises Invalid with one sentence where the question has none."""
