"""What a network does on a few trials that never change: the same ones that its training process shows."""

from dataclasses import dataclass

import numpy as np

from app.runs import Live
from app.session import wired
from engine.analysis.connectivity import Ordering, order_by_area_and_type
from engine.experiments.experiment import Experiment
from engine.experiments.live import probe_trials
from engine.experiments.one_network import one_network
from engine.experiments.run import Run
from engine.recording import record
from engine.tasks.task import Trials


@dataclass(frozen=True, eq=False)
class Probe:
    """What stays during a run: its fixed trials, the order and names of its units, the names of its outputs."""

    trials: Trials
    ordering: Ordering
    units: tuple[str, ...]  # in the order of the connectome
    outputs: tuple[str, ...]
    is_choice: bool  # targets are classes, outputs their log odds
    link: str

    @property
    def dt_ms(self) -> float:
        return self.trials.epochs.dt_ms

    @property
    def labels(self) -> dict[str, int]:
        """The trials by what is asked in them."""
        conditions = {name: values.tolist() for name, values in self.trials.conditions.items()}
        asked = [
            ", ".join(f"{name.replace('_', ' ')} {value:.3g}" for name, value in zip(conditions, row, strict=True))
            for row in zip(*conditions.values(), strict=True)
        ] or [""] * self.trials.n
        return {f"Trial {k + 1}: {text}"[:60]: k for k, text in enumerate(asked)}


def probe_of(experiment: Experiment) -> Probe:
    """The probe of every run of this experiment. Slow: wires the connectome."""
    connectome, task = wired(experiment), experiment.task
    return Probe(
        probe_trials(experiment),
        order_by_area_and_type(connectome),
        connectome.names,
        task.output_names,
        task.loss == "cross_entropy",
        experiment.to_link(),
    )


def picture_of(run: Run, experiment: Experiment) -> Live:
    """The first network of a run at rest, as its training process would show it. Raises Invalid without weights."""
    weights = {name: tensor[0] for name, tensor in run.weights().items()}
    network = one_network(experiment, weights, 0, wired(experiment))
    seen = record(network, probe_trials(experiment))
    arrays = {"W_rec": network.lawful_weights()["W_rec"][0], "rates": seen.rates, "outputs": seen.outputs}
    return Live(run.status().step, {name: np.asarray(tensor) for name, tensor in arrays.items()})
