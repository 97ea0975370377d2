"""The feed: which trials, of which task, a step of training gets."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from engine.networks.network import Network
from engine.randomness import torch_stream
from engine.tasks.task import Task, Trials
from engine.training.apart import last
from engine.training.course import Course
from engine.training.curriculum import Lessons
from engine.training.shown import Shown
from engine.training.stage import ReadoutStage
from engine.training.training import Training
from engine.training.window import part, random_start, states_at, window_steps


class Feed:
    """Gives the trials of every step; they depend on the seeds, the step and the lessons learned only."""

    def __init__(self, network: Network, task: Task, training: Training, trial_seed: int, noise_seed: int):
        self.network, self.training = network, training
        self.trial_seed, self.noise_seed = trial_seed, noise_seed
        self.lessons = Lessons(training.curriculum, task)
        self.ended: Float[Tensor, "networks trials units"] | None = None  # the last trials, if their states are carried
        self.rows = self._rows()
        self._sources = {seed: training.trials.source(network.dt_ms, seed) for seed in self.rows}

    def _rows(self) -> dict[int, Int[Tensor, " _"]]:
        """The networks that train on the trials of each seed."""
        found: dict[int, list[int]] = {}
        for k in range(self.network.networks):
            found.setdefault(last(self.training.differences, k, "trial_seed", self.trial_seed), []).append(k)
        return {seed: torch.tensor(rows) for seed, rows in found.items()}

    def shown(self, course: Course, step: int) -> tuple[Shown, Float[Tensor, "networks trials units"] | None]:
        """Trials of the next step, or a part of them and the states with which it starts."""
        task, place = self.lessons.task(step), course.place(step)
        sets = [source.trials(task, course.batch, place).to(self._device) for source in self._sources.values()]
        if len(sets) > 1:
            return Shown(tuple(sets), tuple(self.rows.values())), self._carried(sets[0].n)
        if self.training.window_ms is None:
            return Shown(tuple(sets)), self._carried(sets[0].n)
        trials = sets[0]
        steps = window_steps(self.training.window_ms, self.network.dt_ms)
        rng = torch_stream(self.trial_seed, "window", step)
        start = random_start(self.training.task_loss.steps(trials), steps, rng)
        before = states_at(self.network, task, trials, start, self.training.window_start, self.noise_seed, step)
        return Shown((part(trials, start, steps),)), before

    def of_readout(self, stage: ReadoutStage, course: Course, step: int) -> list[tuple[Trials, list[int]]]:
        """Trials that readouts are fitted to, and in which networks: those that take part in the stage."""
        found = []
        for seed, rows in self.rows.items():
            stream = torch_stream(seed, "readout", course.index)
            trials = self.lessons.task(step).trials(stage.trials, self.network.dt_ms, stream).to(self._device)
            found.append((trials, [k for k in rows.tolist() if course.takes_part[k]]))
        return found

    def _carried(self, trials: int) -> Float[Tensor, "networks trials units"] | None:
        """The states with which the last trials ended, if they are carried and there were as many."""
        return None if self.ended is None or self.ended.shape[1] != trials else self.ended.to(self._device)

    @property
    def _device(self) -> torch.device:
        return self.network.bias.device
