"""A part of a longer work, such as a paper or a sweep: an experiment that is trained, and what is measured then."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from engine.experiments.experiment import Experiment
from engine.experiments.history import History
from engine.experiments.run import Run
from engine.networks.network import Network

COLUMNS = ("part", "variant", "network", "measure", "at", "value")


class Reading(NamedTuple):
    """One measured number of one network: the `measure` (with its unit), where `at` (a density, a step) if anywhere.

    `network` is the seed that the network stands for: rows of two variants with the same number are a pair.
    """

    measure: str
    value: float
    network: int = 0
    variant: str = ""
    at: float = float("nan")


@dataclass(frozen=True)
class Outcome:
    """A part that was trained: the run, and from it the networks before and after."""

    experiment: Experiment
    run: Run

    @cached_property
    def history(self) -> History:
        return self.run.history()

    @cached_property
    def first(self) -> Network:
        """The population before training."""
        return self.experiment.network(store=self.run.folder.parent.parent)

    @cached_property
    def network(self) -> Network:
        """The population after training."""
        network = self.experiment.network(store=self.run.folder.parent.parent)
        network.load_lawful(self.run.weights())
        return network

    @property
    def diverged(self) -> list[bool]:
        """By network: whether a loss or gradient stopped being a number."""
        return [loss is None for loss in self.run.status().loss]


@dataclass(frozen=True)
class Part:
    """A piece of work: an experiment that is trained (or none) and what is measured when it is done.

    `seconds` is what it took on two cores when it was written, for the forecast. `data` names what it computes from
    that is not shipped: with other data at hand it is measured anew.
    """

    name: str
    about: str
    seconds: float
    measure: Callable[[Outcome], Iterable[Reading]] | None = None
    experiment: Experiment | None = None
    variant: str = ""
    compute: Callable[[], Iterable[Reading]] | None = None  # for parts that train nothing
    data: str = ""
