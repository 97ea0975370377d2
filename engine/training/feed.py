"""The feed: which trials, of which task, a step of training gets."""

import torch
from jaxtyping import Float
from torch import Tensor

from engine.networks.network import Network
from engine.randomness import torch_stream
from engine.tasks.task import Task, Trials
from engine.training.course import Course
from engine.training.curriculum import Lessons
from engine.training.stage import ReadoutStage
from engine.training.training import Training
from engine.training.window import part, random_start, states_at, window_steps


class Feed:
    """Gives the trials of every step; they depend on the seeds, the step and the lessons learned only."""

    def __init__(self, network: Network, task: Task, training: Training, trial_seed: int, noise_seed: int):
        self.network, self.training = network, training
        self.trial_seed, self.noise_seed = trial_seed, noise_seed
        self.lessons = Lessons(training.curriculum, task)
        self._source = training.trials.source(network.dt_ms, trial_seed)

    def trials(self, course: Course, step: int) -> tuple[Trials, Float[Tensor, "networks trials units"] | None]:
        """Those of the next step, or a part of them and the states with which it starts."""
        task = self.lessons.task(step)
        trials = self._source.trials(task, course.batch, course.place(step)).to(self._device)
        if self.training.window_ms is None:
            return trials, None
        steps = window_steps(self.training.window_ms, self.network.dt_ms)
        rng = torch_stream(self.trial_seed, "window", step)
        start = random_start(self.training.task_loss.steps(trials), steps, rng)
        before = states_at(self.network, task, trials, start, self.training.window_start, self.noise_seed, step)
        return part(trials, start, steps), before

    def of_readout(self, stage: ReadoutStage, course: Course, step: int) -> Trials:
        """Those that a readout is fitted to."""
        stream = torch_stream(self.trial_seed, "readout", course.index)
        return self.lessons.task(step).trials(stage.trials, self.network.dt_ms, stream).to(self._device)

    @property
    def _device(self) -> torch.device:
        return self.network.bias.device
