"""Held-out performance."""

import torch
from torch import nn

from engine.tasks.task import Task, Trials
from engine.training.objectives.task_loss import TaskLoss
from engine.training.progress import Evaluation


def ideal_accuracy(task: Task, trials: Trials) -> float:
    """Accuracy of the ideal observer, who sees these very trials."""
    return float(task.correct(task.ideal(trials), trials).mean())


@torch.no_grad()
def evaluate(
    network: nn.Module, task: Task, task_loss: TaskLoss, trials: Trials, step: int, ideal: float
) -> Evaluation:
    """Loss and accuracy of every network on held-out trials, noise off."""
    outputs = network(trials.inputs, initial_rates=trials.initial_rates).outputs
    accuracy = task.correct(outputs, trials).mean(-1)
    return Evaluation(step, task_loss.of(outputs, trials).cpu(), accuracy.cpu(), ideal, task.chance)
