"""Live pictures of a network in training: its weights, and what it does on a few trials that never change."""

import time

import torch

from engine.experiments.experiment import Experiment
from engine.experiments.run import Run
from engine.experiments.whole_file import write_tensors
from engine.networks.network import Network
from engine.randomness import torch_stream
from engine.tasks.task import Trials

PROBES = 8  # trials
EVERY_S = 0.4
SHARE = 0.1  # of the time, at most, that pictures take from training


def probe_trials(experiment: Experiment) -> Trials:
    """The trials of every live picture: unrelated to those of training, the same for one seed."""
    return experiment.task.trials(PROBES, experiment.dt_ms, torch_stream(experiment.seeds.trials, "probe"))


class LivePictures:
    """Writes live.safetensors of the first network while somebody watches the run.

    W_rec [post, pre]; rates [trials, steps, units] and outputs [trials, steps, outputs] of the probe trials, noise off;
    and the probe trials' inputs and targets.
    """

    def __init__(self, run: Run, experiment: Experiment, network: Network):
        self.run, self.network = run, network
        self.probes = probe_trials(experiment)
        self._step = -1
        self._next = 0.0

    def draw_if_due(self, step: int) -> None:
        """A new picture, if somebody watches, something changed, and the last one is old enough."""
        begun = time.monotonic()
        if begun < self._next or step == self._step:
            return
        self._next = begun + EVERY_S
        if self.run.is_watched():
            self._draw(step)
            self._step = step
            self._next = time.monotonic() + max(EVERY_S, (time.monotonic() - begun) / SHARE)

    @torch.no_grad()
    def _draw(self, step: int) -> None:
        probes = self.probes
        shown = probes.to(self.network.bias.device)
        activity = self.network(shown.inputs, keep_states=True, initial_rates=shown.initial_rates)
        tensors = {
            "W_rec": self.network.W_rec[0],
            "rates": activity.rates[0],
            "outputs": activity.outputs[0],
            "inputs": probes.inputs,
            "targets": probes.targets,
        }
        write_tensors(self.run.folder / "live.safetensors", tensors, {"step": step}, durable=False)
