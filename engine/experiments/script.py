"""A script that repeats an experiment with the same numbers, outside the app."""

import json
import pprint

from engine.experiments.environment import version
from engine.experiments.experiment import Experiment
from engine.experiments.names import task_of, wiring_of
from engine.experiments.transfer import needs

_TEMPLATE = '''"""{wiring}, {task}: repeats this experiment with Connectarium {version}.

The same versions on the same kind of machine give the same numbers. {seeds}{needs}
"""

from engine.experiments.experiment import Experiment

experiment = Experiment.read({choices})

network = experiment.network()
for progress in experiment.train(network):
    if progress.evaluation is not None:
        loss, accuracy = progress.evaluation.loss.tolist(), progress.evaluation.accuracy.tolist()
        print("step", progress.step, "of", progress.steps, "held-out loss", loss, "accuracy", accuracy)

weights = network.lawful_weights()  # W_in, W_rec, W_out: [networks, post, pre]
'''


def script(experiment: Experiment) -> str:
    """Python source that trains this experiment and prints its held-out performance."""
    seeds = experiment.seeds
    return _TEMPLATE.format(
        wiring=wiring_of(experiment),
        task=task_of(experiment),
        version=version("connectarium") or "",
        seeds=f"Seeds: wiring {seeds.wiring}, weights {seeds.weights}, trials {seeds.trials}, noise {seeds.noise}.",
        needs=f"\n{needs(experiment.weights)}" if needs(experiment.weights) else "",
        choices=_literal(experiment.model_dump(mode="json")),
    )


def _literal(value: dict[str, object]) -> str:
    """The value as a Python literal, from JSON's own numbers."""
    return pprint.pformat(json.loads(json.dumps(value)), width=110, sort_dicts=False, compact=True)
