"""What all visitors share because it is costly: connectomes as wired and networks as begun, bounded in bytes."""

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from functools import cache, partial
from threading import Lock
from typing import Any

from engine.connectomes.connectome import Connectome
from engine.experiments.check import check
from engine.experiments.experiment import Experiment
from engine.experiments.forecast import Forecast
from engine.networks import FromRun
from engine.networks.network import Network

CONNECTOME_BYTES = 400_000_000
NETWORK_BYTES = 400_000_000


class Shelf:
    """Values of the whole process, least recently used first out, bounded in bytes."""

    def __init__(self, limit: int):
        self.limit = limit
        self._kept: OrderedDict[Any, tuple[Any, int]] = OrderedDict()
        self._being_made: dict[Any, Future] = {}
        self._lock = Lock()

    def get(self, key: Any, make: Callable[[], Any], size: Callable[[Any], int]) -> Any:
        """The value under `key`, made if it is not there; who asks while it is being made waits for it."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][0]
            others = self._being_made.get(key)
            mine = self._being_made.setdefault(key, Future())
        return self._made(key, make, size, mine) if others is None else others.result()

    def _made(self, key: Any, make: Callable[[], Any], size: Callable[[Any], int], told: Future) -> Any:
        try:
            value = make()
            bytes_ = size(value)
        except BaseException as fault:  # those who wait get it, too
            self._being_made.pop(key)
            told.set_exception(fault)
            raise
        with self._lock:
            self._keep(key, value, bytes_)
            self._being_made.pop(key)
        told.set_result(value)
        return value

    def _keep(self, key: Any, value: Any, size: int) -> None:
        self._kept[key] = (value, size)
        while len(self._kept) > 1 and sum(bytes_ for _, bytes_ in self._kept.values()) > self.limit:
            self._kept.popitem(last=False)


@cache
def connectomes() -> Shelf:
    """The connectomes that visitors look at; equal wirings and seeds share one."""
    return Shelf(CONNECTOME_BYTES)


def wired(experiment: Experiment) -> Connectome:
    """The connectome of an experiment, from the shelf if an equal one was wired before."""
    key = (experiment.wiring.model_dump_json(), experiment.seeds.wiring)
    return connectomes().get(key, experiment.connectome, _bytes)


@cache
def networks() -> Shelf:
    """Populations as runs would begin with them. Nobody may change one."""
    return Shelf(NETWORK_BYTES)


def begun(experiment: Experiment) -> Network:
    """The untrained population of an experiment, from the shelf if an equal one was built before."""
    connectome, weights, seeds = wired(experiment), experiment.weights, experiment.seeds
    if isinstance(weights, FromRun):  # what it begins with may have changed meanwhile
        return experiment.network(connectome)
    parts = (experiment.wiring, experiment.constraints, weights, experiment.dynamics, *experiment.training.differences)
    task, drawn = experiment.task, (experiment.dt_ms, seeds.wiring, seeds.weights, seeds.networks)
    key = (*(part.model_dump_json() for part in parts), task.input_names, task.output_names, drawn)
    return networks().get(key, lambda: experiment.network(connectome), _bytes_of_network)


def first_begun(experiment: Experiment) -> Network:
    """The first network of that population alone."""
    return begun(experiment.with_value("seeds.networks", 1))


def judged(experiment: Experiment) -> Forecast:
    """What the run needs. Raises Invalid unless the whole experiment can be started."""
    takes_over = isinstance(experiment.weights, FromRun)
    return check(experiment, wired(experiment), begun=None if takes_over else partial(first_begun, experiment))


def _bytes(connectome: Connectome) -> int:
    arrays = (connectome.weights, connectome.mask, connectome.signs, connectome.unknown, connectome.positions_um)
    return sum(array.nbytes for array in arrays if array is not None)


def _bytes_of_network(network: Network) -> int:
    return sum(tensor.nbytes for tensor in (*network.parameters(), *network.buffers()))
