"""What all visitors share because it is costly: connectomes as wired, bounded in bytes."""

from collections import OrderedDict
from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import Any

from engine.connectomes.connectome import Connectome
from engine.experiments.check import check
from engine.experiments.experiment import Experiment
from engine.experiments.forecast import Forecast

CONNECTOME_BYTES = 400_000_000


class Shelf:
    """Values of the whole process, least recently used first out, bounded in bytes."""

    def __init__(self, limit: int):
        self.limit = limit
        self._kept: OrderedDict[Any, tuple[Any, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Any, make: Callable[[], Any], size: Callable[[Any], int]) -> Any:
        """The value under `key`, made if it is not there."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][0]
        value = make()
        with self._lock:
            self._kept[key] = (value, size(value))
            while len(self._kept) > 1 and sum(bytes_ for _, bytes_ in self._kept.values()) > self.limit:
                self._kept.popitem(last=False)
        return value


@cache
def connectomes() -> Shelf:
    """The connectomes that visitors look at; equal wirings and seeds share one."""
    return Shelf(CONNECTOME_BYTES)


def wired(experiment: Experiment) -> Connectome:
    """The connectome of an experiment, from the shelf if an equal one was wired before."""
    key = (experiment.wiring.model_dump_json(), experiment.seeds.wiring)
    return connectomes().get(key, experiment.connectome, _bytes)


def judged(experiment: Experiment) -> Forecast:
    """What the run needs. Raises Invalid unless the whole experiment can be started."""
    return check(experiment, wired(experiment))


def _bytes(connectome: Connectome) -> int:
    arrays = (connectome.weights, connectome.mask, connectome.signs, connectome.unknown, connectome.positions_um)
    return sum(array.nbytes for array in arrays if array is not None)
